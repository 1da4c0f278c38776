//! Bounds how often the log repeats itself: the first event of a kind gets a line at once, and those that follow one
//! line in ten seconds, with their number. A flood of events costs a few lines.

use crate::domain::time::{Millis, Timestamp};

/// The least time between two lines.
pub const INTERVAL: Millis = Millis::from_secs(10);

/// What a line that may be written tells beside its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// Events that got no line since the last one.
    pub more: u64,
}

/// Admits lines of one kind of event.
#[derive(Debug, Default)]
pub struct LogGate {
    last: Option<Timestamp>,
    more: u64,
}

impl LogGate {
    /// Counts an event at `now`, and tells whether it gets a line. The clock may be set back meanwhile.
    pub fn admit(&mut self, now: Timestamp) -> Option<Since> {
        let open = self.last.is_none_or(|last| now < last || now.since(last) >= INTERVAL);
        if !open {
            self.more += 1;
            return None;
        }
        self.last = Some(now);
        Some(Since { more: std::mem::take(&mut self.more) })
    }
}

#[cfg(test)]
mod tests {
    use super::{LogGate, Since, Timestamp};

    #[test]
    fn a_flood_gets_its_first_line_and_one_line_for_each_interval() {
        let mut gate = LogGate::default();
        // When an event happens in milliseconds, and the line that it gets: how many had none before it.
        let table = [
            (0, Some(0)),
            (1, None),
            (9_999, None),
            (10_000, Some(2)),
            (10_001, None),
            (60_000, Some(1)),
            (90_000, Some(0)),
            // The clock was set back.
            (5_000, Some(0)),
            (5_001, None),
        ];
        for (at, line) in table {
            let line = line.map(|more| Since { more });
            assert_eq!(gate.admit(Timestamp::from_ms(at)), line, "at {at} ms");
        }
    }
}
