//! A list of a running server, as commands print it.

use super::remote::Remote;

#[derive(Debug, clap::Args)]
pub(crate) struct LinesArgs {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// Print each as a line of JSON
    #[arg(long)]
    pub(super) json: bool,
}
