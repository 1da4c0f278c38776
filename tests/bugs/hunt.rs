//! Runs the simulator, the rig of wires, of payments or of backups against each planted bug until a seed finds it, and reports the number of
//! seeds and the failure.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use flashtag::planted::plant;

use crate::list::{BUGS, Bug};
use crate::run_budget::{self, from_env};
use crate::{addresses, paying, simulator, trial, wire};

/// Upper bound on the characters shown of a failure.
const WORDS: usize = 110;

/// The seed of what a rig has written down, and plays where no drawn seed found anything.
const WRITTEN: u64 = 0;

/// What hunts a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rig {
    Simulator,
    Wires,
    Payments,
    Addresses,
    Backups,
}

impl Rig {
    /// The rooms whose code the simulator does not run.
    const ON_THE_WIRE: [&str; 3] = ["networks/", "intake/stream/live/", "outbox/provider/"];

    /// What only the rig of payments runs, or runs often enough.
    const OF_PAYMENTS: [&str; 6] = [
        "outbox/provider/stripe/",
        "engine/card_events/",
        "outbox/queue/recovering.rs",
        "outbox/resend_safety.rs",
        "clock/lag.rs",
        "engine/reconcile/",
    ];

    /// What proves addresses.
    const OF_ADDRESSES: [&str; 3] = ["linking/address_desk", "ops/address_letters", "people/person"];

    /// The rig that runs the code of a bug.
    fn of(bug: &Bug) -> Self {
        if Self::OF_PAYMENTS.iter().any(|place| bug.file.starts_with(place)) {
            return Self::Payments;
        }
        if Self::OF_ADDRESSES.iter().any(|room| bug.file.starts_with(room)) {
            return Self::Addresses;
        }
        if bug.file.starts_with("backups/") {
            return Self::Backups;
        }
        let on_the_wire = Self::ON_THE_WIRE.iter().any(|room| bug.file.starts_with(room));
        if on_the_wire { Self::Wires } else { Self::Simulator }
    }

    /// Seeds after which a bug counts as missed. Of the simulator, as many as run before a change lands; a seed of the wire
    /// takes many times as long.
    const fn most(self) -> u64 {
        match self {
            Self::Simulator => 20_000,
            Self::Wires => 600,
            Self::Payments | Self::Addresses => 2_000,
            Self::Backups => 500,
        }
    }

    /// Whether a seed runs the code of a bug: one of the wire has one network.
    fn runs(self, bug: &Bug, seed: u64) -> bool {
        let is_of = |network: &str| bug.file.split('/').any(|part| part == network);
        let of_a_network = self == Self::Wires && wire::trial::NETWORKS.into_iter().any(is_of);
        !of_a_network || is_of(wire::trial::network_of(seed))
    }

    /// Runs a seed. A rig may panic where it expects what always works, and a bug can make that fail.
    fn judge(self, seed: u64) -> Result<(), String> {
        let run = || match self {
            Self::Simulator => simulator::trial::judge(seed).map(drop),
            Self::Wires => wire::trial::judge(seed).map(drop),
            Self::Payments if seed == WRITTEN => judge_written(),
            Self::Payments => paying::trial::judge(seed).map(drop),
            Self::Addresses => addresses::trial::judge(seed),
            Self::Backups => trial::judge(seed),
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(words_of(panic.as_ref())))
    }
}

/// Plays what the rig of payments has written down: some mistakes show only where several things come together. Panics where
/// something is wrong.
fn judge_written() -> Result<(), String> {
    paying::late::judge_settled();
    paying::cuts::judge_orders();
    paying::asking::judge_closing();
    paying::asking::judge_waiting();
    Ok(())
}

/// What a panic says.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

/// How a bug was caught.
struct Caught {
    /// The seeds that it took.
    seeds: u64,
    /// The last one of them.
    seed: u64,
    words: String,
}

pub(crate) fn hunt() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&Bug> =
        BUGS.iter().filter(|bug| words.iter().all(|word| bug.name.contains(word))).collect();
    // The bugs are meant to panic.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut found, mut sound) = (Vec::new(), BTreeSet::new());
    for bug in &wanted {
        let caught = search(bug);
        if let Some(Caught { seed, .. }) = &caught {
            check_sound(&mut sound, Rig::of(bug), *seed);
        }
        eprintln!("{}", describe(bug, &caught));
        found.push(caught.map(|caught| caught.seeds));
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

/// A seed that fails without any bug catches none: ends the hunt.
fn check_sound(sound: &mut BTreeSet<(Rig, u64)>, rig: Rig, seed: u64) {
    if !sound.insert((rig, seed)) {
        return;
    }
    if let Err(words) = rig.judge(seed) {
        eprintln!("without a bug, seed {seed} of the {rig:?} fails: {words}");
        exit(1);
    }
}

/// The first seed that finds a bug, and the failure.
fn search(bug: &Bug) -> Option<Caught> {
    let rig = Rig::of(bug);
    let most = from_env("FLASHTAG_SEEDS").unwrap_or(rig.most());
    let written = (rig == Rig::Payments).then_some(WRITTEN);
    let run = (1..=most).filter(|seed| rig.runs(bug, *seed)).chain(written);
    run.zip(1..).find_map(|(seed, seeds)| {
        plant(Some(bug.name));
        let judged = rig.judge(seed);
        plant(None);
        judged.err().map(|words| Caught { seeds, seed, words })
    })
}

fn describe(bug: &Bug, caught: &Option<Caught>) -> String {
    let name = bug.name;
    match caught {
        Some(Caught { seeds, words, .. }) => {
            let line = words.lines().find(|line| line.contains("VIOLATED")).or(words.lines().next());
            let line: String = line.unwrap_or_default().chars().take(WORDS).collect();
            format!("caught in {seeds:>4} seeds: {name} ({line})")
        }
        None => format!("GOT AWAY: {name}"),
    }
}
