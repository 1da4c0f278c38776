//! Instants as RFC 3339 text with milliseconds, written digit by digit because every line has one.

use crate::bytes::push_padded;
use jiff::{Timestamp, tz::Offset};

/// Appends the instant as `2013-02-13T17:00:00.123Z`.
///
/// Moves an instant outside the years 0..=9999, which has no RFC 3339 form, to the nearest one inside.
pub(crate) fn push_timestamp(out: &mut Vec<u8>, unix_ms: i64) {
    const YEAR_0_MS: i64 = -62_167_219_200_000;
    const YEAR_9999_END_MS: i64 = 253_402_207_199_999;
    let clamped_ms = unix_ms.clamp(YEAR_0_MS, YEAR_9999_END_MS);
    let instant = Timestamp::from_millisecond(clamped_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = Offset::UTC.to_datetime(instant);
    push_padded(out, civil.year().unsigned_abs().into(), 4);
    out.push(b'-');
    push_padded(out, civil.month().unsigned_abs().into(), 2);
    out.push(b'-');
    push_padded(out, civil.day().unsigned_abs().into(), 2);
    out.push(b'T');
    push_padded(out, civil.hour().unsigned_abs().into(), 2);
    out.push(b':');
    push_padded(out, civil.minute().unsigned_abs().into(), 2);
    out.push(b':');
    push_padded(out, civil.second().unsigned_abs().into(), 2);
    out.push(b'.');
    push_padded(out, civil.millisecond().unsigned_abs().into(), 3);
    out.push(b'Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(unix_ms: i64) -> String {
        let mut out = Vec::new();
        push_timestamp(&mut out, unix_ms);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn known_instants() {
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(1_360_774_800_123), "2013-02-13T17:00:00.123Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(951_782_400_007), "2000-02-29T00:00:00.007Z");
        assert!(text(i64::MIN).starts_with("0000-01-01T"));
        assert!(text(i64::MAX).starts_with("9999-12-3"));
    }

    #[test]
    fn jiff_reads_written_instants() {
        for step in 0..5_000_i64 {
            let unix_ms = step * 777_777_777 - 500_000_000_000;
            let read: Timestamp = text(unix_ms).parse().expect("RFC 3339");
            assert_eq!(read.as_millisecond(), unix_ms);
        }
    }
}
