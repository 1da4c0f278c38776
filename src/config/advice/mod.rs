//! The adviser: what a seller wants to be told before a sale though no file has a fault.
//!
//! Pure: the files are read and the moment is known when it is asked, so the same files give the same advice. Each part
//! judges one subject; what is certain is told, and what is only unusual is not.

pub mod account_summary;
pub mod facts;
pub mod finding;
pub mod shop_time;

mod linked;
mod networks;
mod replies;
mod service;
mod stock;
mod tags;
mod times;

use facts::Facts;
use finding::Finding;

/// The findings, by file and line.
#[must_use]
pub fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let parts = [
        times::advise,
        stock::advise,
        tags::advise,
        replies::advise,
        linked::advise,
        networks::advise,
        service::advise,
    ];
    let mut findings: Vec<Finding> = parts.iter().flat_map(|part| part(facts)).collect();
    // Stable, so that what is said of one line stays in the order of the parts.
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    findings
}
