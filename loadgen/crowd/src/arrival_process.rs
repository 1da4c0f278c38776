//! A known number of arrivals at random instants, generated in time order without storing and sorting them.

use crate::curve::Curve;
use rand::{Rng, RngExt};
use std::sync::Arc;

/// Upper bound on a span: floating point counts milliseconds up to here (285,000 years) without gaps.
const SPAN_MS_MAX: u64 = 1 << 53;

/// How the rate of arrivals changes over the span.
#[derive(Clone, Debug)]
pub(crate) enum RateShape {
    /// Falls exponentially from the opening, by a factor of e every `decay_ms`.
    Rush { decay_ms: u64 },
    /// Is the same at every instant.
    Steady,
    /// Follows a curve with the same span.
    Along(Arc<Curve>),
}

/// Generates the arrivals of one kind and always knows the next one.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalProcess {
    shape: RateShape,
    span_ms: u64,
    left: u64,
    reached: f64,
    next_at_ms: Option<u64>,
}

impl ArrivalProcess {
    /// Generates `count` arrivals within `span_ms` from the opening.
    pub(crate) fn new(shape: RateShape, count: u64, span_ms: u64, rng: &mut impl Rng) -> Self {
        let span_ms = span_ms.min(SPAN_MS_MAX);
        let mut process = Self { shape, span_ms, left: count, reached: 0.0, next_at_ms: None };
        process.advance(rng);
        process
    }

    /// Returns the milliseconds from the opening to the next arrival.
    pub(crate) fn next_at_ms(&self) -> Option<u64> {
        self.next_at_ms
    }

    /// Moves to the next arrival.
    ///
    /// Draws the least of n random numbers above `reached` directly: `1 - (1 - reached) * u^(1/n)`. Doing
    /// that n times gives n sorted random numbers.
    pub(crate) fn advance(&mut self, rng: &mut impl Rng) {
        self.next_at_ms = (self.left > 0).then(|| {
            let step = rng.random::<f64>().powf(1.0 / self.left as f64);
            self.left -= 1;
            self.reached = 1.0 - (1.0 - self.reached) * step;
            self.at_ms(self.reached)
        });
    }

    /// Returns the milliseconds by which a fraction of the arrivals has come; never falls as the fraction
    /// grows.
    fn at_ms(&self, fraction: f64) -> u64 {
        let span_ms = self.span_ms as f64;
        let at_ms = match &self.shape {
            RateShape::Steady => fraction * span_ms,
            RateShape::Rush { decay_ms } => {
                let decay_ms = (*decay_ms).max(1) as f64;
                let within_span = 1.0 - (-span_ms / decay_ms).exp();
                -(1.0 - fraction * within_span).ln() * decay_ms
            }
            RateShape::Along(curve) => curve.at_ms(fraction),
        };
        at_ms.min(span_ms) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    fn arrivals(shape: RateShape, count: u64, seed: u64) -> Vec<u64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut process = ArrivalProcess::new(shape, count, 10_000, &mut rng);
        let next = || {
            let next_at_ms = process.next_at_ms()?;
            process.advance(&mut rng);
            Some(next_at_ms)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn exactly_the_requested_number_arrives_in_order_within_the_span() {
        for seed in 0..50 {
            for shape in
                [RateShape::Steady, RateShape::Rush { decay_ms: 500 }, RateShape::Rush { decay_ms: 0 }]
            {
                let at_ms = arrivals(shape, 1_000 + seed, seed);
                assert_eq!(at_ms.len() as u64, 1_000 + seed);
                assert!(at_ms.is_sorted() && at_ms.iter().all(|at_ms| *at_ms <= 10_000));
            }
        }
        assert!(arrivals(RateShape::Steady, 0, 1).is_empty());
    }

    #[test]
    fn a_rush_decays_and_a_steady_rate_does_not() {
        let by = |at_ms: &[u64], limit_ms| at_ms.iter().filter(|at_ms| **at_ms < limit_ms).count();
        let rush = arrivals(RateShape::Rush { decay_ms: 500 }, 20_000, 4);
        assert!((12_400..12_900).contains(&by(&rush, 500)), "1 - 1/e of 20000 within one decay");
        assert!((17_050..17_540).contains(&by(&rush, 1_000)), "1 - 1/e^2 within two");
        let steady = arrivals(RateShape::Steady, 20_000, 4);
        assert!((4_700..5_300).contains(&by(&steady, 2_500)));
    }
}
