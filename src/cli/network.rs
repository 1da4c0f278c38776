//! `flashtag network`: the shop's accounts at the networks, of a running server.

use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;
use crate::api::network_view::{Connecting, NetworkView, NetworksView};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show each account, and whether posts come from it
    List(ListArgs),
    /// Sign in at the network, or say where to; then read and reply
    Connect(NamedArgs),
    /// Neither read nor reply until the account is resumed; what was posted meanwhile is read then
    Pause(NamedArgs),
    /// Read and reply again
    Resume(NamedArgs),
    /// Sign out, and neither read nor reply until the account is connected again
    Disconnect(NamedArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct NamedArgs {
    #[command(flatten)]
    remote: Remote,
    /// The account's name in the configuration
    name: String,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    match &args.command {
        Command::List(args) => list(args),
        Command::Connect(args) => change(args, "connect"),
        Command::Pause(args) => change(args, "pause"),
        Command::Resume(args) => change(args, "resume"),
        Command::Disconnect(args) => change(args, "disconnect"),
    }
}

fn list(args: &ListArgs) -> Result<ExitCode, Fail> {
    let answer = args.remote.get("/v1/networks")?;
    let text = if args.json {
        answer.body
    } else {
        let view: NetworksView = read(&answer.body)?;
        shown(&view.networks)
    };
    print(text)?;
    Ok(ExitCode::SUCCESS)
}

fn change(args: &NamedArgs, verb: &str) -> Result<ExitCode, Fail> {
    let answer = args.remote.post(&format!("/v1/networks/{}/{verb}", args.name), None, "")?;
    let Connecting { network, authorize } = read(&answer.body)?;
    print(match authorize {
        Some(address) => format!(
            "open this address in a browser that is signed in as {}:\n{address}\nit is good for 10 minutes; \
             `flashtag network list` shows when the account is connected",
            network.account
        ),
        None => shown(&[network]),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn shown(networks: &[NetworkView]) -> String {
    if networks.is_empty() {
        return "no networks: add [[network]] to the configuration".to_owned();
    }
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["name", "network", "account", "wanted", "source", "behind", "replies"]);
    for network in networks {
        let (behind, replies) =
            (format!("{} s", network.behind_seconds), if network.replies { "yes" } else { "no" });
        let NetworkView { name, kind, account, wanted, source, .. } = network;
        table.add_row([name, kind, account, wanted, source, &behind, replies]);
    }
    // Under the table, which would be wider than a terminal otherwise.
    let told = networks
        .iter()
        .flat_map(|network| network.reason.iter().chain(&network.advice).map(|told| (&network.name, told)));
    told.fold(table.to_string(), |text, (name, told)| format!("{text}\n{name}: {told}"))
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Fail> {
    serde_json::from_str(body)
        .map_err(|_| Fail::new(76, "the server gave an answer that this release cannot read"))
}
