//! Runs the simulator, or the rig of wires, against each planted bug until a seed finds it, and reports the number of
//! seeds and the failure.

use std::collections::BTreeSet;
use std::process::exit;

use flashtag::planted::plant;

use crate::list::{BUGS, Bug};
use crate::run_budget::{self, from_env};
use crate::{simulator, wire};

/// Seeds after which a bug counts as missed: as many as run before a change lands.
const SEEDS: u64 = 20_000;

/// The rooms whose code the simulator does not run: there the rig of wires hunts.
const ON_THE_WIRE: [&str; 3] = ["networks/", "intake/stream/live/", "outbox/provider/"];

/// What the simulator runs of them: it reads posts again, and the rig of wires trusts its relays.
const IN_THE_SIMULATOR: [&str; 1] = ["networks/bluesky/attest.rs"];

/// Upper bound on the characters shown of a failure.
const WORDS: usize = 110;

pub(crate) fn hunt() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&Bug> =
        BUGS.iter().filter(|bug| words.iter().all(|word| bug.name.contains(word))).collect();
    // The bugs are meant to panic.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut found, mut sound) = (Vec::new(), BTreeSet::new());
    for bug in &wanted {
        let caught = search(bug);
        if let Some((seed, _)) = &caught {
            check_sound(&mut sound, bug, *seed);
        }
        eprintln!("{}", describe(bug, &caught));
        found.push(caught.map(|(seeds, _)| seeds));
    }
    let mut seeds: Vec<u64> = found.iter().flatten().copied().collect();
    seeds.sort_unstable();
    let (caught, bugs) = (seeds.len(), wanted.len());
    let (median, most) = (seeds.get(caught / 2).copied().unwrap_or(0), seeds.last().copied().unwrap_or(0));
    let summary =
        format!("{caught} of {bugs} planted bugs caught, after {median} seeds (median), {most} at most");
    if words.is_empty() {
        run_budget::report("bugs", &summary);
    } else {
        eprintln!("{summary}");
    }
    exit(i32::from(caught < bugs));
}

fn is_on_the_wire(bug: &Bug) -> bool {
    !IN_THE_SIMULATOR.contains(&bug.file) && ON_THE_WIRE.iter().any(|room| bug.file.starts_with(room))
}

/// Runs a seed of the rig that hunts this bug.
fn judge(bug: &Bug, seed: u64) -> Result<(), String> {
    if is_on_the_wire(bug) { wire::trial::judge(seed).map(drop) } else { simulator::trial::judge(seed).map(drop) }
}

/// A seed that fails without any bug catches none: ends the hunt.
fn check_sound(sound: &mut BTreeSet<(bool, u64)>, bug: &Bug, seed: u64) {
    if !sound.insert((is_on_the_wire(bug), seed)) {
        return;
    }
    if let Err(words) = judge(bug, seed) {
        eprintln!("without a bug, seed {seed} fails: {words}");
        exit(1);
    }
}

/// The first seed that finds a bug, and the failure.
fn search(bug: &Bug) -> Option<(u64, String)> {
    let most = from_env("FLASHTAG_SEEDS").unwrap_or(SEEDS);
    (1..=most).find_map(|seed| {
        plant(Some(bug.name));
        let judged = judge(bug, seed);
        plant(None);
        judged.err().map(|words| (seed, words))
    })
}

fn describe(bug: &Bug, caught: &Option<(u64, String)>) -> String {
    let name = bug.name;
    match caught {
        Some((seeds, words)) => {
            let line = words.lines().find(|line| line.contains("VIOLATED")).or(words.lines().next());
            let line: String = line.unwrap_or_default().chars().take(WORDS).collect();
            format!("caught in {seeds:>4} seeds: {name} ({line})")
        }
        None => format!("GOT AWAY: {name}"),
    }
}
