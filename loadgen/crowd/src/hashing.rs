//! Decisions by hash: each trait of a person follows from (seed, person, stream), so nothing is stored per
//! person.

/// The independent streams of random bits about a person, so that decisions do not correlate.
///
/// The order is part of the seeded output: add new streams at the end.
#[derive(Clone, Copy)]
pub(crate) enum RandomStream {
    Linked = 1,
    Funding,
    CardBehavior,
    CardDigits,
    Region,
    Handle,
    Wish,
    PromptResponse,
    Patience,
    DelayRadius,
    DelayAngle,
    Wording,
    Template,
    LetterCase,
    Escape,
    Redelivery,
    SecondPost,
    Repost,
    ManualRt,
    Follower,
    NoiseText,
    NoiseAuthor,
    ClaimOrder,
    Arrivals,
}

/// Scrambles 64 bits (the finalizer of SplitMix64): every input bit touches every output bit.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns the 64 bits of `stream` for `who` under `seed`.
pub(crate) const fn hash_bits(seed: u64, who: u64, stream: RandomStream) -> u64 {
    let stream = mix(seed.wrapping_add((stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    mix(stream ^ mix(who.wrapping_add(0x632b_e59b_d9b4_e019)))
}

/// Maps bits to a number in `[0, 1)`.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Maps bits to a number in `0..bound`, or to 0 if `bound` is 0.
pub(crate) const fn below(bits: u64, bound: u64) -> u64 {
    ((bits as u128 * bound as u128) >> 64) as u64
}

/// Chooses one of `items` by the bits. `items` must not be empty.
pub(crate) fn choose<T: Copy>(bits: u64, items: &[T]) -> T {
    let at = below(bits, items.len() as u64) as usize;
    *items.get(at).expect("a list to choose from has items")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_bounds_stay_inside() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!((0.0..1.0).contains(&unit(bits)));
            assert!(below(bits, 7) < 7);
        }
        assert_eq!(below(u64::MAX, 0), 0);
    }

    #[test]
    fn streams_are_independent() {
        let both = (0..10_000)
            .filter(|who| {
                let linked = unit(hash_bits(9, *who, RandomStream::Linked)) < 0.5;
                linked && unit(hash_bits(9, *who, RandomStream::Funding)) < 0.5
            })
            .count();
        assert!((2_300..2_700).contains(&both), "{both} of 10000, not about a quarter");
    }
}
