//! `flashtag pause`, `flashtag resume` and `flashtag close`: change whether offers are on sale.

use std::process::ExitCode;

use serde_json::json;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;
use super::stock::offer;
use crate::domain::id::OfferId;

/// The offers that a command changes.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// The offer's id
    #[arg(long, value_name = "ID", value_parser = offer)]
    offer: Option<OfferId>,
    /// All offers
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    target: Target,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Whether reservations expire meanwhile, or their deadlines move by the length of the pause
    #[arg(long, value_enum, default_value_t = DeadlinesOf::Run)]
    deadlines: DeadlinesOf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum DeadlinesOf {
    Run,
    Freeze,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Whether claims in line get the units that come back, or leave the line at once
    #[arg(long, value_enum, default_value_t = WaitlistOf::Serve)]
    waitlist: WaitlistOf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WaitlistOf {
    Serve,
    Release,
}

pub(crate) fn pause(args: &PauseArgs) -> Result<ExitCode, Fail> {
    let deadlines = match args.deadlines {
        DeadlinesOf::Run => "run",
        DeadlinesOf::Freeze => "freeze",
    };
    send(&args.change, "pause", &json!({"deadlines": deadlines, "reason": args.change.reason}))
}

pub(crate) fn resume(args: &ChangeArgs) -> Result<ExitCode, Fail> {
    send(args, "resume", &json!({"reason": args.reason}))
}

pub(crate) fn close(args: &CloseArgs) -> Result<ExitCode, Fail> {
    let waitlist = match args.waitlist {
        WaitlistOf::Serve => "serve",
        WaitlistOf::Release => "release",
    };
    send(&args.change, "close", &json!({"waitlist": waitlist, "reason": args.change.reason}))
}

fn send(change: &ChangeArgs, verb: &str, body: &serde_json::Value) -> Result<ExitCode, Fail> {
    let path = match &change.target.offer {
        Some(offer) => format!("/v1/offers/{offer}/{verb}"),
        None => format!("/v1/{verb}"),
    };
    let answer = change.remote.post(&path, None, &body.to_string())?;
    print(answer.body)?;
    Ok(ExitCode::SUCCESS)
}
