//! `flashtag unfreeze`: let an account buy again that had stopped itself.

use std::process::ExitCode;

use super::account_args::AccountArgs;
use super::fail::Fail;
use super::standard_streams::print;

pub(crate) fn run(args: &AccountArgs) -> Result<ExitCode, Fail> {
    let answer = args.remote.post(&format!("{}/unfreeze", args.path()), None, "")?;
    print(answer.body)?;
    Ok(ExitCode::SUCCESS)
}
