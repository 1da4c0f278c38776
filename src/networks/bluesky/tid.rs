//! Keys of records: numbers of 63 bits in thirteen letters that sort as the numbers do.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::time::Timestamp;

/// The letters, in their order.
const LETTERS: [char; 32] = [
    '2', '3', '4', '5', '6', '7', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
];
/// Letters of a key.
const LENGTH: u32 = 13;
/// Bits that tell writers of the same microsecond apart.
const CLOCK_BITS: u32 = 10;
/// Bits of a derived key that come from what it is derived from; above them is the time in steps of some two hours.
/// One account posts a few thousand times in such a step, so two of its keys are equal once in a million steps.
const HASH_BITS: u32 = 43;
/// Bits of a key that comes from a name alone. Its time means nothing, and lies between 1970 and 2006.
const NAME_BITS: u32 = 60;

/// The key of a record: microseconds since 1970 and a number of its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(u64);

impl Tid {
    /// The key of that microsecond and writer; what has no room is cut.
    #[must_use]
    pub const fn new(unix_us: u64, clock_id: u16) -> Self {
        let clock_id = clock_id as u64 & ((1 << CLOCK_BITS) - 1);
        Self((unix_us << CLOCK_BITS | clock_id) & (u64::MAX >> 1))
    }

    /// The key that is derived from a name and an instant, always the same. Its time lies up to four hours
    /// before `at`, never behind.
    #[must_use]
    pub fn derived(name: &str, at: Timestamp) -> Self {
        let hash = hash(name);
        let unix_us = at.ms().unsigned_abs().saturating_mul(1000);
        let step = (Self::new(unix_us, 0).0 >> HASH_BITS).saturating_sub(1);
        Self(step << HASH_BITS | hash & ((1 << HASH_BITS) - 1))
    }

    /// The key that is derived from a name alone, for what has no instant of its own. It is never of the future either.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(hash(name) & ((1 << NAME_BITS) - 1))
    }

    /// The microsecond of the key.
    #[must_use]
    pub const fn unix_us(self) -> u64 {
        self.0 >> CLOCK_BITS
    }
}

fn hash(name: &str) -> u64 {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte))
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..LENGTH).rev() {
            let index = usize::try_from(self.0 >> (5 * place) & 31).unwrap_or_default();
            write!(f, "{}", LETTERS.get(index).copied().unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tid;
    use crate::domain::time::Timestamp;

    #[test]
    fn keys_are_written_as_the_network_writes_them() {
        // Computed by the network's own library.
        let table = [
            (1_796_050_800_000_000, 0, "3n3jyoyxj2222"),
            (1_796_050_800_000_001, 21, "3n3jyoyxj232p"),
            (1_725_911_162_329_308, 7, "3l3qo2vxaaw2b"),
            (0, 0, "2222222222222"),
        ];
        for (unix_us, clock_id, text) in table {
            let tid = Tid::new(unix_us, clock_id);
            assert_eq!(tid.to_string(), text);
            assert_eq!(tid.unix_us(), unix_us);
        }
        // Thirteen letters have 65 bits, of which the upper two stay clear, and so the first letter has three.
        assert_eq!(Tid::new(u64::MAX, u16::MAX).to_string(), "bzzzzzzzzzzzz");
    }

    #[test]
    fn a_derived_key_depends_on_name_and_time_and_is_never_of_the_future() {
        let at: Timestamp = "2026-11-30T15:00:02.500Z".parse().expect("an instant");
        let key = Tid::derived("ft-1-0/12/0", at);
        assert_eq!(key, Tid::derived("ft-1-0/12/0", at), "the same at every attempt");
        assert_ne!(key, Tid::derived("ft-1-0/12/1", at), "another effect");
        assert_ne!(key, Tid::derived("ft-2-0/12/0", at), "a restored copy");
        let now_us = at.ms().unsigned_abs() * 1000;
        for number in 0..1000 {
            let tid = Tid::derived(&number.to_string(), at);
            let four_hours_us = 5 * 3_600_000_000;
            assert!(tid.unix_us() < now_us && now_us - tid.unix_us() < four_hours_us, "{tid}");
        }
        assert_eq!(Tid::derived("", Timestamp::MIN).to_string().len(), 13);
    }

    #[test]
    fn a_key_of_a_name_depends_on_the_name_alone_and_is_never_of_the_future() {
        let first = "refusal/bluesky/at://did:plc:ana/app.bsky.feed.post/3k2a";
        assert_eq!(Tid::named(first), Tid::named(first));
        assert_ne!(Tid::named(first), Tid::named(&first.replace("3k2a", "3k2b")));
        let end: Timestamp = "2006-01-01T00:00:00Z".parse().expect("an instant");
        let end_us = end.ms().unsigned_abs() * 1000;
        for number in 0..1000 {
            let tid = Tid::named(&number.to_string());
            assert!(tid.unix_us() < end_us && tid.to_string().len() == 13, "{tid}");
        }
    }
}
