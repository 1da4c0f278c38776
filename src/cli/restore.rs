//! `flashtag restore`: a data directory of a backup.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use super::standard_streams::say;
use crate::backups::{Restored, restore};
use crate::clock::Clock;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup, as /backups/flashtag/2026-11-30T03-15-00.123Z
    #[arg(long, value_name = "DIR")]
    backup: PathBuf,
    /// The data directory to make, which must not exist
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let restored = restore(&args.backup, &args.to, Clock::start().now())?;
    let Restored { made_at, positions, epoch, erased, keys_of } = &restored;
    let view = serde_json::json!({
        "data": args.to.display().to_string(),
        "made_at": made_at.to_string(),
        "positions": positions,
        "epoch": epoch,
        "erased": erased,
        "keys_of": keys_of.map(|at| at.to_string()),
    });
    writeln!(io::stdout(), "{view}").map_err(|source| Fail::output(&source))?;
    say(&format!(
        "what was sold after {made_at} is not in {}: before it is started, compare it with the books of the card processor \
         (flashtag reconcile), and refund there what it does not know",
        args.to.display()
    ));
    if keys_of.is_none() {
        say("no copy of the people's keys is left: their addresses are not in it");
    }
    Ok(ExitCode::SUCCESS)
}
