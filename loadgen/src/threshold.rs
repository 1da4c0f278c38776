//! Thresholds: conditions under which a run fails, such as `p99 > 20ms` or `not_sent > 0`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A metric of a whole run. Durations exclude the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Median latency, from a post's scheduled instant to its outcome.
    P50,
    /// 90th percentile of the latency.
    P90,
    /// 99th percentile of the latency.
    P99,
    /// 99.9th percentile of the latency.
    P999,
    /// Greatest latency.
    Max,
    /// 99th percentile of the lag from a post's scheduled instant to its sending.
    LagP99,
    /// Posts that were dropped because the queue was full.
    NotSent,
    /// Posts without an outcome.
    Errors,
    /// Posts that the server refused for overload.
    Overloaded,
    /// Units sold beyond an allotment.
    Oversold,
}

const NAMES: [(&str, Metric); 10] = [
    ("p50", Metric::P50),
    ("p90", Metric::P90),
    ("p99", Metric::P99),
    ("p99.9", Metric::P999),
    ("max", Metric::Max),
    ("lag_p99", Metric::LagP99),
    ("not_sent", Metric::NotSent),
    ("errors", Metric::Errors),
    ("overloaded", Metric::Overloaded),
    ("oversold", Metric::Oversold),
];

impl Metric {
    fn is_time(self) -> bool {
        !matches!(self, Self::NotSent | Self::Errors | Self::Overloaded | Self::Oversold)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Longer signs come first, because `>` begins `>=`.
const RELATIONS: [(&str, Relation); 4] =
    [(">=", Relation::AtLeast), ("<=", Relation::AtMost), (">", Relation::Above), ("<", Relation::Below)];

/// A condition under which a run fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Threshold {
    words: String,
    metric: Metric,
    relation: Relation,
    /// In microseconds, or a count.
    value: u64,
}

/// The text is not a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdError(String);

impl Threshold {
    /// Returns the metric.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Tells whether a run fails whose metric is `measured` (microseconds, or a count).
    #[must_use]
    pub fn is_crossed(&self, measured: u64) -> bool {
        match self.relation {
            Relation::Above => measured > self.value,
            Relation::AtLeast => measured >= self.value,
            Relation::Below => measured < self.value,
            Relation::AtMost => measured <= self.value,
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let words = text.trim();
        let found = RELATIONS.iter().find_map(|(sign, relation)| {
            words.split_once(sign).map(|(name, value)| (name.trim(), *relation, value.trim()))
        });
        let (name, relation, value) = found
            .ok_or_else(|| fault(words, "it has none of > >= < <=; write `p99 > 20ms` or `not_sent > 0`"))?;
        let metric = NAMES.iter().find(|(known, _)| *known == name).map(|(_, metric)| *metric);
        let metric = metric.ok_or_else(|| {
            let known = NAMES.map(|(known, _)| known).join(", ");
            fault(words, &format!("`{name}` is not measured; what is: {known}"))
        })?;
        let value = if metric.is_time() { us(value) } else { value.parse().ok() };
        let hint = if metric.is_time() { "a length such as 250us, 20ms or 1.5s" } else { "a whole number" };
        let value = value.ok_or_else(|| fault(words, &format!("`{name}` is compared with {hint}")))?;
        Ok(Self { words: words.to_owned(), metric, relation, value })
    }
}

/// Parses a duration with its unit to microseconds.
fn us(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|ch: char| ch.is_ascii_alphabetic())?);
    let unit_us = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    let value_us = number.trim().parse::<f64>().ok()? * unit_us;
    (0.0..1e15).contains(&value_us).then(|| value_us.round() as u64)
}

fn fault(words: &str, why: &str) -> ThresholdError {
    ThresholdError(format!("`{words}` is no threshold: {why}"))
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ThresholdError {}

impl TryFrom<String> for Threshold {
    type Error = ThresholdError;

    fn try_from(text: String) -> Result<Self, ThresholdError> {
        text.parse()
    }
}

impl From<Threshold> for String {
    fn from(threshold: Threshold) -> Self {
        threshold.words
    }
}
