//! The record of all benches, and the changes since.
//!
//! A slower machine is no regression. So each bench is compared with all benches of the same run: it changed
//! if its ratio differs from the median ratio.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::{Deserialize, Serialize};

use crate::compare::comparison::median;
use crate::environment::Environment;
use crate::error::CommandError;

/// The results of all benches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Benches {
    /// The machine: number and name of its CPUs.
    pub machine: String,
    /// Median time of each bench in nanoseconds, by name.
    pub median_ns: BTreeMap<String, f64>,
}

/// The name of a bench in criterion's results.
#[derive(Deserialize)]
struct BenchFile {
    full_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

impl Benches {
    /// Collects the last results below criterion's directory, such as `target/criterion`.
    ///
    /// # Errors
    /// If there are no results, or one cannot be read.
    pub fn collect(directory: &Path) -> Result<Self, CommandError> {
        let mut median_ns = BTreeMap::new();
        let mut below: Vec<_> =
            Some(directory.to_owned()).filter(|directory| directory.is_dir()).into_iter().collect();
        while let Some(directory) = below.pop() {
            let entries = std::fs::read_dir(&directory)
                .map_err(|source| CommandError::no_input(&directory, &source))?;
            for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
                if path.ends_with("new") {
                    let (name, ns) = result(&path)?;
                    median_ns.insert(name, ns);
                } else {
                    below.push(path);
                }
            }
        }
        if median_ns.is_empty() {
            return Err(CommandError::new(
                66,
                format!("{}: no results; run `cargo bench` first", directory.display()),
            ));
        }
        Ok(Self { machine: Environment::machine(), median_ns })
    }

    /// Reads a record.
    ///
    /// # Errors
    /// If the file cannot be read, or is no record.
    pub fn read(file: &Path) -> Result<Self, CommandError> {
        json(file)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(self).expect("a record is plain values") + "\n";
        std::fs::write(file, text).map_err(|source| CommandError::no_output(file, &source))
    }
}

fn result(directory: &Path) -> Result<(String, f64), CommandError> {
    let named: BenchFile = json(&directory.join("benchmark.json"))?;
    let estimates: Estimates = json(&directory.join("estimates.json"))?;
    Ok((named.full_id, estimates.median.point_estimate))
}

fn json<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T, CommandError> {
    let text = std::fs::read(file).map_err(|source| CommandError::no_input(file, &source))?;
    serde_json::from_slice(&text).map_err(|fault| CommandError::data(format!("{}: {fault}", file.display())))
}

/// How a bench changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It changed by no more than noise.
    Unchanged,
    /// It is faster.
    Faster,
    /// It is slower: a regression.
    Slower,
}

/// A bench of both records.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchRow {
    /// Name of the bench.
    pub name: String,
    /// Nanoseconds in the record.
    pub before_ns: f64,
    /// Nanoseconds now.
    pub after_ns: f64,
    /// Ratio of now to the record, divided by the median ratio of all benches: above 1 it is slower.
    pub ratio: f64,
    /// Whether the change exceeds noise.
    pub change: Change,
}

/// The comparison of two records.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchDiff {
    /// Median ratio of all benches: 2 if the machine takes twice as long.
    pub machine: f64,
    /// Benches in both records.
    pub rows: Vec<BenchRow>,
    /// Benches of the record that did not run now.
    pub not_run: Vec<String>,
}

impl BenchDiff {
    /// Compares results with a record. A change of at most `noise`, as a fraction of the record, counts as
    /// none.
    #[must_use]
    pub fn new(before: &Benches, after: &Benches, noise: f64) -> Self {
        let both = before.median_ns.iter().filter_map(|(name, before_ns)| {
            let after_ns = after.median_ns.get(name)?;
            Some((name, *before_ns, *after_ns))
        });
        let pairs: Vec<(&String, f64, f64)> = both.collect();
        let ratios: Vec<f64> = pairs.iter().map(|(_, before_ns, after_ns)| after_ns / before_ns).collect();
        let machine = if ratios.is_empty() { 1.0 } else { median(&ratios) };
        let row = |(name, before_ns, after_ns): (&String, f64, f64)| {
            let ratio = after_ns / before_ns / machine;
            let change = match ratio {
                slower if slower > 1.0 + noise => Change::Slower,
                faster if faster < 1.0 / (1.0 + noise) => Change::Faster,
                _ => Change::Unchanged,
            };
            BenchRow { name: name.clone(), before_ns, after_ns, ratio, change }
        };
        let not_run = before.median_ns.keys().filter(|name| !after.median_ns.contains_key(*name)).cloned();
        Self { machine, rows: pairs.into_iter().map(row).collect(), not_run: not_run.collect() }
    }

    /// Tells whether a bench became slower by more than noise.
    #[must_use]
    pub fn has_regressed(&self) -> bool {
        self.rows.iter().any(|row| row.change == Change::Slower)
    }
}

impl fmt::Display for BenchDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY).set_header([
            "bench",
            "record",
            "now",
            "beside the others",
            "",
        ]);
        for row in &self.rows {
            let word = match row.change {
                Change::Unchanged => "",
                Change::Faster => "faster",
                Change::Slower => "SLOWER",
            };
            let ratio = format!("{:.2} x", row.ratio);
            table.add_row([row.name.as_str(), &time(row.before_ns), &time(row.after_ns), &ratio, word]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        if !self.not_run.is_empty() {
            writeln!(f, "not run now: {}", self.not_run.join(", "))?;
        }
        write!(f, "all together take {:.2} times as long as in the record", self.machine)
    }
}

fn time(ns: f64) -> String {
    match ns {
        1e9.. => format!("{:.2} s", ns / 1e9),
        1e6.. => format!("{:.2} ms", ns / 1e6),
        1e3.. => format!("{:.2} µs", ns / 1e3),
        _ => format!("{ns:.1} ns"),
    }
}
