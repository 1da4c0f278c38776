//! Whether a stream that is resumed begins where it was asked to. Hosts of Jetstream, version 1, begin without a word at the
//! oldest event that they have.

use super::position::Position;
use crate::domain::time::{Millis, Timestamp};

/// Hosts may keep some kinds of events for nobody who resumes, so that the next event is the first one.
const LEAST: Millis = Millis::from_secs(1);

/// The beginning of a stream that was resumed at an event of the same host, which sends that event again if it has it.
#[derive(Debug)]
pub(super) struct Beginning {
    /// The event at which it resumes.
    asked: Position,
    /// When the first of the events behind that one came, and the time of the earliest one.
    found: Option<(Timestamp, u64)>,
}

impl Beginning {
    pub(super) const fn at(asked: Position) -> Self {
        Self { asked, found: None }
    }

    /// Takes the time of an event that came. Returns whether it is the one that was asked for, or an earlier one.
    pub(super) fn is_found(&mut self, time_us: u64, now: Timestamp) -> bool {
        if time_us <= self.asked.time_us {
            return true;
        }
        let (since, earliest) = self.found.unwrap_or((now, time_us));
        self.found = Some((since, earliest.min(time_us)));
        false
    }

    /// Whether nothing earlier comes any more: an event may come behind a later one, but no longer than `disorder`.
    pub(super) fn is_known(&self, now: Timestamp, disorder: Millis) -> bool {
        self.found.is_some_and(|(since, _)| now.since(since) >= disorder)
    }

    /// What the host does not have any more.
    pub(super) fn missing(self) -> Option<(Timestamp, Timestamp)> {
        let from = self.asked.time();
        let to = Position { time_us: self.found?.1, ..self.asked }.time();
        Some((from, to)).filter(|_| to.since(from) >= LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISORDER: Millis = Millis::from_secs(5);

    fn beginning() -> Beginning {
        Beginning::at(Position { host: "wss://a".into(), seq: 0, time_us: 100_000_000 })
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn what_is_missing_is_known_when_nothing_earlier_comes_any_more() {
        let mut begins = beginning();
        assert!(!begins.is_known(at(900_000), DISORDER), "nothing came");
        assert!(!begins.is_found(160_000_000, at(900_000)));
        assert!(!begins.is_found(150_000_000, at(901_000)));
        assert!(!begins.is_known(at(904_999), DISORDER));
        assert!(begins.is_known(at(905_000), DISORDER));
        assert_eq!(begins.missing(), Some((at(100_000), at(150_000))));
    }

    #[test]
    fn a_host_that_has_the_event_lacks_nothing() {
        for time_us in [100_000_000, 99_000_000] {
            let mut begins = beginning();
            assert!(!begins.is_found(160_000_000, at(900_000)), "told in another order");
            assert!(begins.is_found(time_us, at(900_001)));
        }
    }

    #[test]
    fn less_than_a_second_is_no_gap() {
        let mut begins = beginning();
        begins.is_found(100_900_000, at(900_000));
        assert!(begins.is_known(at(905_000), DISORDER));
        assert_eq!(begins.missing(), None);
    }
}
