//! A trial: one seed from beginning to end, with every check.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fate::Fate;
use super::shop::Shop;

/// Things that happen before all faults end.
const TURNS: [usize; 3] = [60, 150, 300];

/// The result of a trial, or of many.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What became of requests.
    pub(super) fates: BTreeMap<Fate, u64>,
    /// How orders ended.
    pub(super) ends: BTreeMap<&'static str, u64>,
    /// Restarts of the process.
    pub(super) restarts: u64,
    /// Dead letters that were tried again.
    pub(super) retried: u64,
    /// Copies that were restored.
    pub(super) restored: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        other.fates.into_iter().for_each(|(fate, times)| *self.fates.entry(fate).or_default() += times);
        other.ends.into_iter().for_each(|(end, orders)| *self.ends.entry(end).or_default() += orders);
        self.restarts += other.restarts;
        self.retried += other.retried;
        self.restored += other.restored;
    }
}

/// Runs a seed, and returns the failure if there was one.
pub(crate) fn judge(seed: u64) -> Result<Outcome, String> {
    let run = || {
        let mut shop = Shop::new(seed);
        for _ in 0..TURNS[seed as usize % TURNS.len()] {
            shop.turn();
        }
        shop.settle();
        judge_all(&mut shop);
        super::objecting::judge(seed);
        let mut ends = BTreeMap::new();
        for end in shop.books.orders.iter().filter_map(|order| order.stage.end()) {
            *ends.entry(end).or_default() += 1;
        }
        let Shop { line, restarts, retried, restored, .. } = shop;
        Outcome { fates: line.fates, ends, restarts, retried, restored }
    };
    caught(run)
}

/// Lets what is pending at Stripe come to its end, and compares.
pub(super) fn judge_all(shop: &mut Shop) {
    shop.pass(2 * 3_600_000);
    // Stripe notices the time when it is asked.
    shop.line.books(shop.clock.real);
    shop.buyers_try_again();
    super::judge::judge(shop);
    super::judge::reconcile(shop);
}

/// Runs it, and returns the words of its panic if there is one.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        words.unwrap_or("a panic without words").to_owned()
    })
}
