//! A rate that changes over time: phases one after the other, each with a known number of claims.

use serde::{Deserialize, Serialize};
use std::{error, fmt};

/// The most claims that a curve may hold, and the most seconds: what floating point counts without gaps.
const CURVE_MAX: f64 = 1e12;

/// A stretch of time and the rate of claims in it, which is in claims a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Phase {
    /// Begins at a peak and falls off by a factor of e every `decay_s`.
    Burst {
        /// The rate at its beginning.
        peak_per_s: f64,
        /// Seconds in which it falls by a factor of e.
        decay_s: f64,
        /// How many seconds it lasts.
        for_s: f64,
    },
    /// The same rate throughout.
    Steady {
        /// The rate.
        per_s: f64,
        /// How many seconds it lasts.
        for_s: f64,
    },
    /// Rises or falls evenly.
    Ramp {
        /// The rate at its beginning.
        from_per_s: f64,
        /// The rate at its end.
        to_per_s: f64,
        /// How many seconds it lasts.
        for_s: f64,
    },
}

/// Why phases are no curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurveFault;

impl fmt::Display for CurveFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "rates are not negative, lengths of time are above zero, and all together end before 10^12",
        )
    }
}

impl error::Error for CurveFault {}

impl Phase {
    /// How many seconds it lasts.
    #[must_use]
    pub fn for_s(&self) -> f64 {
        match *self {
            Self::Burst { for_s, .. } | Self::Steady { for_s, .. } | Self::Ramp { for_s, .. } => for_s,
        }
    }

    /// The same phase at `rate` times the rate and `length` times the length; a burst keeps its form.
    #[must_use]
    pub fn scaled(self, rate: f64, length: f64) -> Self {
        match self {
            Self::Burst { peak_per_s, decay_s, for_s } => Self::Burst {
                peak_per_s: peak_per_s * rate,
                decay_s: decay_s * length,
                for_s: for_s * length,
            },
            Self::Steady { per_s, for_s } => Self::Steady { per_s: per_s * rate, for_s: for_s * length },
            Self::Ramp { from_per_s, to_per_s, for_s } => {
                Self::Ramp { from_per_s: from_per_s * rate, to_per_s: to_per_s * rate, for_s: for_s * length }
            }
        }
    }

    fn is_sound(&self) -> bool {
        let (rates, lengths) = match *self {
            Self::Burst { peak_per_s, decay_s, for_s } => ([peak_per_s, 0.0], [decay_s, for_s]),
            Self::Steady { per_s, for_s } => ([per_s, 0.0], [for_s, for_s]),
            Self::Ramp { from_per_s, to_per_s, for_s } => ([from_per_s, to_per_s], [for_s, for_s]),
        };
        rates.iter().all(|rate| (0.0..=CURVE_MAX).contains(rate))
            && lengths.iter().all(|length| *length > 0.0 && *length <= CURVE_MAX)
    }

    /// How many claims it holds.
    fn claims(&self) -> f64 {
        match *self {
            Self::Burst { peak_per_s, decay_s, for_s } => {
                peak_per_s * decay_s * (1.0 - (-for_s / decay_s).exp())
            }
            Self::Steady { per_s, for_s } => per_s * for_s,
            Self::Ramp { from_per_s, to_per_s, for_s } => (from_per_s + to_per_s) / 2.0 * for_s,
        }
    }

    /// After how many seconds that many of its claims have come.
    fn reached_s(&self, claims: f64) -> f64 {
        let reached_s = match *self {
            Self::Burst { peak_per_s, decay_s, .. } => {
                -(1.0 - claims / (peak_per_s * decay_s)).ln() * decay_s
            }
            Self::Steady { per_s, .. } => claims / per_s,
            // Of the two solutions of a quadratic equation, in the form that also holds where it is none.
            Self::Ramp { from_per_s, to_per_s, for_s } => {
                let slope = (to_per_s - from_per_s) / for_s;
                2.0 * claims / (from_per_s + (from_per_s * from_per_s + 2.0 * slope * claims).max(0.0).sqrt())
            }
        };
        if reached_s.is_finite() { reached_s.clamp(0.0, self.for_s()) } else { self.for_s() }
    }
}

/// Phases in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    phases: Vec<Phase>,
}

impl Curve {
    /// A curve of these phases.
    ///
    /// # Errors
    /// When a rate is negative, a length is not above zero, or either is beyond counting.
    pub fn new(phases: Vec<Phase>) -> Result<Self, CurveFault> {
        let curve = Self { phases };
        let sound = curve.phases.iter().all(Phase::is_sound);
        let bounded = curve.total() <= CURVE_MAX && curve.span_s() <= CURVE_MAX;
        if sound && bounded { Ok(curve) } else { Err(CurveFault) }
    }

    /// How many claims come in all.
    #[must_use]
    pub fn claims(&self) -> u64 {
        self.total().round() as u64
    }

    /// How long it takes, in milliseconds.
    #[must_use]
    pub fn span_ms(&self) -> u64 {
        (self.span_s() * 1000.0).round() as u64
    }

    fn total(&self) -> f64 {
        self.phases.iter().map(Phase::claims).sum()
    }

    fn span_s(&self) -> f64 {
        self.phases.iter().map(Phase::for_s).sum()
    }

    /// The instant by which a fraction of all has arrived; never falls as the fraction grows.
    pub(crate) fn at_ms(&self, fraction: f64) -> f64 {
        let mut left = fraction * self.total();
        let mut begun_s = 0.0;
        for phase in &self.phases {
            let claims = phase.claims();
            if left < claims {
                return (begun_s + phase.reached_s(left)) * 1000.0;
            }
            left -= claims;
            begun_s += phase.for_s();
        }
        begun_s * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: Phase = Phase::Burst { peak_per_s: 100.0, decay_s: 2.0, for_s: 8.0 };
    const PAUSE: Phase = Phase::Steady { per_s: 0.0, for_s: 5.0 };
    const RAMP: Phase = Phase::Ramp { from_per_s: 0.0, to_per_s: 60.0, for_s: 10.0 };

    #[test]
    fn claims_are_what_is_under_the_curve() {
        let curve = Curve::new(vec![BURST, PAUSE, RAMP]).expect("it is sound");
        assert_eq!((curve.claims(), curve.span_ms()), (196 + 300, 23_000));
        assert_eq!(Curve::new(vec![RAMP.scaled(2.0, 0.5)]).expect("it is sound").claims(), 300);
    }

    #[test]
    fn time_never_goes_back_and_nothing_comes_in_a_pause() {
        let curve = Curve::new(vec![PAUSE, BURST, PAUSE, RAMP]).expect("it is sound");
        let at_ms: Vec<f64> = (0..=10_000).map(|step| curve.at_ms(f64::from(step) / 10_000.0)).collect();
        assert!(at_ms.is_sorted());
        assert_eq!((at_ms[0], at_ms[10_000]), (5_000.0, 28_000.0));
        assert!(at_ms.iter().all(|at_ms| !(13_001.0..17_999.0).contains(at_ms)));
    }

    #[test]
    fn a_ramp_has_a_quarter_of_its_claims_in_its_first_half() {
        for (ramp, half_ms) in [
            (RAMP, 5_000.0),
            (
                Phase::Ramp { from_per_s: 60.0, to_per_s: 0.0, for_s: 10.0 },
                10_000.0 * (1.0 - 0.75_f64.sqrt()),
            ),
            (Phase::Ramp { from_per_s: 30.0, to_per_s: 30.0, for_s: 10.0 }, 2_500.0),
        ] {
            let curve = Curve::new(vec![ramp]).expect("it is sound");
            assert!((curve.at_ms(0.25) - half_ms).abs() < 1e-6, "{ramp:?}: {}", curve.at_ms(0.25));
        }
    }

    #[test]
    fn what_is_no_rate_or_no_length_is_refused() {
        for phase in [
            Phase::Steady { per_s: -1.0, for_s: 1.0 },
            Phase::Steady { per_s: f64::NAN, for_s: 1.0 },
            Phase::Steady { per_s: 1.0, for_s: 0.0 },
            Phase::Burst { peak_per_s: 1.0, decay_s: 0.0, for_s: 1.0 },
            Phase::Ramp { from_per_s: 1.0, to_per_s: 1e12, for_s: 1e12 },
        ] {
            assert_eq!(Curve::new(vec![phase]), Err(CurveFault), "{phase:?}");
        }
    }
}
