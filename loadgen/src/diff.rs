//! The comparison of two runs.

use std::fmt;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::report::{Summary, duration};

/// A figure of both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureChange {
    /// Name of the figure.
    pub name: &'static str,
    /// Value in the first run.
    pub before: f64,
    /// Value in the second run.
    pub after: f64,
    /// Whether the change exceeds noise.
    pub moved: bool,
    is_time: bool,
}

/// The comparison of two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// Differences that make the comparison meaningless.
    pub void: Vec<String>,
    /// Other differences.
    pub warnings: Vec<String>,
    /// The figures.
    pub rows: Vec<FigureChange>,
}

impl Diff {
    /// Compares two runs. A change of at most `noise`, as a fraction of the first run, counts as none.
    #[must_use]
    pub fn new(before: &Summary, after: &Summary, noise: f64) -> Self {
        let figures = |run: &Summary| {
            [
                ("offered a second", run.posts.offered_per_s, false),
                ("achieved a second", run.posts.answered_per_s, false),
                ("p50", run.latency_us.p50 as f64, true),
                ("p90", run.latency_us.p90 as f64, true),
                ("p99", run.latency_us.p99 as f64, true),
                ("p99.9", run.latency_us.p99_9 as f64, true),
                ("slowest", run.latency_us.max as f64, true),
                ("generator lag, p99", run.lag_us.p99 as f64, true),
                ("not sent", run.posts.not_sent as f64, false),
                ("errors", run.posts.errors as f64, false),
                ("oversold", run.oversold as f64, false),
            ]
        };
        let pairs = figures(before).into_iter().zip(figures(after));
        let row = |((name, before, is_time), (_, after, _)): ((_, f64, _), (_, f64, _))| {
            let moved = (after - before).abs() > before.abs() * noise;
            FigureChange { name, before, after, moved, is_time }
        };
        Self { void: void(before, after), warnings: warnings(before, after), rows: pairs.map(row).collect() }
    }
}

fn void(before: &Summary, after: &Summary) -> Vec<String> {
    let inputs = [
        ("scenario", before.scenario.clone(), after.scenario.clone()),
        ("seed", before.seed.to_string(), after.seed.to_string()),
        ("rate scale", before.rate_scale.to_string(), after.rate_scale.to_string()),
        ("scheduled seconds", before.span_s.to_string(), after.span_s.to_string()),
        ("interrupted", before.interrupted.to_string(), after.interrupted.to_string()),
    ];
    differing(inputs)
}

fn warnings(before: &Summary, after: &Summary) -> Vec<String> {
    let (before, after) = (&before.environment, &after.environment);
    let inputs = [
        ("CPU", before.cpu.clone(), after.cpu.clone()),
        ("CPUs", before.cpus.to_string(), after.cpus.to_string()),
        ("kernel", before.kernel.clone(), after.kernel.clone()),
        ("file system", before.file_system.clone(), after.file_system.clone()),
        ("durability", before.durability.clone(), after.durability.clone()),
        ("server", before.server.clone(), after.server.clone()),
    ];
    differing(inputs)
}

fn differing<const N: usize>(inputs: [(&str, String, String); N]) -> Vec<String> {
    let differing = inputs.into_iter().filter(|(_, before, after)| before != after);
    differing.map(|(name, before, after)| format!("{name}: {before} and {after}")).collect()
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(["", "before", "after", "ratio", ""]);
        for row in &self.rows {
            let show = |value: f64| if row.is_time { duration(value as u64) } else { format!("{value:.0}") };
            let ratio =
                if row.before > 0.0 { format!("{:.2}", row.after / row.before) } else { "-".to_owned() };
            let mark = if row.moved { "moved" } else { "" };
            table.add_row([row.name, &show(row.before), &show(row.after), &ratio, mark]);
        }
        for column in table.column_iter_mut().skip(1).take(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{table}")
    }
}
