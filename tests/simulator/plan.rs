//! The plan of a seed. Everything is random, and some features are left out entirely, so that the others meet
//! more often (swarm testing).

use flashtag::config::serve::Retain;
use flashtag::domain::time::Millis;

use crate::test_rng::TestRng;

/// The parts of a world, and their faults.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Steps before all faults end.
    pub(super) turns: u64,
    pub(super) partitions: u32,
    pub(super) people: usize,
    pub(super) purchases: usize,
    pub(super) segment_bytes: u64,
    pub(super) group_bytes: usize,
    pub(super) crowd: Habits,
    pub(super) firehose: Firehose,
    pub(super) providers: ProviderFaults,
    pub(super) disk: DiskFaults,
    /// One step in this many is a crash; `None` without crashes.
    pub(super) crash_every: Option<usize>,
    /// Whether a crash may cut the power, not only end the process.
    pub(super) power_losses: bool,
    /// Whether the clock may be set, also during a restart, and a pause may be long.
    pub(super) clock_jumps: bool,
    /// How far a post may be ahead of its arrival.
    pub(super) posts_ahead: Millis,
    /// Whether nothing arrives for long, until a sale is about to close.
    pub(super) leaps: bool,
    pub(super) operator: bool,
    pub(super) credits: bool,
    pub(super) snapshots: bool,
    pub(super) retain: Retain,
}

/// What accounts do besides claiming.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    pub(super) confirm: bool,
    pub(super) cancel: bool,
    pub(super) delete: bool,
    pub(super) repost: bool,
    pub(super) copy: bool,
    pub(super) account_words: bool,
    pub(super) flood: bool,
}

/// Delays and repetitions of posts.
#[derive(Debug, Clone)]
pub(super) struct Firehose {
    pub(super) late: bool,
    pub(super) twice: bool,
    pub(super) wrong_times: bool,
}

/// Faults of providers.
#[derive(Debug, Clone)]
pub(super) struct ProviderFaults {
    pub(super) cards_fail: bool,
    pub(super) cards_decline: bool,
    pub(super) replies_fail: bool,
    pub(super) letters_fail: bool,
    pub(super) slow: bool,
    /// Whether providers are away, for seconds or for days.
    pub(super) outages: bool,
}

/// Faults of the disk.
#[derive(Debug, Clone)]
pub(super) struct DiskFaults {
    pub(super) writes_fail: bool,
    pub(super) writes_short: bool,
    pub(super) syncs_fail: bool,
    /// Whether recovery fails, too.
    pub(super) in_recovery: bool,
    /// Whether a commit takes long, so that queues fill up.
    pub(super) slow: bool,
}

impl Plan {
    pub(super) fn new(rng: &mut TestRng) -> Self {
        // Returns `true` in three seeds of four.
        fn on(rng: &mut TestRng) -> bool {
            rng.below(4) > 0
        }
        Self {
            turns: *rng.pick(&[150, 300, 600, 1200]),
            partitions: *rng.pick(&[1, 1, 2, 3]),
            people: 3 + rng.below(20),
            purchases: 1 + rng.below(4),
            segment_bytes: *rng.pick(&[4_600, 8_000, 24_000, 64_000]),
            group_bytes: *rng.pick(&[1, 2_000, 100_000]),
            crowd: Habits {
                confirm: rng.below(8) > 0,
                cancel: on(rng),
                delete: on(rng),
                repost: on(rng),
                copy: on(rng),
                account_words: rng.below(3) == 0,
                flood: on(rng),
            },
            firehose: Firehose { late: on(rng), twice: on(rng), wrong_times: on(rng) },
            providers: ProviderFaults {
                cards_fail: on(rng),
                cards_decline: on(rng),
                replies_fail: on(rng),
                letters_fail: on(rng),
                slow: on(rng),
                outages: on(rng),
            },
            disk: DiskFaults {
                writes_fail: on(rng),
                writes_short: on(rng),
                syncs_fail: on(rng),
                in_recovery: on(rng),
                slow: rng.below(4) == 0,
            },
            crash_every: *rng.pick(&[None, Some(300), Some(100), Some(40)]),
            power_losses: on(rng),
            clock_jumps: on(rng),
            posts_ahead: Millis::from_secs(*rng.pick(&[0, 10, 10, 60])),
            operator: on(rng),
            credits: on(rng),
            snapshots: on(rng),
            leaps: rng.below(3) == 0,
            retain: *rng.pick(&[Retain::History, Retain::Snapshots(1), Retain::Snapshots(2)]),
        }
    }

    /// Ends all faults.
    pub(super) fn heal(&mut self) {
        self.firehose = Firehose { late: false, twice: false, wrong_times: false };
        self.providers = ProviderFaults {
            cards_fail: false,
            cards_decline: self.providers.cards_decline,
            replies_fail: false,
            letters_fail: false,
            slow: false,
            outages: false,
        };
        self.disk = DiskFaults {
            writes_fail: false,
            writes_short: false,
            syncs_fail: false,
            in_recovery: false,
            slow: false,
        };
        (self.crash_every, self.clock_jumps) = (None, false);
    }
}
