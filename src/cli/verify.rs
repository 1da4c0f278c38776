//! `flashtag verify`: every promise, checked against the history and the card sandbox's ledger; and the backups.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::fail::Fail;
use super::standard_streams::print;
use crate::backups::{Survey, survey};
use crate::clock::Clock;
use crate::config::serve::BACKUP_RETENTION;
use crate::domain::time::Millis;
use crate::engine::audit::{Ending, audit};
use crate::engine::plain_text::{Readable, search};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory of an engine that is not running, or the output of `sell`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The card sandbox's ledger, if it is not `cards.ndjson` in the data directory
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// A directory of backups, to be checked as well: that each is whole, and that no copy of keys is too old
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// How long copies of keys may be kept there, as `backup_retention` of the configuration
    #[arg(long, value_name = "TIME", requires = "backups", default_value_t = BACKUP_RETENTION)]
    retention: Millis,
    /// Require that nothing is pending
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let ending = if args.strict { Ending::Strict } else { Ending::Open };
    let report = audit(&args.data, args.ledger.as_deref(), ending)?;
    print(&report)?;
    let mut is_good = report.passed() & check_plain_text(&args.data)?;
    if let Some(directory) = &args.backups {
        is_good &= check_backups(directory, args.retention)?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Says where something of a person is readable, and returns whether nothing is.
fn check_plain_text(data: &Path) -> Result<bool, Fail> {
    let found = search(data)?;
    let say = |Readable { file, at, what }: &Readable| {
        writeln!(io::stdout(), "VIOLATED nobody_in_plain_text: {}, byte {at}: {what}", file.display())
    };
    found.iter().try_for_each(say).map_err(|source| Fail::output(&source))?;
    Ok(found.is_empty())
}

/// Says what is wrong with the backups, and returns whether nothing is.
fn check_backups(directory: &Path, retention: Millis) -> Result<bool, Fail> {
    let Survey { backups, newest, keys, faults } = survey(directory, retention, Clock::start().now())?;
    let newest = newest.map_or_else(|| "none".to_owned(), |newest| newest.to_string());
    let said = faults.iter().try_for_each(|fault| writeln!(io::stdout(), "FAULT {fault}"));
    let said =
        said.and_then(|()| writeln!(io::stdout(), "{backups} backups, the newest: {newest}; keys of {keys}"));
    said.map_err(|source| Fail::output(&source))?;
    Ok(faults.is_empty())
}
