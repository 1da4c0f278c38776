//! `flashtag check`: judge an offer file, and show what each offer would announce.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::Fail;
use crate::config::offers::read_offers;
use crate::domain::announcement::announce;
use crate::domain::effect::News;
use crate::domain::id::Network;
use crate::domain::length::{characters, graphemes, weighted_length};
use crate::domain::terms::Terms;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The offer file (TOML)
    #[arg(long, value_name = "FILE")]
    offers: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let file = read_offers(&args.offers).map_err(|faults| Fail::config(faults.to_string()))?;
    let mut out = io::stdout().lock();
    let shown = file.offers.iter().try_for_each(|terms| show(&mut out, terms));
    let count = match file.offers.len() {
        1 => "1 offer".to_owned(),
        count => format!("{count} offers"),
    };
    shown
        .and_then(|()| writeln!(out, "{}: no fault, {count}", args.offers.display()))
        .map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl Write, terms: &Terms) -> io::Result<()> {
    writeln!(out, "{}: {} units of {} at {}", terms.id, terms.units, terms.title, terms.price)?;
    for (news, word) in [(News::Opening, "opening"), (News::SoldOut, "sold out"), (News::Closing, "closing")]
    {
        for &network in &terms.networks {
            let Some(text) = announce(terms, network, news) else { continue };
            let (length, most) = match network {
                Network::X => (weighted_length(&text) as usize, 280),
                Network::Bluesky => (graphemes(&text), 300),
                Network::Mastodon => (characters(&text), 500),
            };
            writeln!(out, "  {word}, {network}, weighted length {length} of {most}: {text}")?;
        }
    }
    writeln!(out)
}
