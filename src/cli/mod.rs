//! The commands of the command line.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 a promise
//! is broken, 2 wrong usage, and for the rest those of sysexits.h: 65 input data, 66 no such input,
//! 69 unavailable, 70 internal, 73 no such output, 74 input or output, 75 try later, 77 not permitted,
//! 78 configuration.

mod account_args;
mod accounts;
mod backup;
mod check;
mod clock;
mod dead_letters;
mod demo;
mod explain;
mod fail;
mod history;
mod lines_args;
mod network;
mod objections;
mod open;
mod reconcile;
mod remote;
mod restore;
mod sale;
mod sell;
mod serve;
mod service_config;
mod standard_streams;
mod stock;
mod suppressions;
mod table;
mod unfreeze;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::account_args::AccountArgs;
use self::stock::Change;

/// Sells limited-quantity offers to people who post a hashtag.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, propagate_version = true)]
#[command(after_help = "Start with `flashtag demo`: a whole sale on this machine, proved at the end.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole sale on this machine, proved at the end; also on three networks
    Demo(demo::Args),
    /// Replay a recording of posts and say what becomes of each
    Sell(sell::Args),
    /// Run the engine: posts come in by HTTP, effects leave to the providers
    Serve(serve::Args),
    /// Add units to an offer of a running server
    Restock(stock::Args),
    /// Take available units off an offer of a running server
    Withdraw(stock::Args),
    /// Pause offers of a running server: they take no claims until they are resumed
    Pause(sale::PauseArgs),
    /// Resume paused offers of a running server
    Resume(sale::ChangeArgs),
    /// Close offers of a running server before their time
    Close(sale::CloseArgs),
    /// Let an account of a running server buy again that had stopped itself
    Unfreeze(AccountArgs),
    /// List, retry or settle what a running server gave up
    DeadLetters(dead_letters::Args),
    /// Accept the machine's clock at a running server
    Clock(clock::Args),
    /// List, connect, pause, resume or disconnect the shop's accounts of a running server
    Network(network::Args),
    /// List what banks object to payments of a running server
    Objections(objections::Args),
    /// Count, add or remove addresses that get no letters from a running server
    Suppressions(suppressions::Args),
    /// Show, unlink or erase an account of a running server
    Accounts(accounts::Args),
    /// Make a backup of a running server, or of a data directory
    Backup(backup::Args),
    /// Make a data directory of a backup, without those who were erased since
    Restore(restore::Args),
    /// End the quarantine of a restored data directory, once no payment is unknown to it
    Open(open::Args),
    /// Check every promise against the history of a data directory
    Verify(verify::Args),
    /// Compare the payments of a data directory with the books of the card processor
    Reconcile(reconcile::Args),
    /// Print the journal of a data directory, one JSON line for each record
    History(history::Args),
    /// Judge the files of a sale, advise, and show what each offer would announce
    Check(check::Args),
    /// Say of each post on standard input which tags it has and what they mean
    Explain(explain::Args),
}

/// Runs the command that was typed.
#[must_use]
pub fn run() -> ExitCode {
    exit_on_first_panic();
    let result = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Sell(args) => sell::run(args),
        Command::Serve(args) => serve::run(&args),
        Command::Restock(args) => stock::run(&args, Change::Restock),
        Command::Withdraw(args) => stock::run(&args, Change::Withdraw),
        Command::Pause(args) => sale::pause(&args),
        Command::Resume(args) => sale::resume(&args),
        Command::Close(args) => sale::close(&args),
        Command::Unfreeze(args) => unfreeze::run(&args),
        Command::DeadLetters(args) => dead_letters::run(&args),
        Command::Clock(args) => clock::run(&args),
        Command::Network(args) => network::run(&args),
        Command::Objections(args) => objections::run(&args),
        Command::Suppressions(args) => suppressions::run(&args),
        Command::Accounts(args) => accounts::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Open(args) => open::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Reconcile(args) => reconcile::run(&args),
        Command::History(args) => history::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(fail) if fail.is_broken_pipe() => ExitCode::SUCCESS,
        Err(fail) => {
            standard_streams::say_failure(&fail);
            ExitCode::from(fail.code)
        }
    }
}

/// Ends the process on any panic, on whichever thread it occurs: a broken invariant is recovered from by a
/// restart. The release profile aborts by itself; this makes every profile behave alike.
fn exit_on_first_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}
