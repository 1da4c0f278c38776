//! Where a stream is resumed: some time behind its last event, because an event may come behind a later one.

use crate::domain::time::{Millis, Timestamp};

/// The position behind which a stream is resumed. It follows the last event by one to two times `disorder`, measured by
/// arrival, so that it takes two positions, and not one for each event. What comes again is known by its id.
#[derive(Debug, Clone)]
pub(super) struct Trail<P> {
    /// How long an event may come behind a later one.
    disorder: Millis,
    /// Whatever is told before this position has come.
    settled: Option<P>,
    /// The last event at that instant.
    noted: Option<(Timestamp, P)>,
}

impl<P: Clone> Trail<P> {
    /// Begins behind a position, or behind the first one that it follows.
    pub(super) const fn new(position: Option<P>, disorder: Millis) -> Self {
        Self { disorder, settled: position, noted: None }
    }

    /// The position to resume behind, if there is one.
    pub(super) const fn position(&self) -> Option<&P> {
        self.settled.as_ref()
    }

    /// Begins anew behind a position: what is before it is known, or cannot be had.
    pub(super) fn restart(&mut self, position: Option<P>) {
        (self.settled, self.noted) = (position, None);
    }

    /// The stream is open again behind this position: what came since comes once more.
    pub(super) fn reopen(&mut self) -> Option<P> {
        self.noted = None;
        self.settled.clone()
    }

    /// Follows the last event at `now`. The clock may be set back meanwhile.
    pub(super) fn follow(&mut self, last: &P, now: Timestamp) {
        if self.settled.is_none() {
            self.settled = Some(last.clone());
        }
        match &mut self.noted {
            Some((noted_at, _)) if now < *noted_at => *noted_at = now,
            Some((noted_at, _)) if now.since(*noted_at) < self.disorder => {}
            noted => {
                if let Some((_, before)) = noted.replace((now, last.clone())) {
                    self.settled = Some(before);
                }
            }
        }
    }

    /// Changes every position that is kept.
    pub(super) fn each(&mut self, change: impl FnMut(&mut P)) {
        let noted = self.noted.as_mut().map(|(_, position)| position);
        self.settled.as_mut().into_iter().chain(noted).for_each(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISORDER: Millis = Millis::from_secs(5);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn it_follows_the_last_event_by_five_to_ten_seconds() {
        let mut trail = Trail::new(Some(1), DISORDER);
        // When which event came or was the last one, and behind which the stream is resumed then.
        let table = [
            (0, 2, 1),
            (4_999, 3, 1),
            // The last event of five seconds ago.
            (5_000, 4, 2),
            (9_999, 5, 2),
            (10_000, 5, 4),
            // Nothing came for long.
            (100_000, 5, 5),
            // The clock was set back: what came is as new as what will come.
            (50_000, 6, 5),
            (54_999, 7, 5),
            (55_000, 7, 5),
            (60_000, 7, 7),
            (64_999, 8, 7),
        ];
        for (now, last, resumed) in table {
            trail.follow(&last, at(now));
            assert_eq!(trail.position(), Some(&resumed), "at {now} ms");
        }
    }

    #[test]
    fn what_came_since_comes_once_more_however_long_nothing_was_open() {
        let mut trail = Trail::new(Some(1), DISORDER);
        trail.follow(&2, at(0));
        assert_eq!(trail.reopen(), Some(1));
        trail.follow(&2, at(100_000));
        assert_eq!(trail.position(), Some(&1));
        trail.each(|position| *position += 10);
        trail.follow(&3, at(105_000));
        assert_eq!(trail.position(), Some(&12));
    }

    #[test]
    fn without_a_position_the_first_event_is_one() {
        let mut trail = Trail::new(None, DISORDER);
        assert_eq!(trail.position(), None);
        trail.follow(&7, at(0));
        trail.follow(&8, at(1));
        assert_eq!(trail.position(), Some(&7));
        trail.restart(Some(9));
        assert_eq!(trail.position(), Some(&9));
    }
}
