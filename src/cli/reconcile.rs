//! `flashtag reconcile`: the payments of a data directory against the books of the card processor.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use super::service_config::service_config;
use crate::domain::time::{Millis, Timestamp};
use crate::engine::reconcile::{Sums, reconcile};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file of the service, which may run meanwhile
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Payments that were ordered since then, as 2026-11-28T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Timestamp,
    /// What happened so recently is left out: one side may not have it yet
    #[arg(long, value_name = "LENGTH", default_value = "10m")]
    recent: Millis,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let config = service_config(&args.config)?;
    let found = reconcile(&config, args.since, args.recent)?;
    let mut out = io::stdout().lock();
    let mut told = format!("payments compared: {}\n", found.payments);
    for difference in &found.differences {
        told.push_str(&format!("DIFFERS: {difference}\n"));
    }
    for (currency, sums) in &found.sums {
        let Sums { taken, returned, disputed } = sums;
        told.push_str(&format!("{currency}: taken {taken}, returned {returned}, disputed {disputed}\n"));
    }
    for ((offer, currency), sums) in &found.offers {
        let Sums { taken, returned, disputed } = sums;
        told.push_str(&format!(
            "{offer}: taken {taken} {currency}, returned {returned}, disputed {disputed}\n"
        ));
    }
    for ((offer, currency), fees) in &found.fees {
        told.push_str(&format!("{offer}: fees {fees} {currency}\n"));
    }
    told.push_str(&format!(
        "not done yet: {}, given up and waiting for an operator: {}, differences: {}\n",
        found.under_way,
        found.given_up,
        found.differences.len()
    ));
    out.write_all(told.as_bytes()).map_err(|source| Fail::output(&source))?;
    Ok(if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
