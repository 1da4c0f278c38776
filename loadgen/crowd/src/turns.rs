//! Whose turn it is: everybody once in a scattered order, then everybody again.

use crate::hash::{Question, ask, below};

/// Steps through `0..people` by a stride that has no divisor in common with the number, so that nobody is left out.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    people: u64,
    stride: u64,
    at: u64,
    taken: u64,
}

impl Turns {
    /// Turns for at least one person.
    pub(crate) fn new(people: u64, seed: u64) -> Self {
        assert!(people > 0, "nobody can take a turn");
        let bits = ask(seed, people, Question::Turns);
        // Not near 0 or `people`, or neighbours would take their turns one after the other.
        let mut stride = (people / 4 + below(bits, people / 2)).max(1);
        while divisor(people, stride) != 1 {
            stride += 1;
        }
        Self { people, stride, at: below(bits.rotate_left(32), people), taken: 0 }
    }

    /// The next person, and how often they had a turn before.
    pub(crate) fn next(&mut self) -> (u64, u64) {
        let turn = (self.at, self.taken / self.people);
        self.at = ((u128::from(self.at) + u128::from(self.stride)) % u128::from(self.people)) as u64;
        self.taken += 1;
        turn
    }
}

/// The greatest common divisor.
fn divisor(larger: u64, smaller: u64) -> u64 {
    if smaller == 0 { larger } else { divisor(smaller, larger % smaller) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_once_a_round() {
        for seed in 0..20 {
            for people in [1, 2, 3, 10, 64, 97, 360, 1_000] {
                let mut turns = Turns::new(people, seed);
                for round in 0..3 {
                    let mut met: Vec<u64> = (0..people)
                        .map(|_| {
                            let (person, counted) = turns.next();
                            assert_eq!(counted, round);
                            person
                        })
                        .collect();
                    met.sort_unstable();
                    assert!(met.into_iter().eq(0..people));
                }
            }
        }
    }
}
