//! `loadgen pipe`: writes a scenario's posts to standard output.

use std::io::{BufWriter, IsTerminal};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use super::run::Scaled;
use crate::clock::Clock;
use crate::error::CommandError;
use crate::pipe::{Playback, pipe};
use crate::population::Population;
use crate::stop_signal::stop_on_signal;

/// Microseconds between two progress messages.
const PROGRESS_US: u64 = 1_000_000;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The other files are written by `loadgen prepare --out DIR`, with the same scenario and \
                        seed. Then `loadgen pipe | flashtag sell --clock wall --posts - ...` sells live, and \
                        `loadgen pipe --at-once > posts.ndjson` makes a recording."
)]
pub(super) struct Args {
    #[command(flatten)]
    scaled: Scaled,
    /// Write as fast as the lines are read, each with the instant at which it arrives, instead of at its instant
    #[arg(long)]
    at_once: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let (scenario, _) = args.scaled.scenario()?;
    let population = Population::new(&scenario).map_err(CommandError::data)?;
    let stop = stop_on_signal()?;
    let clock = Clock::start();
    let playback = if args.at_once {
        Playback::AtOnce { begins_at_ms: clock.started_at_ms() }
    } else {
        Playback::Live(clock)
    };
    let mut out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    let (shown, mut told_us) = (std::io::stderr().is_terminal(), 0);
    let posts = pipe(&scenario, &population, playback, &mut out, &stop, |posts| {
        let now_us = clock.us();
        if shown && now_us >= told_us + PROGRESS_US {
            told_us = now_us;
            eprint!("\r{posts} posts in {} s ", now_us / 1_000_000);
        }
    })?;
    eprintln!("{}{posts} posts written", if told_us > 0 { "\r" } else { "" });
    if stop.load(Ordering::Acquire) { Err(CommandError::interrupted()) } else { Ok(ExitCode::SUCCESS) }
}
