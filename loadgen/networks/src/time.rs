//! Times as the networks write them.

use jiff::Timestamp;

/// `2026-11-30T15:00:01.204Z`.
pub(crate) fn iso_ms(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    format!("{at:.3}")
}

/// `2026-11-30T15:00:01.204137Z`.
pub(crate) fn iso_us(us: i64) -> String {
    let at = Timestamp::from_microsecond(us).unwrap_or_default();
    format!("{at:.6}")
}

/// `2026-11-30`.
pub(crate) fn iso_day(ms: i64) -> String {
    iso_ms(ms).chars().take(10).collect()
}

/// The milliseconds of a time with its offset.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_networks_do() {
        assert_eq!(iso_ms(1_796_050_801_204), "2026-11-30T15:00:01.204Z");
        assert_eq!(iso_ms(1_796_050_801_000), "2026-11-30T15:00:01.000Z");
        assert_eq!(iso_us(1_796_050_801_204_137), "2026-11-30T15:00:01.204137Z");
        assert_eq!(iso_day(1_796_050_801_204), "2026-11-30");
        assert_eq!(parse_iso("2026-11-30T15:00:01.204Z"), Some(1_796_050_801_204));
        assert_eq!(parse_iso("yesterday"), None);
    }
}
