//! The record of all benches, and what moved since.
//!
//! A machine that is slower as a whole is no regression. So each figure is set against those of all other benches of
//! the same run: it moved if it moved more than the median of them did.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::{Deserialize, Serialize};

use crate::compare::comparison::median;
use crate::environment::Environment;
use crate::error::CommandError;

/// What all benches took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Benches {
    /// What they ran on: the CPU, and how many the system has.
    pub machine: String,
    /// The median of each, in nanoseconds, by its name.
    pub median_ns: BTreeMap<String, f64>,
}

/// What criterion writes of a bench.
#[derive(Deserialize)]
struct Named {
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
    /// The last results below a directory of criterion's, as `target/criterion`.
    ///
    /// # Errors
    /// When there are none, or they are no results.
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
    /// When there is none, or it is none.
    pub fn read(file: &Path) -> Result<Self, CommandError> {
        json(file)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(self).expect("a record is plain values") + "\n";
        std::fs::write(file, text).map_err(|source| CommandError::no_output(file, &source))
    }
}

fn result(directory: &Path) -> Result<(String, f64), CommandError> {
    let named: Named = json(&directory.join("benchmark.json"))?;
    let estimates: Estimates = json(&directory.join("estimates.json"))?;
    Ok((named.full_id, estimates.median.point_estimate))
}

fn json<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T, CommandError> {
    let text = std::fs::read(file).map_err(|source| CommandError::no_input(file, &source))?;
    serde_json::from_slice(&text).map_err(|fault| CommandError::data(format!("{}: {fault}", file.display())))
}

/// How a bench moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Not more than noise does.
    No,
    /// It is faster.
    Faster,
    /// It is slower: a regression.
    Slower,
}

/// A bench of both records.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchRow {
    /// Its name.
    pub name: String,
    /// Nanoseconds in the record.
    pub before_ns: f64,
    /// Nanoseconds now.
    pub after_ns: f64,
    /// What it takes now, set against the record and against how all others moved: above 1 it is slower.
    pub ratio: f64,
    /// Whether that is more than noise.
    pub moved: Moved,
}

/// Two records against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchDiff {
    /// How all benches moved together: 2 where the machine takes twice as long.
    pub machine: f64,
    /// The benches of both.
    pub rows: Vec<BenchRow>,
    /// Those of the record that did not run now.
    pub not_run: Vec<String>,
}

impl BenchDiff {
    /// Compares results with a record. What moved by no more than `noise` of the record, in `0..`, did not move.
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
            let moved = match ratio {
                slower if slower > 1.0 + noise => Moved::Slower,
                faster if faster < 1.0 / (1.0 + noise) => Moved::Faster,
                _ => Moved::No,
            };
            BenchRow { name: name.clone(), before_ns, after_ns, ratio, moved }
        };
        let not_run = before.median_ns.keys().filter(|name| !after.median_ns.contains_key(*name)).cloned();
        Self { machine, rows: pairs.into_iter().map(row).collect(), not_run: not_run.collect() }
    }

    /// Whether a bench got slower by more than noise.
    #[must_use]
    pub fn has_regressed(&self) -> bool {
        self.rows.iter().any(|row| row.moved == Moved::Slower)
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
            let word = match row.moved {
                Moved::No => "",
                Moved::Faster => "faster",
                Moved::Slower => "SLOWER",
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
