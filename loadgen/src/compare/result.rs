//! The report of a comparison: `compare.json`, tables, and a self-contained `compare.html`.

use std::path::Path;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment as Pages, Value, context};
use serde::{Deserialize, Serialize};

use super::comparison::ContenderResult;
use super::prefilter::PrefilterResult;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::report::{Bar, Percentiles, STYLE, bars_of, duration};

const PAGE: &str = include_str!("compare.html");

/// The figures of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Beginning, RFC 3339.
    pub began_at: String,
    /// Method, in words.
    pub manner: Vec<String>,
    /// Results of each contender with each workload.
    pub rows: Vec<ContenderResult>,
    /// Results of each prefilter method.
    pub sifting: Vec<PrefilterResult>,
    /// Contenders that could not run, and why.
    pub missing: Vec<String>,
    /// Environment of the comparison.
    pub environment: Environment,
}

/// A table of the report.
#[derive(Debug, Clone, Serialize)]
struct ReportTable {
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Bar chart of the first column of figures.
    chart: Option<String>,
}

impl Comparison {
    /// Returns the violations that audits and prefilter checks found.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let audits = self.rows.iter().flat_map(|row| {
            row.broken.iter().map(move |words| format!("{} {}: {words}", row.work, row.title))
        });
        let sifting = self.sifting.iter().filter(|row| row.is_own() && row.found != row.mattering);
        let missed =
            sifting.map(|row| format!("{}: found {} of {} posts", row.title, row.found, row.mattering));
        audits.chain(missed).collect()
    }

    /// Formats the tables for a terminal.
    #[must_use]
    pub fn tables(&self) -> String {
        let mut text = String::new();
        for report_table in self.report_tables() {
            let mut table = Table::new();
            table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(&report_table.head);
            table.add_rows(&report_table.rows);
            for column in table.column_iter_mut().skip(1) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            text.push_str(&format!("{}\n{table}\n\n", report_table.caption));
        }
        text
    }

    /// Writes both files into an existing directory.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), CommandError> {
        let json = serde_json::to_string_pretty(self).expect("a comparison is plain values") + "\n";
        for (name, content) in [("compare.json", json), ("compare.html", self.page())] {
            let path = directory.join(name);
            std::fs::write(&path, content).map_err(|source| CommandError::no_output(&path, &source))?;
        }
        Ok(())
    }

    /// Renders the page as HTML.
    #[must_use]
    pub fn page(&self) -> String {
        let mut pages = Pages::new();
        pages.set_auto_escape_callback(|_| AutoEscape::Html);
        let context = context! {
            style => STYLE,
            comparison => Value::from(Serde(self)),
            broken => self.broken(),
            sheets => Value::from(Serde(self.report_tables())),
            environment => self.environment.lines(),
        };
        pages.render_str(PAGE, context).expect("the page is well formed, as a test shows")
    }

    fn report_tables(&self) -> Vec<ReportTable> {
        let mut works: Vec<&str> = self.rows.iter().map(|row| row.work.as_str()).collect();
        works.dedup();
        let of = |work: &str| self.rows.iter().filter(|row| row.work == work).collect::<Vec<_>>();
        let rates = works.iter().map(|work| rates(work, &of(work)));
        let latencies = works.iter().map(|work| latencies(work, &of(work)));
        let sifting = (!self.sifting.is_empty()).then(|| sifting(&self.sifting));
        rates.chain(latencies).chain(sifting).filter(|report_table| !report_table.rows.is_empty()).collect()
    }
}

/// Formats Flashtag's ratio to a row; a dash for itself.
fn times(own: Option<&&ContenderResult>, row: &ContenderResult) -> String {
    let other = own.filter(|own| own.id != row.id);
    other.and_then(|own| own.ratio_to(row)).map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2} x"))
}

fn rates(work: &str, rows: &[&ContenderResult]) -> ReportTable {
    let own = |id: &str| rows.iter().find(|row| row.id == id);
    let (inside, http) = (own("flashtag-in-process"), own("flashtag-http"));
    let cells = |row: &&ContenderResult| {
        vec![
            row.title.clone(),
            thousands(row.median_per_s()),
            times(inside, row),
            times(http, row),
            duration(row.request_us.p50),
            duration(row.request_us.p99),
            row.durability.clone(),
        ]
    };
    let head = [work, "decisions/s", "in process is", "over HTTP is", "request p50", "p99", "durable"];
    let bar = |row: &&ContenderResult| Bar {
        label: format!("{}  {}/s", row.title, thousands(row.median_per_s())),
        length: row.median_per_s() as u64,
        own: row.own,
    };
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    ReportTable {
        caption: format!(
            "{work}: decisions a second, medians of all rounds; ratios are medians within rounds"
        ),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.iter().map(cells).collect(),
        chart: Some(bars_of(&bars)),
    }
}

fn latencies(work: &str, rows: &[&ContenderResult]) -> ReportTable {
    let three = |us: Option<&Percentiles>| {
        us.map_or_else(
            || "–".to_owned(),
            |us| format!("{} / {} / {}", duration(us.p50), duration(us.p99), duration(us.p99_9)),
        )
    };
    let of_row = |row: &&ContenderResult| {
        let title = row.title.clone();
        let cells = row.latencies.iter().map(move |latency| {
            vec![
                title.clone(),
                format!("{} %", latency.load),
                thousands(latency.per_s),
                thousands(latency.achieved_per_s),
                three(latency.won_us.as_ref()),
                three(latency.refused_us.as_ref()),
            ]
        });
        cells.collect::<Vec<_>>()
    };
    let head =
        [work, "load", "asked/s", "answered/s", "winners p50 / p99 / p99.9", "refused p50 / p99 / p99.9"];
    ReportTable {
        caption: format!(
            "{work}: from the instant when a question was due to its durable answer, at a share of each one's own rate"
        ),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.iter().flat_map(of_row).collect(),
        chart: None,
    }
}

fn sifting(rows: &[PrefilterResult]) -> ReportTable {
    let own = rows.iter().find(|row| row.is_own()).map_or(0.0, PrefilterResult::median_per_s);
    let cells = |row: &PrefilterResult| {
        let per_s = row.median_per_s();
        let ratio = if row.is_own() { "–".to_owned() } else { format!("{:.2} x", own / per_s.max(1.0)) };
        vec![
            row.title.clone(),
            format!("{:.2}", per_s / 1e9),
            ratio,
            format!("{} of {}", row.found, row.mattering),
        ]
    };
    let bar = |row: &PrefilterResult| Bar {
        label: format!("{}  {:.2} GB/s", row.title, row.median_per_s() / 1e9),
        length: row.median_per_s() as u64,
        own: row.is_own(),
    };
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    ReportTable {
        caption: "Sifting: gigabytes of posts a second on one core".to_owned(),
        head: ["sifting", "GB/s", "Flashtag is", "found"].map(str::to_owned).to_vec(),
        rows: rows.iter().map(cells).collect(),
        chart: Some(bars_of(&bars)),
    }
}

/// Formats a rate with its significant digits.
fn thousands(per_s: f64) -> String {
    match per_s {
        1e6.. => format!("{:.2} M", per_s / 1e6),
        1e4.. => format!("{:.0} k", per_s / 1e3),
        1e3.. => format!("{:.1} k", per_s / 1e3),
        _ => format!("{per_s:.0}"),
    }
}
