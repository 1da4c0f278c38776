//! Irrelevant posts: ordinary talk, and near misses of the live tags.
//!
//! The texts are generated once; a line copies one of them behind a new id, author and time.

use crate::bytes::{escaped, push};
use crate::hashing::{RandomStream, below, choose, hash_bits};
use crate::line::{Author, close_post, open_post};
use crate::near_miss::{contains_tag, near_miss};
use crate::target::Target;
use crate::{chatter, handle::push_handle};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

const TEXT_COUNT: usize = 4_096;

/// First author id of the noise, above the ids of any crowd.
const FIRST_AUTHOR_ID: u64 = 3_000_000_000_000;
const AUTHOR_COUNT: u64 = 50_000_000;

/// A pool of texts that contain no live tag.
#[derive(Clone, Debug)]
pub struct Noise {
    seed: u64,
    texts: Vec<String>,
}

impl Noise {
    /// Generates noise around these targets. All their tags count as live: the noise has near misses of them
    /// and never contains one.
    pub fn new(targets: &[Target], seed: u64) -> Self {
        let live: Vec<&str> = targets
            .iter()
            .flat_map(|target| [&target.buy, &target.confirm, &target.cancel])
            .map(String::as_str)
            .collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(hash_bits(seed, 0, RandomStream::NoiseText));
        let texts = (0..TEXT_COUNT).map(|_| text(&mut rng, &live)).collect();
        Self { seed, texts }
    }

    /// Appends the line of a noise post, whose text and author follow from the post id.
    pub fn write(&self, out: &mut Vec<u8>, post_id: u64, posted_at_ms: i64) {
        let number = below(hash_bits(self.seed, post_id, RandomStream::NoiseAuthor), AUTHOR_COUNT);
        let author = Author { id: FIRST_AUTHOR_ID + number, seed: self.seed, number };
        open_post(out, author, post_id, posted_at_ms);
        push(out, self.text(post_id));
        close_post(out, None);
    }

    /// Returns the text of a noise post, escaped for the inside of a JSON string.
    pub(crate) fn text(&self, post_id: u64) -> &str {
        let pick = hash_bits(self.seed, post_id, RandomStream::NoiseText);
        let at = below(pick, self.texts.len() as u64) as usize;
        self.texts.get(at).map_or("", String::as_str)
    }
}

/// Composes one text, escaped for JSON: phrases up to a random length, with an extra at the beginning or the
/// end.
fn text(rng: &mut Xoshiro256PlusPlus, live: &[&str]) -> String {
    let wanted = rng.random_range(80..220);
    let extra = extra(rng, live);
    let extra_first = rng.random_bool(0.2) && !extra.is_empty();
    let mut text = if extra_first { format!("{extra} ") } else { String::new() };
    text.push_str(choose(rng.random(), &chatter::OPENINGS));
    while text.chars().count() + extra.chars().count() < wanted {
        let separator = choose(rng.random(), &[", ", " ", "\n", " \u{2014} "]);
        text.push_str(separator);
        text.push_str(choose(rng.random(), &chatter::MIDDLES));
    }
    if !extra_first && !extra.is_empty() {
        text.push(' ');
        text.push_str(&extra);
    }
    if live.iter().any(|tag| contains_tag(&text, tag)) {
        // A tag of ordinary talk is on sale here. Without a hash sign the text is irrelevant.
        text = text.replace(['#', '\u{ff03}'], "");
    }
    let json = escaped(&text);
    if rng.random_bool(0.05) { json.replace('#', r"\u0023") } else { json }
}

/// Makes a tag, emoji, mention, link or near miss; empty for 40 % of the posts or more.
fn extra(rng: &mut Xoshiro256PlusPlus, live: &[&str]) -> String {
    let tag = choose(rng.random(), &chatter::TAGS);
    match rng.random_range(0..100) {
        0..40 => String::new(),
        40..55 => format!("#{tag}"),
        55..62 => format!("#{tag} #{}", choose(rng.random(), &chatter::TAGS)),
        62..70 => choose(rng.random(), &chatter::EMOJI).to_owned(),
        70..76 => mention(rng),
        76..81 => choose(rng.random(), &chatter::OTHER_SCRIPTS).to_owned(),
        81..86 => format!("https://example.com/p/{}#{tag}", rng.random_range(0..100_000)),
        86..90 => format!("she said \"never\" \\ he said \"#{tag}\"\tand left"),
        _ if live.is_empty() => String::new(),
        _ => {
            let tag = choose(rng.random(), live);
            near_miss(rng, tag)
        }
    }
}

fn mention(rng: &mut Xoshiro256PlusPlus) -> String {
    let mut handle = Vec::new();
    push_handle(&mut handle, rng.random(), rng.random_range(0..AUTHOR_COUNT));
    format!("@{} have you seen this?", String::from_utf8_lossy(&handle))
}
