//! `flashtag explain`: shows what a post means without the state of the sale.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use super::standard_streams::open_input;
use crate::config::offers::read_offers;
use crate::engine::explanation::{Format, Lines, explain_line};
use crate::intake::catalog::Catalog;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The offer file; without it only the tags are found
    #[arg(long, value_name = "FILE")]
    offers: Option<PathBuf>,
    /// The format of the posts
    #[arg(long, default_value = "flashtag", value_name = "FORMAT")]
    format: Format,
    /// The posts, one JSON object a line; `-` is standard input
    #[arg(default_value = "-", value_name = "POSTS")]
    posts: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let catalog = match &args.offers {
        Some(path) => {
            let file = read_offers(path).map_err(|faults| Fail::config(faults.to_string()))?;
            Catalog::unnumbered(&file.offerings(), file.shop.front())
        }
        None => Catalog::default(),
    };
    let mut lines = Lines::new(open_input(&args.posts)?);
    let mut out = BufWriter::new(io::stdout().lock());
    while let Some(line) = lines.next_line().map_err(|source| Fail::io("read", &args.posts, &source))? {
        explain_line(&catalog, args.format, line, |explained| {
            serde_json::to_writer(&mut out, explained)?;
            out.write_all(b"\n")
        })
        .map_err(|source| Fail::output(&source))?;
    }
    out.flush().map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
