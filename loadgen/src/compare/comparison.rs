//! The comparison: in each round, every contender runs every workload, one after the other.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::audit::broken;
use super::load::Load;
use super::variant::Variant;
use super::workload::Workload;
use super::workload_run::WorkloadResult;
use crate::error::CommandError;
use crate::measurements::histogram;
use crate::report::Percentiles;

/// The plan of a comparison.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The contenders.
    pub variants: Vec<Variant>,
    /// The workloads.
    pub works: Vec<Workload>,
    /// Number of rounds.
    pub rounds: u32,
    /// The load at full rate.
    pub load: Load,
    /// Shares of a contender's own rate at which its latency is measured, in percent.
    pub loads: Vec<u32>,
    /// Seed of the workloads.
    pub seed: u64,
}

/// The result of one contender with one workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContenderResult {
    /// Name of the workload.
    pub work: String,
    /// Id on the command line.
    pub id: String,
    /// Title in reports.
    pub title: String,
    /// When answers are durable, in words.
    pub durability: String,
    /// Whether it is Flashtag.
    pub own: bool,
    /// Decisions per second, for each round.
    pub per_s: Vec<f64>,
    /// Latency at full rate, from the sending of a request to its reply.
    pub request_us: Percentiles,
    /// Latencies at shares of the rate, from the instant at which an operation was due to its answer.
    pub latencies: Vec<Latency>,
    /// Invariants that the audit found violated.
    pub broken: Vec<String>,
}

/// Latency at one share of the rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Percentage of the contender's highest rate.
    pub load: u32,
    /// Operations per second that were due.
    pub per_s: f64,
    /// Answers per second.
    pub achieved_per_s: f64,
    /// Latency of reservations and sales; none if there were none.
    pub won_us: Option<Percentiles>,
    /// Latency of refusals.
    pub refused_us: Option<Percentiles>,
}

/// Returns the median.
#[must_use]
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(0.0);
    (middle(sorted.len().saturating_sub(1) / 2) + middle(sorted.len() / 2)) / 2.0
}

impl ContenderResult {
    /// Returns the median of the decisions per second of all rounds.
    #[must_use]
    pub fn median_per_s(&self) -> f64 {
        median(&self.per_s)
    }

    /// Returns the ratio of its rate to another's: the median of the ratios within each round.
    #[must_use]
    pub fn ratio_to(&self, other: &Self) -> Option<f64> {
        let ratios: Vec<f64> = self.per_s.iter().zip(&other.per_s).map(|(own, other)| own / other).collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }
}

/// Measurements of all rounds.
struct Measurements {
    per_s: Vec<f64>,
    request_us: Histogram<u64>,
    latencies: Vec<LatencyHistograms>,
    broken: Vec<String>,
}

struct LatencyHistograms {
    load: u32,
    per_s: f64,
    achieved_per_s: f64,
    won_us: Histogram<u64>,
    refused_us: Histogram<u64>,
}

/// Runs the comparison. Calls `on_step` with a description of each step.
///
/// # Errors
/// If a contender does not start, or an answer is invalid.
pub fn compare(
    plan: &Plan,
    out: &Path,
    stop: &AtomicBool,
    mut on_step: impl FnMut(&str),
) -> Result<Vec<ContenderResult>, CommandError> {
    let tasks: Vec<(&Workload, &Variant)> =
        plan.works.iter().flat_map(|work| plan.variants.iter().map(move |variant| (work, variant))).collect();
    let mut all: Vec<Measurements> = tasks.iter().map(|_| Measurements::new(&plan.loads)).collect();
    for round in 1..=plan.rounds {
        for ((work, variant), measured) in tasks.iter().zip(&mut all) {
            let step = format!("round {round} of {}, {}: {}", plan.rounds, work.name, variant.title);
            on_step(&step);
            let result = perform(plan, work, variant, None, out, stop)?;
            measured.at_full_rate(work, &result);
            for at in 0..plan.loads.len() {
                let Some(load) = plan.loads.get(at) else { continue };
                on_step(&format!("{step}, at {load} % of its rate"));
                let per_s = median(&measured.per_s) * f64::from(*load) / 100.0;
                let result = perform(plan, work, variant, Some(per_s), out, stop)?;
                measured.at_load(work, at, per_s, &result);
            }
        }
    }
    Ok(tasks.into_iter().zip(all).map(|((work, variant), measured)| measured.row(work, variant)).collect())
}

/// Runs a workload once, with the engine's data in a new directory on the report's disk.
fn perform(
    plan: &Plan,
    work: &Workload,
    variant: &Variant,
    per_s: Option<f64>,
    out: &Path,
    stop: &AtomicBool,
) -> Result<WorkloadResult, CommandError> {
    let directory = tempfile::Builder::new().prefix("server-").tempdir_in(out);
    let directory = directory.map_err(|source| CommandError::no_output(out, &source))?;
    // Flushes what the previous contender left, so that it does not slow this one down.
    rustix::fs::sync();
    let load = Load { per_s, ..plan.load };
    variant.perform(*work, &load, plan.seed, directory.path(), stop)
}

impl Measurements {
    fn new(loads: &[u32]) -> Self {
        let measured = |load: &u32| LatencyHistograms {
            load: *load,
            per_s: 0.0,
            achieved_per_s: 0.0,
            won_us: histogram(3),
            refused_us: histogram(3),
        };
        let latencies = loads.iter().map(measured).collect();
        Self { per_s: Vec::new(), request_us: histogram(3), latencies, broken: Vec::new() }
    }

    fn at_full_rate(&mut self, work: &Workload, result: &WorkloadResult) {
        self.per_s.push(per_s(result));
        for histogram in [&result.won_us, &result.refused_us] {
            self.request_us.add(histogram).expect("their bounds are the same");
        }
        self.broken.extend(broken(work, &result.counts));
    }

    fn at_load(&mut self, work: &Workload, at: usize, wanted_per_s: f64, result: &WorkloadResult) {
        if let Some(measured) = self.latencies.get_mut(at) {
            measured.per_s = wanted_per_s;
            measured.achieved_per_s = per_s(result);
            measured.won_us.add(&result.won_us).expect("their bounds are the same");
            measured.refused_us.add(&result.refused_us).expect("their bounds are the same");
        }
        self.broken.extend(broken(work, &result.counts));
    }

    fn row(self, work: &Workload, variant: &Variant) -> ContenderResult {
        let some = |histogram: &Histogram<u64>| (!histogram.is_empty()).then(|| Percentiles::from(histogram));
        let latency = |measured: &LatencyHistograms| Latency {
            load: measured.load,
            per_s: measured.per_s,
            achieved_per_s: measured.achieved_per_s,
            won_us: some(&measured.won_us),
            refused_us: some(&measured.refused_us),
        };
        ContenderResult {
            work: work.name.to_owned(),
            id: variant.id.to_owned(),
            title: variant.title.to_owned(),
            durability: variant.durability.to_owned(),
            own: variant.is_own(),
            per_s: self.per_s,
            request_us: Percentiles::from(&self.request_us),
            latencies: self.latencies.iter().map(latency).collect(),
            broken: self.broken,
        }
    }
}

fn per_s(result: &WorkloadResult) -> f64 {
    result.decisions as f64 * 1e6 / result.took_us.max(1) as f64
}
