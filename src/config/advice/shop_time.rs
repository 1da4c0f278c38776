//! Times as the shop and its file write them.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::time::Timestamp;

/// The hours of the night, in which nobody opens a sale without meaning to.
const NIGHT: std::ops::Range<i8> = 0..6;

/// The zone of a shop.
pub struct ShopTime {
    zone: TimeZone,
    name: String,
}

impl ShopTime {
    /// The zone of that name; UTC if there is none, which the check of the offer file rules out.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let zone = TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC);
        Self { zone, name: name.to_owned() }
    }

    /// The name of the zone.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// An instant in the shop's zone, with its offset, and in UTC.
    #[must_use]
    pub fn in_both(&self, at: Timestamp) -> String {
        let utc = local(at, &TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        format!("{} ({}), {utc}", self.local(at), self.name)
    }

    /// An instant in the shop's zone, with its offset: `Wed 2013-02-13 12:00:00 -05:00`.
    pub(super) fn local(&self, at: Timestamp) -> String {
        local(at, &self.zone).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// The offset of the shop's zone at an instant, in seconds.
    pub(super) fn offset(&self, at: Timestamp) -> i32 {
        local(at, &self.zone).offset().seconds()
    }

    /// The time of day, if it is at night.
    pub(super) fn at_night(&self, at: Timestamp) -> Option<String> {
        let local = local(at, &self.zone);
        NIGHT.contains(&local.hour()).then(|| local.strftime("%H:%M").to_string())
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> jiff::ZonedDateTime {
    let instant = jiff::Timestamp::from_millisecond(at.ms()).expect("the range is jiff's own");
    instant.to_zoned_datetime(zone.clone())
}

/// The offset that ends a time, in seconds; `None` for `Z`, which names no place.
pub(super) fn written_offset(text: &str) -> Option<i32> {
    let time = text.split('[').next().unwrap_or_default();
    let sign_at = time.get(11..)?.rfind(['+', '-'])? + 11;
    let (sign, rest) = (time.get(sign_at..=sign_at)?, time.get(sign_at + 1..)?);
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |minutes| minutes.parse().ok())?;
    let seconds = hours * 3600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

/// An offset as it is written: `-05:00`.
pub(super) fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::{offset_text, written_offset};

    #[test]
    fn the_offset_is_the_end_of_a_time() {
        let table = [
            ("2013-02-13T12:00:00-05:00", Some(-18_000)),
            ("2013-02-13T12:00:00+05:30", Some(19_800)),
            ("2013-02-13T12:00:00.5+0100", Some(3_600)),
            ("2013-02-13 12:00:00+01", Some(3_600)),
            ("2013-02-13T12:00:00-05:00[America/New_York]", Some(-18_000)),
            ("2013-02-13T12:00:00Z", None),
            ("", None),
        ];
        for (text, offset) in table {
            assert_eq!(written_offset(text), offset, "{text}");
        }
        assert_eq!([-18_000, 19_800, 0].map(offset_text), ["-05:00", "+05:30", "+00:00"]);
    }
}
