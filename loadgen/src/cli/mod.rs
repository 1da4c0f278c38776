//! The commands.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 a promise is
//! broken or a threshold crossed, 2 wrong usage, and for the rest those of sysexits.h: 65 input data, 66 no
//! such input, 69 unavailable, 71 the system, 73 no such output, 74 input or output, 77 not permitted, 78
//! configuration.

mod benches;
mod compare;
mod diff;
mod networks;
mod pipe;
mod prepare;
mod run;
mod scenarios;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::self_host;

/// Loads Flashtag with seeded crowds at scheduled instants, and reports latency, throughput and an audit.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version, about, long_about = None, propagate_version = true)]
#[command(
    after_help = "Start with `loadgen run --scenario flash --self-host`: a sale, live, and a report of it."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a scenario against a server, and write a report
    Run(run::Args),
    /// Run the same workloads with Flashtag, Redis and PostgreSQL, and show the ratios
    Compare(compare::Args),
    /// Compare two runs by their summaries
    Diff(diff::Args),
    /// Tell whether a bench of `cargo bench` became slower
    Benches(benches::Args),
    /// List the built-in scenarios, or print one
    Scenarios(scenarios::Args),
    /// Write a server's files for a scenario: configuration, offers and accounts
    Prepare(prepare::Args),
    /// Write the posts of a scenario to standard output, for `flashtag sell --posts -`
    Pipe(pipe::Args),
    /// Run stand-ins for X, Bluesky and Mastodon, for a `flashtag serve` on this machine
    Networks(networks::Args),
    /// Serve, for `run --self-host`; the arguments are those of `flashtag serve`
    #[command(hide = true)]
    Serve {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs the command that was typed.
#[must_use]
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Benches(args) => benches::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Scenarios(args) => scenarios::run(&args),
        Command::Prepare(args) => prepare::run(&args),
        Command::Pipe(args) => pipe::run(&args),
        Command::Networks(args) => networks::run(&args),
        Command::Serve { .. } => return self_host::serve(),
    };
    result.unwrap_or_else(|fail| {
        eprintln!("loadgen: {fail}");
        ExitCode::from(fail.code)
    })
}
