//! `loadgen prepare`: writes the files of a server for a scenario.

use std::path::PathBuf;
use std::process::ExitCode;

use super::run::Scaled;
use crate::error::CommandError;
use crate::population::Population;
use crate::self_host;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scaled: Scaled,
    /// The directory to write them into; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The address that the server will listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: std::net::SocketAddr,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let (scenario, _) = args.scaled.scenario()?;
    let population = Population::new(&scenario).map_err(CommandError::data)?;
    std::fs::create_dir_all(&args.out).map_err(|source| CommandError::no_output(&args.out, &source))?;
    let config = self_host::prepare(&scenario, &population, &args.out, &args.listen.to_string())?;
    eprintln!("serve it by `flashtag serve --config {}`", config.display());
    Ok(ExitCode::SUCCESS)
}
