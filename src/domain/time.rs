//! Instants and lengths of time in whole milliseconds. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl From<i64> for Timestamp {
    fn from(ms: i64) -> Self {
        Self::from_ms(ms)
    }
}

impl From<Timestamp> for i64 {
    fn from(instant: Timestamp) -> Self {
        instant.0
    }
}

/// The error of a text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant between the years 1970 and 9999, as 2013-02-13T17:00:00.123Z")]
pub struct NotAnInstant;

impl Timestamp {
    /// Earlier than any instant that a file or a post can name.
    pub const MIN: Self = Self(0);
    /// Later than any instant that a file or a post can name.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// Converts milliseconds since the epoch, clamped to the years that can be written.
    #[must_use]
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant plus a length of time; saturates at the last instant.
    #[must_use]
    pub fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0).min(Self::MAX.0))
    }

    /// This instant less a length of time; saturates at the first instant.
    #[must_use]
    pub fn minus(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(length.0).max(Self::MIN.0))
    }

    /// The length of time since `earlier`; zero if this instant is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis((self.0 - earlier.0).max(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).expect("the range is jiff's own");
        write!(f, "{instant:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = NotAnInstant;

    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| NotAnInstant)?;
        let ms = instant.as_millisecond();
        if (Self::MIN.0..=Self::MAX.0).contains(&ms) { Ok(Self(ms)) } else { Err(NotAnInstant) }
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(i64);

/// The error of a text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a length of time from 0s to 1000 days, as \"15m\", \"30s\" or \"1h 30m\"")]
pub struct NotALength;

impl Millis {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// The longest length that a file may name.
    pub const MAX: Self = Self::from_secs(1000 * 86_400);

    /// Converts whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs as i64 * 1000)
    }

    /// Converts milliseconds; a negative number becomes zero.
    #[must_use]
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.max(0))
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The sum of both lengths.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The length in words, in its largest whole unit: `15 minutes`, `90 seconds`.
    #[must_use]
    pub fn in_words(self) -> String {
        let seconds = (self.0 + 999) / 1000;
        let (count, unit) = match seconds {
            seconds if seconds > 0 && seconds % 86_400 == 0 => (seconds / 86_400, "day"),
            seconds if seconds > 0 && seconds % 3600 == 0 => (seconds / 3600, "hour"),
            seconds if seconds > 0 && seconds % 60 == 0 => (seconds / 60, "minute"),
            seconds => (seconds, "second"),
        };
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural}")
    }

    /// The length for the standard library's timers.
    #[must_use]
    pub const fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.unsigned_abs())
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = jiff::SignedDuration::from_millis(self.0);
        write!(f, "{length:#}")
    }
}

impl FromStr for Millis {
    type Err = NotALength;

    fn from_str(text: &str) -> Result<Self, NotALength> {
        // A number without a unit is ambiguous.
        if !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return Err(NotALength);
        }
        let span: jiff::Span = text.parse().map_err(|_| NotALength)?;
        let days = jiff::SpanRelativeTo::days_are_24_hours();
        let length = span.to_duration(days).map_err(|_| NotALength)?;
        let ms = i64::try_from(length.as_millis()).map_err(|_| NotALength)?;
        if (0..=Self::MAX.0).contains(&ms) { Ok(Self(ms)) } else { Err(NotALength) }
    }
}

// Text formats have lengths in words ("15m"), the journal has numbers.
impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self::from_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339() {
        let table = [
            ("2013-02-13T17:00:00.123Z", Some(1_360_774_800_123), "2013-02-13T17:00:00.123Z"),
            ("2013-02-13T12:00:00-05:00", Some(1_360_774_800_000), "2013-02-13T17:00:00.000Z"),
            ("1970-01-01T00:00:00Z", Some(0), "1970-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", None, ""),
            ("1969-12-31T23:59:59Z", None, ""),
            ("2013-02-13", None, ""),
            ("yesterday", None, ""),
        ];
        for (text, ms, written) in table {
            let read = text.parse::<Timestamp>().ok();
            assert_eq!(read.map(Timestamp::ms), ms, "{text}");
            if let Some(read) = read {
                assert_eq!(read.to_string(), written);
            }
        }
    }

    #[test]
    fn lengths_name_their_unit() {
        let table = [
            ("15m", Some(900_000)),
            ("0s", Some(0)),
            ("1h 30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("15", None),
            ("-5m", None),
            ("", None),
            ("9999999h", None),
        ];
        for (text, ms) in table {
            assert_eq!(text.parse::<Millis>().ok().map(Millis::ms), ms, "{text}");
        }
        assert_eq!(Millis::from_secs(900).to_string(), "15m");
    }
}
