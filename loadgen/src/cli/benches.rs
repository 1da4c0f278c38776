//! `loadgen benches`: tells whether a bench became slower.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::benches::{BenchDiff, Benches};
use crate::error::CommandError;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The record
    #[arg(long, global = true, default_value = "benches/record.json", value_name = "FILE")]
    record: PathBuf,
    /// Where criterion leaves its results
    #[arg(long, global = true, default_value = "target/criterion", value_name = "DIR")]
    results: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the last results of `cargo bench` down as the record
    Record,
    /// Set the last results of `cargo bench` against the record; fails if a bench got slower
    Diff {
        /// Greatest change that counts as noise, in percent
        #[arg(long, default_value_t = 20.0, value_name = "PERCENT")]
        noise: f64,
    },
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let now = Benches::collect(&args.results)?;
    let output = match args.action {
        Action::Record => {
            now.write(&args.record)?;
            format!("{} benches written to {}", now.median_ns.len(), args.record.display())
        }
        Action::Diff { noise } => {
            if !(0.0..=1e6).contains(&noise) {
                return Err(CommandError::usage("--noise is a percentage, from 0 up"));
            }
            let before = Benches::read(&args.record)?;
            let diff = BenchDiff::new(&before, &now, noise / 100.0);
            writeln!(std::io::stdout(), "record: {}\nnow:    {}\n{diff}", before.machine, now.machine)
                .map_err(|source| CommandError::output(&source))?;
            return Ok(ExitCode::from(u8::from(diff.has_regressed())));
        }
    };
    writeln!(std::io::stdout(), "{output}").map_err(|source| CommandError::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
