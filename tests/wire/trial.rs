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
}

impl Outcome {
    /// Adds the counts of another one, but not its faults.
    pub(super) fn add(&mut self, other: &Self) {
        self.posts += other.posts;
        self.sold += other.sold;
        self.replies += other.replies;
        self.prompts += other.prompts;
        self.gaps += other.gaps;
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

/// Runs a seed, and returns the failure if there was one.
pub(crate) fn judge(seed: u64) -> Result<Outcome, String> {
    let run = match seed % 3 {
        0 => run_at::<networks::bluesky::World>,
        1 => run_at::<networks::mastodon::World>,
        _ => run_at::<networks::x::World>,
    };
    catch_unwind(AssertUnwindSafe(|| run(seed))).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        words.unwrap_or("a panic without words").to_owned()
    })
}
