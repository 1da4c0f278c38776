//! How long to wait after a trouble, as X asks its clients to.

use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};

/// The step by which waits for the network grow; the first attempt is made at once.
const NETWORK_STEP_MS: i64 = 250;
/// The longest wait for the network.
const NETWORK_MOST_MS: i64 = 16_000;
/// The first wait after a fault of X, which then doubles.
const SERVER_FIRST_MS: i64 = 5_000;
/// The longest wait after a fault of X.
const SERVER_MOST_MS: i64 = 320_000;
/// The first wait after a refusal for too many requests, which then doubles; a window of X's limits has 15 minutes.
const LIMITED_FIRST_MS: i64 = 60_000;
/// The longest such wait.
const LIMITED_MOST_MS: i64 = 960_000;
/// The wait for an operator to connect the account again.
const SIGNED_OUT_MS: i64 = 60_000;
/// The wait before X is asked again for what it does not allow.
const REFUSED_MS: i64 = 900_000;

/// Counts troubles in a row.
#[derive(Debug)]
pub(super) struct Backoff {
    /// The state of the jitter.
    jitter: u64,
    network: u32,
    server: u32,
    limited: u32,
}

impl Backoff {
    /// With its own jitter for each seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self { jitter: seed, network: 0, server: 0, limited: 0 }
    }

    /// Notes that all is well.
    pub(super) const fn reset(&mut self) {
        (self.network, self.server, self.limited) = (0, 0, 0);
    }

    /// When to try again.
    pub(super) fn after(&mut self, trouble: &Trouble, now: Timestamp) -> Timestamp {
        let wait = match trouble {
            Trouble::Network(_) => {
                let wait = i64::from(self.network).saturating_mul(NETWORK_STEP_MS).min(NETWORK_MOST_MS);
                self.network = self.network.saturating_add(1);
                wait
            }
            Trouble::Server(_) | Trouble::NoRules(_) => {
                doubled(&mut self.server, SERVER_FIRST_MS, SERVER_MOST_MS)
            }
            Trouble::Limited(_, Some(until)) => until.since(now).ms().clamp(1_000, LIMITED_MOST_MS),
            Trouble::Limited(_, None) | Trouble::TooManyConnections(_) => {
                doubled(&mut self.limited, LIMITED_FIRST_MS, LIMITED_MOST_MS)
            }
            Trouble::SignedOut(_) => SIGNED_OUT_MS,
            Trouble::Refused(_) => REFUSED_MS,
        };
        // Never less than X asks for, and up to a quarter more.
        now.plus(Millis::from_ms(wait + self.draw(wait / 4)))
    }

    /// A number from 0 to `most`, by SplitMix64.
    fn draw(&mut self, most: i64) -> i64 {
        self.jitter = self.jitter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.jitter;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = (mixed ^ (mixed >> 31)) % (most.unsigned_abs() + 1);
        i64::try_from(drawn).unwrap_or(0)
    }
}

/// The next wait of a doubling row.
fn doubled(count: &mut u32, first: i64, most: i64) -> i64 {
    let wait = first.saturating_mul(1 << (*count).min(16)).min(most);
    *count = count.saturating_add(1);
    wait
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Trouble};
    use crate::domain::time::Timestamp;

    /// The waits of a row of the same trouble, in milliseconds.
    fn waits(trouble: &Trouble, count: usize) -> Vec<i64> {
        let mut backoff = Backoff::new(7);
        (0..count).map(|_| backoff.after(trouble, Timestamp::from_ms(1_000)).ms() - 1_000).collect()
    }

    #[test]
    fn waits_grow_as_x_asks_and_jitter_only_adds() {
        let seconds = |seconds: i64| Some(Timestamp::from_ms(1_000 + seconds * 1_000));
        let table: [(Trouble, &[i64]); 7] = [
            (Trouble::Network("".into()), &[0, 250, 500, 750]),
            (Trouble::Server("".into()), &[5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000]),
            (Trouble::TooManyConnections("".into()), &[60_000, 120_000, 240_000]),
            (Trouble::Limited("".into(), None), &[60_000, 120_000, 240_000, 480_000, 960_000, 960_000]),
            (Trouble::Limited("".into(), seconds(300)), &[300_000, 300_000]),
            (Trouble::Limited("".into(), seconds(0)), &[1_000]),
            (Trouble::Refused("".into()), &[900_000, 900_000]),
        ];
        for (trouble, least) in table {
            for (wait, least) in waits(&trouble, least.len()).into_iter().zip(least) {
                assert!((*least..=least + least / 4).contains(&wait), "{trouble:?}: {wait} for {least}");
            }
        }
        let network = waits(&Trouble::Network("".into()), 100);
        assert!(network.iter().all(|wait| *wait <= 20_000) && network[99] >= 16_000);
    }

    #[test]
    fn a_row_ends_when_all_is_well() {
        let (mut backoff, server) = (Backoff::new(1), Trouble::Server("".into()));
        let now = Timestamp::from_ms(0);
        for _ in 0..5 {
            backoff.after(&server, now);
        }
        backoff.reset();
        assert!(backoff.after(&server, now).ms() <= 6_250);
    }
}
