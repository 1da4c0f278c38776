//! The report of a run: `summary.json`, `timeseries.csv` and a self-contained `report.html`.

mod chart;
mod csv;
mod figures;
mod plot;
mod summary;

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};

pub use self::csv::csv;
pub use self::figures::{duration, headline, measured};
pub use self::plot::{Bar, bars as bars_of};
pub use self::summary::{Percentiles, Posts, Summary, Verdict};
use crate::error::CommandError;
use crate::measurements::Record;

const PAGE: &str = include_str!("page.html");

/// Style of all pages.
pub(crate) const STYLE: &str = include_str!("style.html");

/// Renders the page as HTML.
#[must_use]
pub fn page(summary: &Summary, record: &Record) -> String {
    let mut pages = Environment::new();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    let shown = |verdict: &Verdict| (verdict.fail_if.to_string(), measured(verdict), verdict.crossed);
    let verdicts: Vec<_> = summary.thresholds.iter().map(shown).collect();
    let context = context! {
        style => STYLE,
        summary => Value::from(Serde(summary)),
        passed => summary.passed(),
        took => format!("{:.1} s until the sale was at rest", summary.took_s),
        head => headline(summary),
        charts => Value::from(Serde(chart::charts(summary, record))),
        verdicts,
        environment => summary.environment.lines(),
    };
    pages.render_str(PAGE, context).expect("the page is well formed, as a test shows")
}

/// Writes the three files into an existing directory.
///
/// # Errors
/// If a file cannot be written.
pub fn write(summary: &Summary, record: &Record, directory: &Path) -> Result<(), CommandError> {
    let offers: Vec<&str> = summary.offers.iter().map(|offer| offer.id.as_str()).collect();
    let json = serde_json::to_string_pretty(summary).expect("a summary is plain values") + "\n";
    for (name, content) in [
        ("summary.json", json),
        ("timeseries.csv", csv(record, &offers)),
        ("report.html", page(summary, record)),
    ] {
        let path = directory.join(name);
        std::fs::write(&path, content).map_err(|source| CommandError::no_output(&path, &source))?;
    }
    Ok(())
}
