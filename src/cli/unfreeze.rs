//! `flashtag unfreeze`: let an account buy again that had stopped itself.

use std::io::{self, Write};
use std::process::ExitCode;

use super::account_path::path_of;
use super::fail::Fail;
use super::remote::Remote;
use crate::domain::id::Account;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    remote: Remote,
    /// The account, as x:42
    #[arg(long, value_name = "ACCOUNT")]
    account: Account,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let path = format!("{}/unfreeze", path_of(&args.account));
    let answer = args.remote.post(&path, None, "")?;
    writeln!(io::stdout(), "{}", answer.body).map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
