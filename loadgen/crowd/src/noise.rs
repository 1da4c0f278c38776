//! Posts that do not matter: everything that a firehose is full of, and near misses of the live tags.
//!
//! The texts are made once; writing a line is copying one of them behind a new id, author and time.

use crate::hash::{Question, ask, below, choose};
use crate::line::{Author, close_post, escaped, open_post, push};
use crate::miss::{carries, near_miss};
use crate::plan::Target;
use crate::{chatter, handle::push_handle};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

const TEXT_COUNT: usize = 4_096;

/// The strangers' author ids: above any crowd's.
const FIRST_STRANGER_ID: u64 = 3_000_000_000_000;
const STRANGER_COUNT: u64 = 50_000_000;

/// A pool of posts that no live tag is in.
#[derive(Clone, Debug)]
pub struct Noise {
    seed: u64,
    texts: Vec<String>,
}

impl Noise {
    /// Noise around these targets, all of whose tags are taken to be live: it comes near them and never hits.
    pub fn new(targets: &[Target], seed: u64) -> Self {
        let live: Vec<&str> = targets
            .iter()
            .flat_map(|target| [&target.buy, &target.confirm, &target.cancel])
            .map(String::as_str)
            .collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(ask(seed, 0, Question::NoiseText));
        let texts = (0..TEXT_COUNT).map(|_| text(&mut rng, &live)).collect();
        Self { seed, texts }
    }

    /// Appends the line of a noise post. Text and author follow from the post id.
    pub fn write(&self, out: &mut Vec<u8>, post_id: u64, posted_at_ms: i64) {
        let number = below(ask(self.seed, post_id, Question::NoiseAuthor), STRANGER_COUNT);
        let author = Author { id: FIRST_STRANGER_ID + number, seed: self.seed, number };
        open_post(out, author, post_id, posted_at_ms);
        push(out, self.text(post_id));
        close_post(out, None);
    }

    /// The text of a noise post, as it stands between the quotes of a JSON string.
    pub(crate) fn text(&self, post_id: u64) -> &str {
        let pick = ask(self.seed, post_id, Question::NoiseText);
        let at = below(pick, self.texts.len() as u64) as usize;
        self.texts.get(at).map_or("", String::as_str)
    }
}

/// One text, ready for JSON: sentences up to a random length, with something of interest at a random place.
fn text(rng: &mut Xoshiro256PlusPlus, live: &[&str]) -> String {
    let wanted = rng.random_range(80..220);
    let spice = spice(rng, live);
    let spice_first = rng.random_bool(0.2) && !spice.is_empty();
    let mut text = if spice_first { format!("{spice} ") } else { String::new() };
    text.push_str(choose(rng.random(), &chatter::OPENINGS));
    while text.chars().count() + spice.chars().count() < wanted {
        let joint = choose(rng.random(), &[", ", " ", "\n", " \u{2014} "]);
        text.push_str(joint);
        text.push_str(choose(rng.random(), &chatter::MIDDLES));
    }
    if !spice_first && !spice.is_empty() {
        text.push(' ');
        text.push_str(&spice);
    }
    if live.iter().any(|tag| carries(&text, tag)) {
        // A tag of ordinary talk happens to be on sale here. What has no hash sign cannot matter.
        text = text.replace(['#', '\u{ff03}'], "");
    }
    let json = escaped(&text);
    if rng.random_bool(0.05) { json.replace('#', r"\u0023") } else { json }
}

/// What makes a post more than words; empty for nearly half of them.
fn spice(rng: &mut Xoshiro256PlusPlus, live: &[&str]) -> String {
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
    push_handle(&mut handle, rng.random(), rng.random_range(0..STRANGER_COUNT));
    format!("@{} have you seen this?", String::from_utf8_lossy(&handle))
}
