//! Whether a stream that is resumed begins where it was asked to. Hosts of Jetstream, version 1, begin without a word at the
//! oldest event that they have.

use super::position::Position;
use crate::domain::time::{Millis, Timestamp};

/// Hosts may keep some kinds of events for nobody who resumes, so that the next event is the first one.
const LEAST: Millis = Millis::from_secs(1);
/// A network that is at work has an event in less than this. Asked for an instant, a host that has it sends one from around it.
const LEAST_AROUND: Millis = Millis::from_secs(30);

/// The beginning of a stream that was resumed. A host that is asked for its own event sends that event again if it has it.
#[derive(Debug)]
pub(super) struct Beginning {
    /// The event, or the instant, at which it resumes.
    asked: Position,
    /// The shortest time without an event that shows that some are missing.
    least: Millis,
    /// When the first of the events behind that one came, and the time of the earliest one.
    found: Option<(Timestamp, u64)>,
}

impl Beginning {
    /// A stream that resumes at an event of the host.
    pub(super) const fn at(asked: Position) -> Self {
        Self { asked, least: LEAST, found: None }
    }

    /// A stream that resumes somewhat before an event of another host, or at an instant.
    pub(super) const fn around(asked: Position) -> Self {
        Self { asked, least: LEAST_AROUND, found: None }
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
    pub(super) fn is_known(&mut self, now: Timestamp, disorder: Millis) -> bool {
        let Some((since, _)) = &mut self.found else { return false };
        // The clock may be set back meanwhile.
        *since = now.min(*since);
        now.since(*since) >= disorder
    }

    /// What the host does not have any more.
    pub(super) fn missing(self) -> Option<(Timestamp, Timestamp)> {
        let from = self.asked.time();
        let to = Position { time_us: self.found?.1, ..self.asked }.time();
        Some((from, to)).filter(|_| to.since(from) >= self.least)
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

    #[test]
    fn another_host_lacks_something_where_it_is_silent_for_half_a_minute() {
        for (first_us, missing) in
            [(129_999_000, None), (130_000_000, Some((at(100_000), at(130_000)))), (99_999_000, None)]
        {
            let asked = Position { host: "wss://a".into(), seq: 0, time_us: 100_000_000 };
            let mut begins = Beginning::around(asked);
            begins.is_found(first_us, at(900_000));
            assert_eq!(begins.missing(), missing, "{first_us}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_delays_nothing() {
        let mut begins = beginning();
        begins.is_found(160_000_000, at(900_000));
        assert!(!begins.is_known(at(800_000), DISORDER));
        assert!(!begins.is_known(at(804_999), DISORDER));
        assert!(begins.is_known(at(805_000), DISORDER));
    }
}
