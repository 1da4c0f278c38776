//! The crowd from outside: what the lines say, how many people do what, and in which order it all arrives.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod faults;
mod lines;
mod noise;
mod shares;
mod storm;

use crowd::{Arrival, ArrivalKind, Burst, BurstPlan, Crowd, CrowdPlan, Noise, PostIds};
use serde_json::Value;

/// 13 February 2013, noon in New York.
const OPENING_MS: i64 = 1_360_774_800_000;

fn crowd(accounts: u64, seed: u64) -> Crowd {
    Crowd::new(CrowdPlan { accounts, ..CrowdPlan::default() }, seed).unwrap()
}

fn arrivals(crowd: &Crowd, plan: &BurstPlan) -> Vec<Arrival> {
    Burst::new(crowd, plan, OPENING_MS, PostIds::counting(1)).collect()
}

fn line(crowd: &Crowd, noise: &Noise, arrival: &Arrival) -> Vec<u8> {
    let mut out = Vec::new();
    match arrival.what {
        ArrivalKind::Post(post) => crowd.write_post(&mut out, &post, arrival.post_id, arrival.posted_at_ms),
        ArrivalKind::Noise => noise.write(&mut out, arrival.post_id, arrival.posted_at_ms),
    }
    out
}

/// All lines of a small sale: the accounts, then the posts.
fn sale(seed: u64) -> Vec<u8> {
    let crowd = crowd(200, seed);
    let noise = Noise::new(&crowd.plan().targets, seed);
    let mut out = Vec::new();
    for person in 0..200 {
        crowd.write_account(&mut out, person);
    }
    for arrival in arrivals(&crowd, &BurstPlan { claims: 200, ..BurstPlan::default() }) {
        out.extend(line(&crowd, &noise, &arrival));
    }
    out
}

fn parsed(line: &[u8]) -> Value {
    assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "one line, ended");
    serde_json::from_slice(line).unwrap()
}

fn text(line: &[u8]) -> String {
    parsed(line)["text"].as_str().unwrap().to_owned()
}

/// The hashtags of a text by a second, simpler rule than the crate's own: runs of letters behind an unglued sign.
fn tags(text: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut before = ' ';
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if "#\u{ff03}".contains(*letter) && !(before.is_alphanumeric() || "_&".contains(before)) {
            let run = letters[at + 1..].iter().take_while(|next| next.is_alphanumeric() || **next == '_');
            tags.push(run.collect());
        }
        before = *letter;
    }
    tags
}

fn assert_share(count: usize, of: usize, share: f64) {
    let expected = share * of as f64;
    let tolerance = 4.0 * (expected * (1.0 - share)).sqrt() + 1.0;
    let off = (count as f64 - expected).abs();
    assert!(off <= tolerance, "{count} of {of} where {expected:.0} +- {tolerance:.0} were expected");
}
