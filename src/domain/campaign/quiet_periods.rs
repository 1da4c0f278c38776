//! The quiet periods between a campaign's records. Journal time passes over an outage in one step.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::arrival::Arrival;
use crate::domain::time::{Millis, Timestamp};

/// What a quiet period counts towards forgetting, at most.
const COUNTED: Millis = Arrival::AHEAD_MAX;

/// The quiet periods that reach into what is remembered. A post is believed by the wall clock, which may have been ahead of
/// journal time until a restart brought both together: in journal time, the post then ages by the whole step at
/// once. So of a quiet period only a minute counts, and what was decided before it is remembered behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QuietPeriods {
    /// The time of the last record.
    last: Option<Timestamp>,
    /// The end of each quiet period, and the part that does not count.
    skipped: VecDeque<(Timestamp, Millis)>,
}

impl QuietPeriods {
    /// Takes note of a record at `at`. Returns the instant before which everything may be forgotten.
    pub(super) fn note_record(&mut self, at: Timestamp, memory: Millis) -> Timestamp {
        let quiet = self.last.map_or(Millis::ZERO, |last| at.since(last));
        if quiet > COUNTED {
            self.skipped.push_back((at, Millis::from_ms(quiet.ms() - COUNTED.ms())));
        }
        self.last = Some(at);
        let mut horizon = at.ms() - memory.ms();
        for (ended, length) in self.skipped.iter().rev() {
            if ended.ms() <= horizon {
                break;
            }
            horizon -= length.ms();
        }
        while self.skipped.front().is_some_and(|(ended, _)| ended.ms() <= horizon) {
            self.skipped.pop_front();
        }
        Timestamp::from_ms(horizon)
    }
}

#[cfg(test)]
mod tests {
    use super::{Millis, QuietPeriods, Timestamp};

    #[test]
    fn of_a_quiet_period_a_minute_counts() {
        // Columns: the second of a record, and the second before which everything may be forgotten, of ten minutes.
        let table = [
            (1_000, 400),
            (1_060, 460),
            (1_119, 519),
            // A quiet period of 3,601 s, of which 3,541 are skipped: 60 s after 519 s.
            (4_720, 579),
            (4_780, 639),
            (5_259, 1_118),
            // What was decided before it is forgotten; it passes as a minute.
            (5_319, 1_178),
            (5_320, 4_720),
            (5_329, 4_729),
        ];
        let mut periods = QuietPeriods::default();
        for second in (1_000..1_120).chain(4_720..5_330) {
            let horizon = periods.note_record(Timestamp::from_ms(second * 1_000), Millis::from_secs(600));
            if let Some((_, expected)) = table.iter().find(|(at, _)| *at == second) {
                assert_eq!(horizon.ms() / 1_000, *expected, "at {second} s");
            }
        }
        assert!(periods.skipped.is_empty(), "a quiet period that is over takes no room");
    }
}
