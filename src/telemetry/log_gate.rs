//! Bounds how often the log repeats itself: the first event of a kind gets a line at once, and those that follow one
//! line in ten seconds, with their number. A flood of events costs a few lines. The number stands in the line of the next
//! event, however late it comes, unless the owner of the gate asks for the rest now and then.

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
        if !self.is_open(now) {
            self.more += 1;
            return None;
        }
        self.last = Some(now);
        Some(Since { more: std::mem::take(&mut self.more) })
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.last.is_none_or(|last| now < last || now.since(last) >= INTERVAL)
    }

    /// What got no line when it happened, once the time for the next line has come; `None` if there is nothing.
    pub fn rest(&mut self, now: Timestamp) -> Option<Since> {
        if self.more > 0 && self.is_open(now) { self.admit(now) } else { None }
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

    #[test]
    fn what_got_no_line_is_told_when_the_interval_is_over_without_another_event() {
        let mut gate = LogGate::default();
        let at = Timestamp::from_ms;
        assert_eq!(gate.rest(at(0)), None, "nothing happened");
        assert_eq!(gate.admit(at(0)), Some(Since { more: 0 }));
        assert_eq!(gate.rest(at(20_000)), None, "every event has its line");
        for ms in [20_000, 20_001, 20_002] {
            gate.admit(at(ms));
        }
        assert_eq!(gate.rest(at(29_999)), None);
        assert_eq!(gate.rest(at(30_000)), Some(Since { more: 2 }));
        assert_eq!(gate.rest(at(30_000)), None, "told once");
        // The rest was a line as well.
        assert_eq!(gate.admit(at(39_999)), None);
        assert_eq!(gate.admit(at(40_000)), Some(Since { more: 1 }));
    }
}
