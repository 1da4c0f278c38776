//! Formats instants in a shop's time zone for readers.

use jiff::ZonedDateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::time::{Millis, Timestamp};

/// A deadline nearer than this is shown with seconds.
const NEAR: Millis = Millis::from_secs(600);

/// The time zone of a shop.
#[derive(Debug, Clone)]
pub(super) struct Zone(TimeZone);

/// The time zone is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {0:?}; write it as \"America/New_York\" or \"UTC\"")]
pub struct UnknownZone(pub String);

impl Zone {
    pub(super) const UTC: Self = Self(TimeZone::UTC);

    /// Looks a zone up in the bundled database, which is the same on every machine.
    pub(super) fn parse(name: &str) -> Result<Self, UnknownZone> {
        let found = TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown());
        found.map(Self).ok_or_else(|| UnknownZone(name.to_owned()))
    }

    /// Formats an instant as read at `now`, with its seconds if it has any, so that no reader comes too
    /// early.
    pub(super) fn exact(&self, at: Timestamp, now: Timestamp) -> String {
        let whole = at.ms().rem_euclid(60_000) < 1000;
        self.text(at, now, if whole { "%H:%M" } else { "%H:%M:%S" })
    }

    /// Formats a deadline as read at `now`, to the minute unless it is near. Rounds down, so that no reader
    /// is promised a minute that does not exist.
    pub(super) fn deadline(&self, at: Timestamp, now: Timestamp) -> String {
        self.text(at, now, if at.since(now) < NEAR { "%H:%M:%S" } else { "%H:%M" })
    }

    fn text(&self, at: Timestamp, now: Timestamp, clock: &str) -> String {
        let (at, now) = (self.local(at), self.local(now));
        let day = if at.date() == now.date() {
            ""
        } else if at.year() == now.year() {
            "%-d %b, "
        } else {
            "%-d %b %Y, "
        };
        let name = at.strftime("%Z").to_string();
        // A zone without an abbreviation is named by its offset.
        let utc = if name.starts_with(['+', '-']) { "UTC" } else { "" };
        format!("{} {utc}{name}", at.strftime(&format!("{day}{clock}")))
    }

    fn local(&self, at: Timestamp) -> ZonedDateTime {
        let instant = jiff::Timestamp::from_millisecond(at.ms()).expect("the range is jiff's own");
        instant.to_zoned_datetime(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, Zone};

    #[test]
    fn instants_are_written_in_local_time() {
        // Columns: zone, time of reading, instant, text as a deadline, exact text.
        let table = [
            ("UTC", "2013-02-13T17:00:00Z", "2013-02-13T17:18:20Z", "17:18 UTC", "17:18:20 UTC"),
            ("America/New_York", "2013-02-13T22:00:00Z", "2013-02-13T22:18:00Z", "17:18 EST", "17:18 EST"),
            // The same instant is on another date elsewhere.
            (
                "America/New_York",
                "2013-02-13T04:00:00Z",
                "2013-02-13T05:18:00Z",
                "13 Feb, 00:18 EST",
                "13 Feb, 00:18 EST",
            ),
            (
                "Asia/Tokyo",
                "2013-02-13T14:00:00Z",
                "2013-02-13T15:18:00Z",
                "14 Feb, 00:18 JST",
                "14 Feb, 00:18 JST",
            ),
            (
                "UTC",
                "2013-12-31T23:50:00Z",
                "2014-01-01T00:05:00Z",
                "1 Jan 2014, 00:05 UTC",
                "1 Jan 2014, 00:05 UTC",
            ),
            // Less than ten minutes away, so every second counts.
            ("UTC", "2013-02-13T17:00:00Z", "2013-02-13T17:09:59.900Z", "17:09:59 UTC", "17:09:59 UTC"),
            ("UTC", "2013-02-13T17:00:00Z", "2013-02-13T16:00:00Z", "16:00:00 UTC", "16:00 UTC"),
            // The night in which New York skipped an hour, and the one in which it repeated one.
            ("America/New_York", "2013-03-10T06:50:00Z", "2013-03-10T07:05:00Z", "03:05 EDT", "03:05 EDT"),
            ("America/New_York", "2013-11-03T05:20:00Z", "2013-11-03T05:50:00Z", "01:50 EDT", "01:50 EDT"),
            ("America/New_York", "2013-11-03T05:50:00Z", "2013-11-03T06:20:00Z", "01:20 EST", "01:20 EST"),
            // A zone without an abbreviation, and one whose offset has half an hour.
            (
                "America/Sao_Paulo",
                "2024-02-13T17:00:00Z",
                "2024-02-13T17:18:00Z",
                "14:18 UTC-03",
                "14:18 UTC-03",
            ),
            ("Asia/Kolkata", "2013-02-13T17:00:00Z", "2013-02-13T17:18:00Z", "22:48 IST", "22:48 IST"),
        ];
        for (zone, now, at, deadline, exact) in table {
            let zone = Zone::parse(zone).unwrap();
            let (now, at): (Timestamp, Timestamp) = (now.parse().unwrap(), at.parse().unwrap());
            assert_eq!((zone.deadline(at, now).as_str(), zone.exact(at, now).as_str()), (deadline, exact));
        }
        for extreme in [Timestamp::MIN, Timestamp::MAX] {
            for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                assert!(!Zone::parse(zone).unwrap().exact(extreme, Timestamp::MIN).is_empty());
            }
        }
        for name in ["", "New York", "America/Nowhere", "Etc/Unknown", "../../etc/passwd"] {
            assert!(Zone::parse(name).is_err(), "{name}");
        }
    }
}
