//! The order in which people claim: each person once in a scattered order, then again.

use crate::hashing::{RandomStream, below, hash_bits};

/// Steps through `0..people` by a stride that is coprime to the number, so that each person is reached.
#[derive(Clone, Debug)]
pub(crate) struct ClaimOrder {
    people: u64,
    stride: u64,
    at: u64,
    taken: u64,
}

impl ClaimOrder {
    /// Makes the order of at least one person.
    pub(crate) fn new(people: u64, seed: u64) -> Self {
        assert!(people > 0, "a claim order needs people");
        let bits = hash_bits(seed, people, RandomStream::ClaimOrder);
        // A stride near 0 or `people` would let neighbours claim one after the other.
        let mut stride = (people / 4 + below(bits, people / 2)).max(1);
        while common_divisor(people, stride) != 1 {
            stride += 1;
        }
        Self { people, stride, at: below(bits.rotate_left(32), people), taken: 0 }
    }

    /// Returns the next person, and the number of that person's earlier claims.
    pub(crate) fn next(&mut self) -> (u64, u64) {
        let next = (self.at, self.taken / self.people);
        self.at = ((u128::from(self.at) + u128::from(self.stride)) % u128::from(self.people)) as u64;
        self.taken += 1;
        next
    }
}

/// Returns the greatest common divisor.
fn common_divisor(larger: u64, smaller: u64) -> u64 {
    if smaller == 0 { larger } else { common_divisor(smaller, larger % smaller) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_once_a_round() {
        for seed in 0..20 {
            for people in [1, 2, 3, 10, 64, 97, 360, 1_000] {
                let mut order = ClaimOrder::new(people, seed);
                for round in 0..3 {
                    let mut reached: Vec<u64> = (0..people)
                        .map(|_| {
                            let (person, counted) = order.next();
                            assert_eq!(counted, round);
                            person
                        })
                        .collect();
                    reached.sort_unstable();
                    assert!(reached.into_iter().eq(0..people));
                }
            }
        }
    }
}
