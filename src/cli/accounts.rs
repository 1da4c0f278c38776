//! `flashtag accounts`: what only its owner or an operator does to an account of a running server.

use std::io::{self, Write};
use std::process::ExitCode;

use super::account_path::path_of;
use super::fail::Fail;
use super::remote::Remote;
use crate::domain::id::Account;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the link of an account, its address and what it has
    Show(AccountArgs),
    /// Print what is kept of the person behind an account
    PersonalData(AccountArgs),
    /// Unlink an account: what it had not ordered is released
    Unlink(AccountArgs),
    /// Unlink an account, and destroy the key of all that is kept of the person, for good
    Erase(AccountArgs),
}

#[derive(Debug, clap::Args)]
struct AccountArgs {
    #[command(flatten)]
    remote: Remote,
    /// The account, as x:42
    #[arg(long, value_name = "ACCOUNT")]
    account: Account,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let said = match &args.command {
        Command::Show(args) => args.remote.get(&path_of(&args.account))?.body,
        Command::PersonalData(args) => args.remote.get(&personal_data(&args.account))?.body,
        Command::Unlink(args) => {
            args.remote.delete(&path_of(&args.account))?;
            done("unlinked", &args.account)
        }
        Command::Erase(args) => {
            args.remote.delete(&personal_data(&args.account))?;
            done("erased", &args.account)
        }
    };
    writeln!(io::stdout(), "{said}").map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}

fn personal_data(account: &Account) -> String {
    format!("{}/personal-data", path_of(account))
}

fn done(what: &str, account: &Account) -> String {
    serde_json::json!({ what: account.to_string() }).to_string()
}
