//! `flashtag suppressions`: which addresses get no letters from a running server.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show how many addresses get no letters, by reason; the addresses themselves are not kept
    Count(Remote),
    /// Send no more letters to these addresses
    Add(FileArgs),
    /// Send letters to these addresses again
    Remove(FileArgs),
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    #[command(flatten)]
    remote: Remote,
    /// A file of lines {"address":"ana@example.com","reason":"complained"}; - is the standard input
    file: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let answer = match &args.command {
        Command::Count(remote) => remote.get("/v1/suppressions")?,
        Command::Add(args) => args.remote.post("/v1/suppressions", None, &text_of(&args.file)?)?,
        Command::Remove(args) => args.remote.post("/v1/suppressions/remove", None, &text_of(&args.file)?)?,
    };
    print(answer.body)?;
    Ok(ExitCode::SUCCESS)
}

fn text_of(path: &Path) -> Result<String, Fail> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|source| Fail::no_input(path, &source))
}
