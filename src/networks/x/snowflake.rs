//! X's ids, which hold the time.
//!
//! The upper bits of an id are the milliseconds since X's own epoch, so ids are in the order of time. Ids from before
//! November 2010 were plain counters.

use crate::domain::time::{Millis, Timestamp};

/// Unix milliseconds from which ids count the time.
const EPOCH_MS: u64 = 1_288_834_974_657;

/// Bits below the time.
const LOWER_BITS: u32 = 22;

/// When the object of that id was made.
#[must_use]
pub fn time_of(id: u64) -> Timestamp {
    Timestamp::from_ms(i64::try_from((id >> LOWER_BITS) + EPOCH_MS).unwrap_or(i64::MAX))
}

/// The smallest id of that instant; 0 for an instant before there were such ids.
#[must_use]
pub fn first_at(at: Timestamp) -> u64 {
    let since = u64::try_from(at.ms()).unwrap_or(0).saturating_sub(EPOCH_MS);
    // 42 bits of milliseconds last until the year 2150.
    since.min(u64::MAX >> LOWER_BITS) << LOWER_BITS
}

/// The smallest id of the instant `length` before that of `id`.
#[must_use]
pub fn earlier(id: u64, length: Millis) -> u64 {
    id.saturating_sub(length.ms().unsigned_abs().saturating_mul(1 << LOWER_BITS))
}

/// Reads a decimal id.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::{earlier, first_at, parse, time_of};
    use crate::domain::time::{Millis, Timestamp};

    #[test]
    fn an_id_tells_its_millisecond() {
        let table = [
            (1_346_889_436_626_259_968, "2021-01-06T18:40:40.344Z"),
            (1_445_880_548_472_328_192, "2021-10-06T22:36:00.574Z"),
            (2_127_417_370_152_103_936, "2026-11-30T15:00:01.204Z"),
        ];
        for (id, at) in table {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(time_of(id), at);
            assert!(first_at(at) <= id && id < first_at(at.plus(Millis::from_ms(1))));
        }
    }

    #[test]
    fn every_instant_and_every_number_has_an_id_and_a_time() {
        assert_eq!(first_at(Timestamp::MIN), 0);
        assert_eq!(first_at(Timestamp::MAX) >> 22, u64::MAX >> 22);
        assert!(time_of(u64::MAX) <= Timestamp::MAX);
        assert_eq!(earlier(5, Millis::from_secs(1)), 0);
        assert_eq!(time_of(earlier(2_127_417_370_152_103_936, Millis::from_ms(204))).ms() % 1000, 0);
    }

    #[test]
    fn an_id_is_digits_only() {
        assert_eq!(parse("18446744073709551615"), Some(u64::MAX));
        for text in ["", "+5", "-5", " 5", "5 ", "1e3", "18446744073709551616"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
