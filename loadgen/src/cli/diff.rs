//! `loadgen diff`: compares two runs.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::diff::Diff;
use crate::error::CommandError;
use crate::report::Summary;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The first run: its directory, or its summary.json
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The second run
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Greatest change that counts as noise, in percent
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    noise: f64,
    /// Compare even what cannot be compared fairly
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    if !(0.0..=1e6).contains(&args.noise) {
        return Err(CommandError::usage("--noise is a percentage, from 0 up"));
    }
    let (before, after) = (Summary::read(&args.before)?, Summary::read(&args.after)?);
    let diff = Diff::new(&before, &after, args.noise / 100.0);
    if !diff.void.is_empty() && !args.force {
        let why = diff.void.join("; ");
        return Err(CommandError::usage(format!(
            "these runs cannot be compared ({why}); --force does it all the same"
        )));
    }
    for difference in diff.void.iter().chain(&diff.warnings) {
        eprintln!("the runs differ in their {difference}");
    }
    writeln!(std::io::stdout(), "{diff}").map_err(|source| CommandError::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
