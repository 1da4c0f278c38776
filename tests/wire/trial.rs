//! A trial: one seed from beginning to end, with every check.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::faults::Fault;
use super::peer::Peer;
use super::world::World;

/// The result of a trial, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What went wrong, by kind.
    pub(super) faults: BTreeMap<Fault, u64>,
    /// Posts that were heard.
    pub(super) posts: u64,
    /// Units that were sold.
    pub(super) sold: u64,
    /// Posts of the shop.
    pub(super) replies: u64,
    /// Prompts among them.
    pub(super) prompts: u64,
    /// Gaps that were told.
    pub(super) gaps: u64,
    /// How often the reading of an order's posts found what.
    pub(super) findings: BTreeMap<&'static str, u64>,
    /// The orders that were called off because of their posts, by reason.
    pub(super) called_off: BTreeMap<&'static str, u64>,
}

impl Outcome {
    /// Adds the counts of another one, but not its faults.
    pub(super) fn add(&mut self, other: &Self) {
        self.posts += other.posts;
        self.sold += other.sold;
        self.replies += other.replies;
        self.prompts += other.prompts;
        self.gaps += other.gaps;
        add(&mut self.findings, &other.findings);
        add(&mut self.called_off, &other.called_off);
    }
}

/// Adds counts by name.
pub(super) fn add<K: Ord + Copy>(sums: &mut BTreeMap<K, u64>, counts: &BTreeMap<K, u64>) {
    for (name, times) in counts {
        *sums.entry(*name).or_default() += times;
    }
}

/// Steps before all faults end.
const TURNS: [usize; 3] = [300, 700, 1_500];

fn run_at<P: Peer>(seed: u64) -> Outcome {
    let mut world = World::<P>::new(seed);
    for _ in 0..TURNS[seed as usize / 3 % TURNS.len()] {
        world.turn();
    }
    world.settle();
    super::judge::judge(&mut world)
}

/// The networks, by the remainders of seeds.
pub(crate) const NETWORKS: [&str; 3] = ["bluesky", "mastodon", "x"];

/// The network of a seed.
pub(crate) fn network_of(seed: u64) -> &'static str {
    NETWORKS[(seed % 3) as usize]
}

/// Runs a seed, and returns the failure if there was one.
pub(crate) fn judge(seed: u64) -> Result<Outcome, String> {
    let run = match network_of(seed) {
        "bluesky" => run_at::<networks::bluesky::World>,
        "mastodon" => run_at::<networks::mastodon::World>,
        _ => run_at::<networks::x::World>,
    };
    catch_unwind(AssertUnwindSafe(|| run(seed))).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        words.unwrap_or("a panic without words").to_owned()
    })
}
