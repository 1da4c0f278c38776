//! `flashtag verify`: every promise, checked against the history and the card sandbox's ledger.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use crate::engine::audit::{Ending, audit};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory of an engine that is not running, or the output of `sell`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The card sandbox's ledger, if it is not `cards.ndjson` in the data directory
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Require that nothing is pending
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let ending = if args.strict { Ending::Strict } else { Ending::Open };
    let report = audit(&args.data, args.ledger.as_deref(), ending)?;
    writeln!(io::stdout(), "{report}").map_err(|source| Fail::output(&source))?;
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
