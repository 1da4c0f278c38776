//! `flashtag restock` and `flashtag withdraw`: change an offer's allotment while it is on sale.

use std::process::ExitCode;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;
use crate::domain::id::OfferId;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    remote: Remote,
    /// The offer's id
    #[arg(long, value_name = "ID", value_parser = offer)]
    offer: OfferId,
    /// The number of units
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    units: u32,
    /// The name of this change: it is made once per name, even if repeated; default: random
    #[arg(long, value_name = "KEY", value_parser = key)]
    key: Option<String>,
}

/// The direction of the change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Restock,
    Withdraw,
}

/// Reads an offer's id from the command line.
pub(super) fn offer(text: &str) -> Result<OfferId, &'static str> {
    OfferId::parse(text).ok_or("not an offer's id as kindle-fire-hd")
}

fn key(text: &str) -> Result<String, &'static str> {
    let good = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err("not 1 to 128 visible ASCII characters") }
}

pub(crate) fn run(args: &Args, change: Change) -> Result<ExitCode, Fail> {
    let key = args.key.clone().unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
    let name = match change {
        Change::Restock => "restock",
        Change::Withdraw => "withdraw",
    };
    let path = format!("/v1/offers/{}/{name}", args.offer);
    let answer = args.remote.post(&path, Some(&key), &format!("{{\"units\":{}}}", args.units));
    let answer = answer.map_err(|fail| match fail.code {
        // The outcome is unknown: the change may have been made.
        69 | 75 => {
            Fail::new(fail.code, format!("{fail}\nto try again without making it twice, add: --key {key}"))
        }
        _ => fail,
    })?;
    if answer.replayed {
        eprintln!("this change was made before, under the same key");
    }
    print(answer.body)?;
    Ok(ExitCode::SUCCESS)
}
