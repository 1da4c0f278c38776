//! `flashtag clock accept`: tell a running server that the machine's clock is right.

use std::process::ExitCode;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Level journal time with the machine's clock, however far they differ
    Accept(Remote),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let Action::Accept(remote) = &args.action;
    let answer = remote.post("/v1/clock/accept", None, "")?;
    print(answer.body)?;
    Ok(ExitCode::SUCCESS)
}
