//! `flashtag accounts`: what only its owner or an operator does to an account of a running server.

use std::process::ExitCode;

use super::account_args::AccountArgs;
use super::fail::Fail;
use super::standard_streams::print;

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

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    print(match &args.command {
        Command::Show(args) => args.remote.get(&args.path())?.body,
        Command::PersonalData(args) => args.remote.get(&personal_data(args))?.body,
        Command::Unlink(args) => {
            args.remote.delete(&args.path())?;
            done("unlinked", args)
        }
        Command::Erase(args) => {
            args.remote.delete(&personal_data(args))?;
            done("erased", args)
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn personal_data(args: &AccountArgs) -> String {
    format!("{}/personal-data", args.path())
}

fn done(what: &str, args: &AccountArgs) -> String {
    serde_json::json!({ what: args.account.to_string() }).to_string()
}
