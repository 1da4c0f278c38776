//! A known number of arrivals at random instants, made in time order without storing and sorting them.

use crate::curve::Curve;
use rand::{Rng, RngExt};
use std::sync::Arc;

/// Some 285,000 years: the most that milliseconds in floating point count without gaps.
const SPAN_MS_MAX: u64 = 1 << 53;

/// How arrivals spread over the span of a sale.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// Falling off exponentially from the opening, by a factor of e every `decay_ms`.
    Rush { decay_ms: u64 },
    /// The same chance for every instant.
    Steady,
    /// As a curve says, whose span is the pace's.
    Along(Arc<Curve>),
}

/// The arrivals of one kind, the next one always known.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    shape: Shape,
    span_ms: u64,
    left: u64,
    reached: f64,
    head_ms: Option<u64>,
}

impl Pace {
    /// `count` arrivals within `span_ms` from the opening.
    pub(crate) fn new(shape: Shape, count: u64, span_ms: u64, rng: &mut impl Rng) -> Self {
        let span_ms = span_ms.min(SPAN_MS_MAX);
        let mut pace = Self { shape, span_ms, left: count, reached: 0.0, head_ms: None };
        pace.advance(rng);
        pace
    }

    /// When the next one arrives, in milliseconds from the opening.
    pub(crate) fn head_ms(&self) -> Option<u64> {
        self.head_ms
    }

    /// Goes on to the one after.
    ///
    /// The least of n random numbers above `reached` is found directly: `1 - (1 - reached) * u^(1/n)`. Doing that n
    /// times gives n sorted random numbers.
    pub(crate) fn advance(&mut self, rng: &mut impl Rng) {
        self.head_ms = (self.left > 0).then(|| {
            let step = rng.random::<f64>().powf(1.0 / self.left as f64);
            self.left -= 1;
            self.reached = 1.0 - (1.0 - self.reached) * step;
            self.at_ms(self.reached)
        });
    }

    /// The instant by which a fraction of all has arrived; never falls as the fraction grows.
    fn at_ms(&self, fraction: f64) -> u64 {
        let span_ms = self.span_ms as f64;
        let at_ms = match &self.shape {
            Shape::Steady => fraction * span_ms,
            Shape::Rush { decay_ms } => {
                let decay_ms = (*decay_ms).max(1) as f64;
                let within_span = 1.0 - (-span_ms / decay_ms).exp();
                -(1.0 - fraction * within_span).ln() * decay_ms
            }
            Shape::Along(curve) => curve.at_ms(fraction),
        };
        at_ms.min(span_ms) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    fn arrivals(shape: Shape, count: u64, seed: u64) -> Vec<u64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut pace = Pace::new(shape, count, 10_000, &mut rng);
        let next = || {
            let head_ms = pace.head_ms()?;
            pace.advance(&mut rng);
            Some(head_ms)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn exactly_as_many_in_order_within_the_span() {
        for seed in 0..50 {
            for shape in [Shape::Steady, Shape::Rush { decay_ms: 500 }, Shape::Rush { decay_ms: 0 }] {
                let at_ms = arrivals(shape, 1_000 + seed, seed);
                assert_eq!(at_ms.len() as u64, 1_000 + seed);
                assert!(at_ms.is_sorted() && at_ms.iter().all(|at_ms| *at_ms <= 10_000));
            }
        }
        assert!(arrivals(Shape::Steady, 0, 1).is_empty());
    }

    #[test]
    fn a_rush_decays_and_a_steady_pace_does_not() {
        let by = |at_ms: &[u64], limit_ms| at_ms.iter().filter(|at_ms| **at_ms < limit_ms).count();
        let rush = arrivals(Shape::Rush { decay_ms: 500 }, 20_000, 4);
        assert!((12_400..12_900).contains(&by(&rush, 500)), "1 - 1/e of 20000 within one decay");
        assert!((17_050..17_540).contains(&by(&rush, 1_000)), "1 - 1/e^2 within two");
        let steady = arrivals(Shape::Steady, 20_000, 4);
        assert!((4_700..5_300).contains(&by(&steady, 2_500)));
    }
}
