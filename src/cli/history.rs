//! `flashtag history`: the journal as text.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use crate::engine::archive::Archive;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory of an engine that is not running, or the output of `sell`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let archive = Archive::open(&args.data)?;
    for (partition, first) in archive.beginnings()?.into_iter().filter(|(_, first)| *first > 1) {
        eprintln!("flashtag: the history of partition {partition} begins with record {first}");
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written = archive.export(&mut out)?;
    written.and_then(|()| out.flush()).map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
