//! The arguments of `flashtag demo`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::cli::fail::Fail;
use crate::cli::standard_streams::LogArgs;
use crate::text::grouped::grouped;

/// How many people there may be, and are by default: in a firehose, and on three networks.
const FIREHOSE: (RangeInclusive<u64>, u64) = (1_000..=5_000_000, 200_000);
const NETWORKS: (RangeInclusive<u64>, u64) = (18..=600, 90);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Sell on three networks instead: stand-ins for X, Bluesky and Mastodon on this machine, and a crowd at each
    #[arg(long)]
    pub(super) network: bool,
    /// How many people there are [default: 200000; with --network 90]
    #[arg(long)]
    people: Option<u64>,
    /// What decides who they are and what they do: the same seed, the same crowd
    #[arg(long, default_value_t = 2013)]
    pub(super) seed: u64,
    /// Over how many seconds the posts come
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=600), conflicts_with = "network")]
    pub(super) seconds: u64,
    /// How many partitions the six offers are spread over
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64), conflicts_with = "network")]
    pub(super) partitions: u32,
    /// With --network: streams break and repeat posts, answers come late, are lost, or are 429 and 503
    #[arg(long, requires = "network")]
    pub(super) faults: bool,
    /// Where journal, ledger, replies and e-mails go; an earlier demo there is removed
    #[arg(long, default_value = "flashtag-demo", value_name = "DIR")]
    pub(super) data: PathBuf,
    /// Show the formula of every promise and how often it was checked
    #[arg(long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

impl Args {
    /// How many people there are.
    pub(super) fn people(&self) -> Result<u64, Fail> {
        let (range, usual) = if self.network { NETWORKS } else { FIREHOSE };
        let people = self.people.unwrap_or(usual);
        if range.contains(&people) {
            return Ok(people);
        }
        let (least, most) = (grouped(*range.start()), grouped(*range.end()));
        let with = if self.network { " with --network" } else { "" };
        Err(Fail::new(2, format!("--people {people}: from {least} to {most} are possible{with}")))
    }
}
