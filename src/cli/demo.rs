//! d
use super::Fail;
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}
pub(crate) fn run(_: Args) -> Result<std::process::ExitCode, Fail> {
    todo!()
}
