//! Decisions by hash: what a person is like follows from (seed, person, question), so nobody needs stored state.

/// The questions that are asked of a person. Each has its own stream of bits, so that answers do not correlate.
#[derive(Clone, Copy)]
pub(crate) enum Question {
    Linked = 1,
    Funding,
    CardLuck,
    CardDigits,
    Region,
    Handle,
    Wish,
    Temper,
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
    Turns,
    Stream,
}

/// Scrambles 64 bits (the finalizer of SplitMix64): every input bit touches every output bit.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The 64 bits that answer `question` about `who` under `seed`.
pub(crate) const fn ask(seed: u64, who: u64, question: Question) -> u64 {
    let stream = mix(seed.wrapping_add((question as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    mix(stream ^ mix(who.wrapping_add(0x632b_e59b_d9b4_e019)))
}

/// Bits as a number in `[0, 1)`.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Bits as a number in `0..bound`; 0 if `bound` is 0.
pub(crate) const fn below(bits: u64, bound: u64) -> u64 {
    ((bits as u128 * bound as u128) >> 64) as u64
}

/// One of `items`, chosen by the bits. The lists of this crate are never empty.
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
    fn questions_are_answered_apart_from_each_other() {
        let both = (0..10_000)
            .filter(|who| {
                let linked = unit(ask(9, *who, Question::Linked)) < 0.5;
                linked && unit(ask(9, *who, Question::Funding)) < 0.5
            })
            .count();
        assert!((2_300..2_700).contains(&both), "{both} of 10000, not about a quarter");
    }
}
