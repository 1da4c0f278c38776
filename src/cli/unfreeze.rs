//! `flashtag unfreeze`: let an account buy again that had stopped itself.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

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
    let Account { network, author } = &args.account;
    let path = format!("/v1/accounts/{network}/{}/unfreeze", encoded(&author.text()));
    let answer = args.remote.post(&path, None, "")?;
    writeln!(io::stdout(), "{}", answer.body).map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}

/// Percent-encodes an id as one path segment: the ids of some networks are URLs.
fn encoded(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes it");
        }
    }
    out
}
