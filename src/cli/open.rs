//! `flashtag open`: ends the quarantine of a restored data directory.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use super::service_config::service_config;
use crate::control::quarantine_file::Quarantine;
use crate::engine::opening::{NotOpened, Opened, open_restored};
use crate::outbox::provider::stripe::BookedPayment;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file of the service, which must not run meanwhile
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A payment that the journal does not have and that is kept all the same, as pi_3...; may be given several times
    #[arg(long, value_name = "PAYMENT")]
    adopt: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let config = service_config(&args.config)?;
    let (told, code) = match open_restored(&config, &args.adopt) {
        Ok(Opened::Before) => ("it is in no quarantine\n".to_owned(), ExitCode::SUCCESS),
        Ok(Opened::Now { quarantine, payments }) => (opened(&quarantine, payments), ExitCode::SUCCESS),
        Err(NotOpened::Unknown { quarantine, unknown }) => {
            (still_quarantined(&quarantine, &unknown), ExitCode::from(1))
        }
        Err(NotOpened::Engine(error)) => return Err(error.into()),
        Err(error @ NotOpened::LiveCopy(_)) => return Err(Fail::new(77, error.to_string())),
        Err(error @ NotOpened::NothingToAdopt(_)) => return Err(Fail::data(error.to_string())),
    };
    io::stdout().lock().write_all(told.as_bytes()).map_err(|source| Fail::output(&source))?;
    Ok(code)
}

fn opened(quarantine: &Quarantine, payments: Option<usize>) -> String {
    let mut told = format!("not in this directory: {}\n", quarantine.missing_tail());
    if let Some(payments) = payments {
        told.push_str(&format!("payments at the processor since then: {payments}, none unknown\n"));
    }
    told.push_str("opened: what waits leaves at the next start\n");
    told
}

fn still_quarantined(quarantine: &Quarantine, unknown: &[BookedPayment]) -> String {
    let mut told = format!("not in this directory: {}\n", quarantine.missing_tail());
    for BookedPayment { id, order, status, taken, amount, currency, .. } in unknown {
        let order = order.as_deref().unwrap_or("no order");
        told.push_str(&format!(
            "UNKNOWN: {id} of {order}: {status}, {taken} of {amount} {currency} taken; return it at the processor, or keep it: \
             --adopt {id}\n"
        ));
    }
    told.push_str(&format!("not opened, payments unknown to the journal: {}\n", unknown.len()));
    told
}
