//! The plan of a seed. Everything is random, and some features are left out entirely, so that the others meet
//! more often (swarm testing).

use flashtag::config::serve::Retain;
use flashtag::domain::time::Millis;

use crate::test_rng::TestRng;

/// The parts of a world, and their faults.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Steps before all faults end.
    pub(crate) turns: u64,
    pub(crate) partitions: u32,
    pub(crate) people: usize,
    pub(crate) purchases: usize,
    pub(crate) segment_bytes: u64,
    pub(crate) group_bytes: usize,
    pub(crate) crowd: Habits,
    pub(crate) firehose: Firehose,
    pub(crate) providers: ProviderFaults,
    pub(crate) disk: DiskFaults,
    /// One step in this many is a crash; `None` without crashes.
    pub(crate) crash_every: Option<usize>,
    /// Whether a crash may cut the power, not only end the process.
    pub(crate) power_losses: bool,
    /// Whether the clock may be set, also during a restart, and a pause may be long.
    pub(crate) clock_jumps: bool,
    /// How far a post may be ahead of its arrival.
    pub(crate) posts_ahead: Millis,
    /// Whether nothing arrives for long, until a sale is about to close.
    pub(crate) leaps: bool,
    pub(crate) operator: bool,
    pub(crate) credits: bool,
    pub(crate) snapshots: bool,
    pub(crate) retain: Retain,
}

/// What accounts do besides claiming.
#[derive(Debug, Clone)]
pub(crate) struct Habits {
    pub(crate) confirm: bool,
    pub(crate) cancel: bool,
    pub(crate) delete: bool,
    pub(crate) repost: bool,
    pub(crate) copy: bool,
    pub(crate) account_words: bool,
    pub(crate) flood: bool,
}

/// Delays and repetitions of posts.
#[derive(Debug, Clone)]
pub(crate) struct Firehose {
    pub(crate) late: bool,
    pub(crate) twice: bool,
    pub(crate) wrong_times: bool,
}

/// Faults of providers.
#[derive(Debug, Clone)]
pub(crate) struct ProviderFaults {
    pub(crate) cards_fail: bool,
    pub(crate) cards_decline: bool,
    pub(crate) replies_fail: bool,
    pub(crate) letters_fail: bool,
    pub(crate) slow: bool,
    /// Whether providers are away, for seconds or for days.
    pub(crate) outages: bool,
}

/// Faults of the disk.
#[derive(Debug, Clone)]
pub(crate) struct DiskFaults {
    pub(crate) writes_fail: bool,
    pub(crate) writes_short: bool,
    pub(crate) syncs_fail: bool,
    /// Whether recovery fails, too.
    pub(crate) in_recovery: bool,
    /// Whether a commit takes long, so that queues fill up.
    pub(crate) slow: bool,
}

impl Plan {
    pub(crate) fn new(rng: &mut TestRng) -> Self {
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
    pub(crate) fn heal(&mut self) {
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
