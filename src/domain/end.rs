//! The end of a period, as its author named it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::{Millis, Timestamp};

/// The end of a period, as a file names it. Where it names the last second of a minute (`23:59:59`), that second
/// belongs to the period: its author means the whole day. The same holds for the last millisecond (`23:59:59.999`).
///
/// An end cannot be compared with an instant: whether the named instant itself is inside differs from rule to rule,
/// so a rule asks for [`End::after`] or [`End::last`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct End(Timestamp);

const MINUTE_MS: i64 = 60_000;

impl End {
    /// The instant that the author named, for people.
    #[must_use]
    pub const fn named(self) -> Timestamp {
        self.0
    }

    /// The first instant after a period that ends when the named instant comes: that instant, or the next minute if
    /// the last second or millisecond of a minute is named.
    #[must_use]
    pub fn after(self) -> Timestamp {
        let rest = match self.0.ms().rem_euclid(MINUTE_MS) {
            59_000 => 1000,
            59_999 => 1,
            _ => 0,
        };
        self.0.plus(Millis::from_ms(rest))
    }

    /// The last instant of a period that includes the named one.
    #[must_use]
    pub fn last(self) -> Timestamp {
        self.0.max(Timestamp::from_ms(self.after().ms() - 1))
    }
}

impl From<Timestamp> for End {
    fn from(named: Timestamp) -> Self {
        Self(named)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Timestamp};

    #[test]
    fn the_last_second_that_is_named_belongs_to_the_period() {
        // Columns: the end as it is named, the first instant after it, the last instant with it.
        let table = [
            ("2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z", "2026-03-02T23:59:59.999Z"),
            ("2026-03-02T18:29:59Z", "2026-03-02T18:30:00Z", "2026-03-02T18:29:59.999Z"),
            ("2026-03-02T23:59:59.999Z", "2026-03-03T00:00:00Z", "2026-03-02T23:59:59.999Z"),
            ("2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z"),
            ("2026-03-02T23:59:00Z", "2026-03-02T23:59:00Z", "2026-03-02T23:59:00Z"),
            ("2026-03-02T23:59:58Z", "2026-03-02T23:59:58Z", "2026-03-02T23:59:58Z"),
            ("2026-03-02T23:59:59.500Z", "2026-03-02T23:59:59.500Z", "2026-03-02T23:59:59.500Z"),
        ];
        for (named, after, last) in table {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            let end = End::from(at(named));
            assert_eq!((end.named(), end.after(), end.last()), (at(named), at(after), at(last)), "{named}");
        }
    }
}
