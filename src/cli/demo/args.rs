//! The arguments of `flashtag demo`.

use std::path::PathBuf;

use crate::cli::standard_streams::LogArgs;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many people there are
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1_000..=5_000_000))]
    pub(super) people: u64,
    /// What decides who they are and what they do: the same seed, the same crowd
    #[arg(long, default_value_t = 2013)]
    pub(super) seed: u64,
    /// Over how many seconds the posts come
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) seconds: u64,
    /// How many partitions the six offers are spread over
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) partitions: u32,
    /// Where journal, ledger, replies and e-mails go; an earlier demo there is removed
    #[arg(long, default_value = "flashtag-demo", value_name = "DIR")]
    pub(super) data: PathBuf,
    /// Show the formula of every promise and how often it was checked
    #[arg(long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) log: LogArgs,
}
