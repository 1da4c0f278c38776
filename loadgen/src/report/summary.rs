//! The summary of a run: what `summary.json` holds, and what two runs are compared by.

use std::collections::BTreeMap;
use std::path::Path;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::audit::Check;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::target::OfferState;
use crate::threshold::{Metric, Threshold};

/// A run in figures. Lengths of time are microseconds, unless their name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// What it is like.
    pub title: String,
    /// What decided who came.
    pub seed: u64,
    /// By how much its rate was changed.
    pub rate_scale: f64,
    /// When it began, RFC 3339.
    pub began_at: String,
    /// Over how many seconds posts were scheduled.
    pub span_s: f64,
    /// How many of those count in no percentile.
    pub warmup_s: f64,
    /// How long it took until the sale was at rest, in seconds.
    pub took_s: f64,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Counts of posts.
    pub posts: Posts,
    /// From a post's scheduled instant to its outcome.
    pub latency_us: Percentiles,
    /// From a post's scheduled instant to its sending.
    pub lag_us: Percentiles,
    /// Fractions of all posts, and what they stayed below.
    pub spectrum: Vec<(f64, u64)>,
    /// Answers by outcome code.
    pub outcomes: BTreeMap<String, u64>,
    /// How the offers stood in the end.
    pub offers: Vec<OfferState>,
    /// Units sold beyond an allotment.
    pub oversold: u64,
    /// The promises, and whether they held.
    pub audit: Vec<Check>,
    /// The thresholds, and whether the run crossed them.
    pub thresholds: Vec<Verdict>,
    /// The first failure of a request, in words.
    pub failure: Option<String>,
    /// What it was made on.
    pub environment: Environment,
}

/// Counts of posts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Posts {
    /// Posts that were due, reactions included.
    pub offered: u64,
    /// Posts that got an outcome.
    pub answered: u64,
    /// Posts that found no free connection at their instant.
    pub not_sent: u64,
    /// Posts without an outcome.
    pub errors: u64,
    /// Posts that were due a second, over the scheduled span.
    pub offered_per_s: f64,
    /// Outcomes a second, over the scheduled span.
    pub answered_per_s: f64,
}

/// A distribution of lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// How many were measured.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// What 90 of 100 stay below.
    pub p90: u64,
    /// What 99 of 100 stay below.
    pub p99: u64,
    /// What 999 of 1000 stay below.
    pub p99_9: u64,
    /// The longest.
    pub max: u64,
}

/// A threshold, and whether the run crossed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The condition under which a run has failed.
    pub fail_if: Threshold,
    /// What was measured: microseconds, or a count.
    pub measured: u64,
    /// Whether it has failed.
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
    /// What was measured of a metric: microseconds, or a count.
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

    /// Whether every promise held and no threshold was crossed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.audit.iter().all(|check| check.held) && self.thresholds.iter().all(|verdict| !verdict.crossed)
    }

    /// Reads the summary of a run: the file itself, or the directory that it is in.
    ///
    /// # Errors
    /// When there is none, or it is no summary.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let file = if path.is_dir() { path.join("summary.json") } else { path.to_owned() };
        let text = std::fs::read(&file).map_err(|source| CommandError::no_input(&file, &source))?;
        serde_json::from_slice(&text).map_err(|fault| {
            CommandError::data(format!("{} is no summary of a run: {fault}", file.display()))
        })
    }
}
