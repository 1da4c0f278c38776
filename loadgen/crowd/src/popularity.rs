//! The weighted choice of a target.

use crate::plan_error::PlanError;
use crate::target::Target;

/// Cumulative weights of the targets, scaled to end at 1.
#[derive(Clone, Debug)]
pub(crate) struct Popularity(Vec<f64>);

impl Popularity {
    /// Sums the weights. A target without one weighs 1 / (its rank in the list), which is Zipf's law.
    pub(crate) fn new(targets: &[Target]) -> Result<Self, PlanError> {
        let zipf = (1_u32..).map(|rank| 1.0 / f64::from(rank));
        let weights = targets.iter().zip(zipf).map(|(target, zipf)| target.popularity.unwrap_or(zipf));
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(targets.len());
        for weight in weights {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(PlanError::Popularity);
            }
            sum += weight;
            sums.push(sum);
        }
        if !(sum.is_finite() && sum > 0.0) {
            return Err(PlanError::Popularity);
        }
        Ok(Self(sums.into_iter().map(|upto| upto / sum).collect()))
    }

    /// Returns the target that `unit` in `[0, 1)` falls on. Never chooses a weight of zero.
    pub(crate) fn pick(&self, unit: f64) -> usize {
        self.0.partition_point(|upto| *upto <= unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(weights: &[Option<f64>]) -> Result<Popularity, PlanError> {
        let target = |popularity: &Option<f64>| Target {
            buy: "Buy".to_owned(),
            confirm: "Confirm".to_owned(),
            cancel: "Cancel".to_owned(),
            popularity: *popularity,
        };
        Popularity::new(&weights.iter().map(target).collect::<Vec<_>>())
    }

    #[test]
    fn zipf_unless_weighted() {
        let zipf = weighed(&[None, None, None]).unwrap();
        let ends = [0.0, 0.545, 0.546, 0.818, 0.819, 0.999_999_999];
        assert_eq!(ends.map(|unit| zipf.pick(unit)), [0, 0, 1, 1, 2, 2]);
        let weighted = weighed(&[Some(0.0), Some(1.0), Some(3.0), Some(0.0)]).unwrap();
        assert_eq!([0.0, 0.249, 0.25, 0.999_999_999].map(|unit| weighted.pick(unit)), [1, 1, 2, 2]);
    }

    #[test]
    fn invalid_weights_are_refused() {
        for weights in [[Some(0.0), Some(0.0)], [Some(-1.0), None], [Some(f64::NAN), None]] {
            assert_eq!(weighed(&weights).err(), Some(PlanError::Popularity));
        }
    }
}
