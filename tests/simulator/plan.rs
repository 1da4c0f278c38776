//! A plan: what one seed does. Everything is chosen by chance, and some things are left out altogether,
//! so that what is left meets more often (swarm testing).

use flashtag::config::serve::Retain;

use crate::dice::Dice;

/// What a world is made of, and what goes wrong in it.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// How much happens before everything is healed.
    pub(super) turns: u64,
    pub(super) partitions: u32,
    pub(super) people: usize,
    pub(super) purchases: usize,
    pub(super) segment_bytes: u64,
    pub(super) group_bytes: usize,
    pub(super) crowd: Manners,
    pub(super) firehose: Firehose,
    pub(super) providers: Mishaps,
    pub(super) disk: DiskFaults,
    /// One turn in so many is a crash; none without.
    pub(super) crash_every: Option<usize>,
    /// Whether a crash may take the power, and not only the process.
    pub(super) power_losses: bool,
    /// Whether a restart may find the clock set, and a pause may last long.
    pub(super) clock_jumps: bool,
    /// Whether nothing is heard for long, until a sale is just about to close.
    pub(super) leaps: bool,
    pub(super) operator: bool,
    pub(super) credits: bool,
    pub(super) snapshots: bool,
    pub(super) retain: Retain,
}

/// What people do beside claiming.
#[derive(Debug, Clone)]
pub(super) struct Manners {
    pub(super) confirm: bool,
    pub(super) cancel: bool,
    pub(super) delete: bool,
    pub(super) repost: bool,
    pub(super) copy: bool,
    pub(super) account_words: bool,
    pub(super) flood: bool,
}

/// How badly posts travel.
#[derive(Debug, Clone)]
pub(super) struct Firehose {
    pub(super) late: bool,
    pub(super) twice: bool,
    pub(super) wrong_times: bool,
}

/// How badly providers behave.
#[derive(Debug, Clone)]
pub(super) struct Mishaps {
    pub(super) cards_fail: bool,
    pub(super) cards_decline: bool,
    pub(super) replies_fail: bool,
    pub(super) letters_fail: bool,
    pub(super) slow: bool,
}

/// How badly the disk behaves.
#[derive(Debug, Clone)]
pub(super) struct DiskFaults {
    pub(super) writes_fail: bool,
    pub(super) writes_short: bool,
    pub(super) syncs_fail: bool,
    /// Whether recovery, too, is struck.
    pub(super) in_recovery: bool,
    /// Whether a commit takes long, so that queues are full.
    pub(super) slow: bool,
}

impl Plan {
    pub(super) fn new(dice: &mut Dice) -> Self {
        // On in three seeds of four.
        fn on(dice: &mut Dice) -> bool {
            dice.roll(4) > 0
        }
        Self {
            turns: *dice.pick(&[150, 300, 600, 1200]),
            partitions: *dice.pick(&[1, 1, 2, 3]),
            people: 3 + dice.roll(20),
            purchases: 1 + dice.roll(4),
            segment_bytes: *dice.pick(&[4_600, 8_000, 24_000, 64_000]),
            group_bytes: *dice.pick(&[1, 2_000, 100_000]),
            crowd: Manners {
                confirm: dice.roll(8) > 0,
                cancel: on(dice),
                delete: on(dice),
                repost: on(dice),
                copy: on(dice),
                account_words: dice.roll(3) == 0,
                flood: on(dice),
            },
            firehose: Firehose { late: on(dice), twice: on(dice), wrong_times: on(dice) },
            providers: Mishaps {
                cards_fail: on(dice),
                cards_decline: on(dice),
                replies_fail: on(dice),
                letters_fail: on(dice),
                slow: on(dice),
            },
            disk: DiskFaults {
                writes_fail: on(dice),
                writes_short: on(dice),
                syncs_fail: on(dice),
                in_recovery: on(dice),
                slow: dice.roll(4) == 0,
            },
            crash_every: *dice.pick(&[None, Some(300), Some(100), Some(40)]),
            power_losses: on(dice),
            clock_jumps: on(dice),
            operator: on(dice),
            credits: on(dice),
            snapshots: on(dice),
            leaps: dice.roll(3) == 0,
            retain: *dice.pick(&[Retain::History, Retain::Snapshots(1), Retain::Snapshots(2)]),
        }
    }

    /// The same world in which nothing goes wrong any more.
    pub(super) fn heal(&mut self) {
        self.firehose = Firehose { late: false, twice: false, wrong_times: false };
        self.providers = Mishaps {
            cards_fail: false,
            cards_decline: self.providers.cards_decline,
            replies_fail: false,
            letters_fail: false,
            slow: false,
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
