//! Prefiltering: the relevant posts, found in a firehose by several methods on one core.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crowd::{Firehose, Noise, precedent};
use flashtag::config::offers::parse_offers;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::reading::Reading;
use serde::{Deserialize, Serialize};

use super::comparison::median;
use crate::clock::Clock;
use crate::error::CommandError;

/// The plan of the prefilter comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefilterPlan {
    /// Number of live tags.
    pub tags: u32,
    /// Number of posts in a thousand that contain the wanted tag.
    pub per_mille: u64,
    /// Size of the firehose in bytes.
    pub bytes: usize,
    /// Number of rounds.
    pub rounds: u32,
}

/// The result of one prefilter method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrefilterResult {
    /// Title in reports.
    pub title: String,
    /// Bytes per second, for each round.
    pub per_s: Vec<f64>,
    /// Number of posts found.
    pub found: u64,
    /// Number of relevant posts.
    pub mattering: u64,
}

/// The wanted tag, one of the live tags.
const TAG: &str = "BuyThing0";

/// Title of Flashtag's method.
const OWN: &str = "Flashtag: prefilter, then parse";

/// 13 February 2013, 17:00 UTC.
const STARTS_MS: i64 = 1_360_774_800_000;

/// A prefilter method: its title, and a function that counts the relevant posts.
type Method<'a> = (&'static str, Box<dyn Fn() -> Result<u64, CommandError> + 'a>);

/// Runs every method on the same posts.
///
/// # Errors
/// If a file cannot be written, or another program fails.
pub fn compare_prefilters(
    plan: &PrefilterPlan,
    out: &Path,
    stop: &AtomicBool,
    mut on_step: impl FnMut(&str),
) -> Result<Vec<PrefilterResult>, CommandError> {
    let noise = Noise::new(&precedent::targets(), 2013);
    let firehose = Firehose::new(&noise, TAG, plan.per_mille, plan.bytes, STARTS_MS);
    let tags: Vec<String> = (0..plan.tags).map(|no| format!("BuyThing{no}")).collect();
    let directory = tempfile::Builder::new().prefix("sift-").tempdir_in(out);
    let directory = directory.map_err(|source| CommandError::no_output(out, &source))?;
    let catalog = catalog(&tags);
    let methods = methods(&firehose, &tags, &catalog, directory.path())?;
    let row = |(title, _): &Method<'_>| PrefilterResult {
        title: (*title).to_owned(),
        per_s: Vec::new(),
        found: 0,
        mattering: firehose.tagged,
    };
    let mut rows: Vec<PrefilterResult> = methods.iter().map(row).collect();
    for round in 1..=plan.rounds {
        for ((title, count), row) in methods.iter().zip(&mut rows) {
            if stop.load(Ordering::Relaxed) {
                return Err(CommandError::interrupted());
            }
            on_step(&format!("round {round} of {}, prefilter: {title}", plan.rounds));
            let clock = Clock::start();
            row.found = count()?;
            row.per_s.push(firehose.bytes.len() as f64 * 1e6 / clock.us().max(1) as f64);
        }
    }
    Ok(rows)
}

impl PrefilterResult {
    /// Tells whether it is Flashtag's.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.title == OWN
    }

    /// Returns the median of the bytes per second of all rounds.
    #[must_use]
    pub fn median_per_s(&self) -> f64 {
        median(&self.per_s)
    }
}

fn methods<'a>(
    firehose: &'a Firehose,
    tags: &[String],
    catalog: &'a Catalog,
    directory: &Path,
) -> Result<Vec<Method<'a>>, CommandError> {
    let (posts, names) = (directory.join("posts.ndjson"), directory.join("tags"));
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).map_err(|source| CommandError::no_output(path, &source))
    };
    write(&posts, &firehose.bytes)?;
    write(&names, tags.join("\n").as_bytes())?;
    let live: HashSet<String> = tags.iter().map(|tag| tag.to_ascii_lowercase()).collect();
    let (prefilter, live_too) = (Prefilter::new(catalog), live.clone());
    let bytes = firehose.bytes.as_slice();
    let grep = move || grep(&names, &posts);
    Ok(vec![
        (OWN, Box::new(move || Ok(prefiltered(&prefilter, catalog, bytes)))),
        (
            "sonic-rs, parse all",
            Box::new(move || Ok(parsed(bytes, &live, |line| sonic_rs::from_slice(line).ok()))),
        ),
        (
            "serde_json, parse all",
            Box::new(move || Ok(parsed(bytes, &live_too, |line| serde_json::from_slice(line).ok()))),
        ),
        ("grep -F -i, no parsing and not exact", Box::new(grep)),
    ])
}

/// Makes offers with these tags: one tag claims, and the next one confirms if there is one.
fn catalog(tags: &[String]) -> Catalog {
    let offer = |tags: &[String]| {
        let confirming = tags.get(1).map_or_else(
            || " }\nconfirm_within = \"0s\"".to_owned(),
            |confirm| format!(", confirm = \"{confirm}\" }}"),
        );
        let buy = tags.first().map_or("", String::as_str);
        format!(
            "\n[[offer]]\nid = \"{id}\"\nkind = \"purchase\"\ntitle = \"A thing\"\n\
             tags = {{ buy = \"{buy}\"{confirming}\nprice = \"1.00 USD\"\nunits = 1\n\
             opens = \"2013-02-13T12:00:00-05:00\"\ncloses = \"2013-02-20T23:59:59-05:00\"\n",
            id = buy.to_ascii_lowercase(),
        )
    };
    let text = format!(
        "[shop]\nname = \"Loadgen\"\naccounts = {{ x = \"9001\" }}\n{}",
        tags.chunks(2).map(offer).collect::<String>()
    );
    let offers = parse_offers(&text, "the offers of the comparison").expect("sound offers").offers;
    let offers: Vec<Offering> = offers.into_iter().map(Offering::from).collect();
    Catalog::unnumbered(&offers, ShopFront { own: Vec::new(), handles: vec!["AmexSync".into()] })
}

fn prefiltered(prefilter: &Prefilter, catalog: &Catalog, bytes: &[u8]) -> u64 {
    let mut counts = LineCounts::default();
    let passed = prefilter.passing_lines(Format::X, bytes, &mut counts).filter_map(|(_, line)| line.ok());
    let matters = |line: &[u8]| match Format::X.decode(line) {
        Ok(Decoded::Post(post)) => catalog.read(&post) != Reading::Unrelated,
        _ => false,
    };
    passed.filter(|line| matters(line)).count() as u64
}

/// The fields that a seller reads of each line.
#[derive(Deserialize)]
struct PostLine<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "a seller reads the author, too")]
struct Data<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    author_id: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow)]
    created_at: Cow<'a, str>,
    #[serde(borrow, default)]
    entities: Entities<'a>,
}

#[derive(Default, Deserialize)]
struct Entities<'a> {
    #[serde(borrow, default)]
    hashtags: Vec<Hashtag<'a>>,
}

#[derive(Deserialize)]
struct Hashtag<'a> {
    #[serde(borrow)]
    tag: Cow<'a, str>,
}

/// Counts the posts that have a live tag, as X lists tags.
fn parsed<'a>(
    bytes: &'a [u8],
    live: &HashSet<String>,
    parse: impl Fn(&'a [u8]) -> Option<PostLine<'a>>,
) -> u64 {
    let matters = |line: &'a [u8]| {
        let tags = parse(line).map(|line| line.data.entities.hashtags).unwrap_or_default();
        tags.iter().any(|hashtag| live.contains(&hashtag.tag.to_ascii_lowercase()))
    };
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && matters(line)).count() as u64
}

/// Counts the lines that contain one of the names in any letter case. Fast, but wrong for a tag that begins
/// with another one, and for escaped tags.
fn grep(names: &Path, posts: &Path) -> Result<u64, CommandError> {
    let mut command = Command::new("grep");
    command.env("LC_ALL", "C").args(["-F", "-i", "-c", "-f"]).arg(names).arg(posts);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| CommandError::system("start grep", &source))?;
    let count = String::from_utf8_lossy(&output.stdout).trim().parse();
    count.map_err(|_| CommandError::unavailable("grep counted nothing"))
}
