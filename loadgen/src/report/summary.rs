//! The summary of a run: the content of `summary.json`, by which two runs are compared.

use std::collections::BTreeMap;
use std::path::Path;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::audit::Check;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::target::OfferState;
use crate::threshold::{Metric, Threshold};

/// The figures of a run. Durations are in microseconds, unless the name has another unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the scenario.
    pub scenario: String,
    /// Title of the scenario.
    pub title: String,
    /// Seed of the run.
    pub seed: u64,
    /// Factor on the scenario's rate.
    pub rate_scale: f64,
    /// Beginning, RFC 3339.
    pub began_at: String,
    /// Seconds over which posts were scheduled.
    pub span_s: f64,
    /// Seconds of the warm-up, which no percentile counts.
    pub warmup_s: f64,
    /// Seconds until the sale was settled.
    pub took_s: f64,
    /// Whether a signal ended it early.
    pub interrupted: bool,
    /// Counts of posts.
    pub posts: Posts,
    /// Latency from a post's scheduled instant to its outcome.
    pub latency_us: Percentiles,
    /// Lag from a post's scheduled instant to its sending.
    pub lag_us: Percentiles,
    /// Fractions of all posts, and the latency that they did not exceed.
    pub spectrum: Vec<(f64, u64)>,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<String, u64>,
    /// Offers at the end.
    pub offers: Vec<OfferState>,
    /// Units sold beyond an allotment.
    pub oversold: u64,
    /// Verdicts on the promises.
    pub audit: Vec<Check>,
    /// Verdicts on the thresholds.
    pub thresholds: Vec<Verdict>,
    /// The first failure of a request, in words.
    pub failure: Option<String>,
    /// Environment of the run.
    pub environment: Environment,
}

/// Counts of posts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Posts {
    /// Posts that were due, reactions included.
    pub offered: u64,
    /// Posts that got an outcome.
    pub answered: u64,
    /// Posts that were dropped because the queue was full.
    pub not_sent: u64,
    /// Posts without an outcome.
    pub errors: u64,
    /// Posts due per second, over the scheduled span.
    pub offered_per_s: f64,
    /// Outcomes per second, over the scheduled span.
    pub answered_per_s: f64,
}

/// The percentiles of a distribution of durations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Number of values.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p99_9: u64,
    /// Greatest value.
    pub max: u64,
}

/// The verdict on a threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Condition under which the run fails.
    pub fail_if: Threshold,
    /// Measured value: microseconds, or a count.
    pub measured: u64,
    /// Whether the condition is met.
    pub crossed: bool,
}

impl From<&Histogram<u64>> for Percentiles {
    fn from(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Self {
            count: histogram.len(),
            mean: histogram.mean(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: histogram.max(),
        }
    }
}

impl Summary {
    /// Returns the value of a metric: microseconds, or a count.
    #[must_use]
    pub fn measured(&self, metric: Metric) -> u64 {
        match metric {
            Metric::P50 => self.latency_us.p50,
            Metric::P90 => self.latency_us.p90,
            Metric::P99 => self.latency_us.p99,
            Metric::P999 => self.latency_us.p99_9,
            Metric::Max => self.latency_us.max,
            Metric::LagP99 => self.lag_us.p99,
            Metric::NotSent => self.posts.not_sent,
            Metric::Errors => self.posts.errors,
            Metric::Overloaded => self.outcomes.get("overloaded").copied().unwrap_or(0),
            Metric::Oversold => self.oversold,
        }
    }

    /// Judges the run by thresholds.
    pub fn judge(&mut self, thresholds: &[Threshold]) {
        let verdicts = thresholds.iter().map(|threshold| {
            let measured = self.measured(threshold.metric());
            Verdict { fail_if: threshold.clone(), measured, crossed: threshold.is_crossed(measured) }
        });
        self.thresholds = verdicts.collect();
    }

    /// Tells whether every promise held and no threshold was crossed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.audit.iter().all(|check| check.held) && self.thresholds.iter().all(|verdict| !verdict.crossed)
    }

    /// Reads the summary of a run from its file or its directory.
    ///
    /// # Errors
    /// If the file cannot be read, or is no summary.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let file = if path.is_dir() { path.join("summary.json") } else { path.to_owned() };
        let text = std::fs::read(&file).map_err(|source| CommandError::no_input(&file, &source))?;
        serde_json::from_slice(&text).map_err(|fault| {
            CommandError::data(format!("{} is no summary of a run: {fault}", file.display()))
        })
    }
}
