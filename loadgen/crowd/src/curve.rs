//! A rate of claims that changes over time: a sequence of phases, each with a known number of claims.

use serde::{Deserialize, Serialize};
use std::{error, fmt};

/// Upper bound on the claims and on the seconds of a curve: floating point counts up to here without gaps.
const CURVE_MAX: f64 = 1e12;

/// A period of time and its rate of claims, in claims per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Phase {
    /// Begins at a peak and falls by a factor of e every `decay_s`.
    Burst {
        /// Rate at the beginning.
        peak_per_s: f64,
        /// Seconds in which the rate falls by a factor of e.
        decay_s: f64,
        /// Duration in seconds.
        for_s: f64,
    },
    /// Keeps one rate.
    Steady {
        /// Rate throughout.
        per_s: f64,
        /// Duration in seconds.
        for_s: f64,
    },
    /// Rises or falls linearly.
    Ramp {
        /// Rate at the beginning.
        from_per_s: f64,
        /// Rate at the end.
        to_per_s: f64,
        /// Duration in seconds.
        for_s: f64,
    },
}

/// The phases do not form a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurveError;

impl fmt::Display for CurveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "rates are not negative, durations are above zero, and the sums of both are within 10^12",
        )
    }
}

impl error::Error for CurveError {}

impl Phase {
    /// Returns the duration in seconds.
    #[must_use]
    pub fn for_s(&self) -> f64 {
        match *self {
            Self::Burst { for_s, .. } | Self::Steady { for_s, .. } | Self::Ramp { for_s, .. } => for_s,
        }
    }

    /// Multiplies the rate by `rate` and the duration by `length`. A burst keeps its form.
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

    fn is_valid(&self) -> bool {
        let (rates, lengths) = match *self {
            Self::Burst { peak_per_s, decay_s, for_s } => ([peak_per_s, 0.0], [decay_s, for_s]),
            Self::Steady { per_s, for_s } => ([per_s, 0.0], [for_s, for_s]),
            Self::Ramp { from_per_s, to_per_s, for_s } => ([from_per_s, to_per_s], [for_s, for_s]),
        };
        rates.iter().all(|rate| (0.0..=CURVE_MAX).contains(rate))
            && lengths.iter().all(|length| *length > 0.0 && *length <= CURVE_MAX)
    }

    /// Integrates the rate: returns the number of claims.
    fn claims(&self) -> f64 {
        match *self {
            Self::Burst { peak_per_s, decay_s, for_s } => {
                peak_per_s * decay_s * (1.0 - (-for_s / decay_s).exp())
            }
            Self::Steady { per_s, for_s } => per_s * for_s,
            Self::Ramp { from_per_s, to_per_s, for_s } => (from_per_s + to_per_s) / 2.0 * for_s,
        }
    }

    /// Returns the seconds after which `claims` of the phase's claims have arrived.
    fn reached_s(&self, claims: f64) -> f64 {
        let reached_s = match *self {
            Self::Burst { peak_per_s, decay_s, .. } => {
                -(1.0 - claims / (peak_per_s * decay_s)).ln() * decay_s
            }
            Self::Steady { per_s, .. } => claims / per_s,
            // Solves the quadratic equation in the form that also holds for a slope of zero.
            Self::Ramp { from_per_s, to_per_s, for_s } => {
                let slope = (to_per_s - from_per_s) / for_s;
                2.0 * claims / (from_per_s + (from_per_s * from_per_s + 2.0 * slope * claims).max(0.0).sqrt())
            }
        };
        if reached_s.is_finite() { reached_s.clamp(0.0, self.for_s()) } else { self.for_s() }
    }
}

/// A sequence of phases.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    phases: Vec<Phase>,
}

impl Curve {
    /// Makes a curve of these phases.
    ///
    /// # Errors
    /// If a rate is negative, a duration is not above zero, or either is too large.
    pub fn new(phases: Vec<Phase>) -> Result<Self, CurveError> {
        let curve = Self { phases };
        let valid = curve.phases.iter().all(Phase::is_valid);
        let bounded = curve.total() <= CURVE_MAX && curve.span_s() <= CURVE_MAX;
        if valid && bounded { Ok(curve) } else { Err(CurveError) }
    }

    /// Returns the number of claims.
    #[must_use]
    pub fn claims(&self) -> u64 {
        self.total().round() as u64
    }

    /// Returns the duration in milliseconds.
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

    /// Returns the milliseconds by which a fraction of all claims has arrived; never falls as the fraction
    /// grows.
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
    fn claims_are_the_area_under_the_curve() {
        let curve = Curve::new(vec![BURST, PAUSE, RAMP]).expect("a valid curve");
        assert_eq!((curve.claims(), curve.span_ms()), (196 + 300, 23_000));
        assert_eq!(Curve::new(vec![RAMP.scaled(2.0, 0.5)]).expect("a valid curve").claims(), 300);
    }

    #[test]
    fn time_never_goes_back_and_no_claim_arrives_in_a_pause() {
        let curve = Curve::new(vec![PAUSE, BURST, PAUSE, RAMP]).expect("a valid curve");
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
            let curve = Curve::new(vec![ramp]).expect("a valid curve");
            assert!((curve.at_ms(0.25) - half_ms).abs() < 1e-6, "{ramp:?}: {}", curve.at_ms(0.25));
        }
    }

    #[test]
    fn an_invalid_rate_or_duration_is_refused() {
        for phase in [
            Phase::Steady { per_s: -1.0, for_s: 1.0 },
            Phase::Steady { per_s: f64::NAN, for_s: 1.0 },
            Phase::Steady { per_s: 1.0, for_s: 0.0 },
            Phase::Burst { peak_per_s: 1.0, decay_s: 0.0, for_s: 1.0 },
            Phase::Ramp { from_per_s: 1.0, to_per_s: 1e12, for_s: 1e12 },
        ] {
            assert_eq!(Curve::new(vec![phase]), Err(CurveError), "{phase:?}");
        }
    }
}
