//! `flashtag check`: judge an offer file, and show what each offer would announce.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::Fail;
use crate::config::offers::read_offers;
use crate::domain::announcement::{announce, announce_credit};
use crate::domain::credit::{CreditTerms, Reward};
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
    let shown = file
        .offers
        .iter()
        .try_for_each(|terms| show(&mut out, terms))
        .and_then(|()| file.credits.iter().try_for_each(|terms| show_credit(&mut out, terms)));
    let count = match file.offers.len() + file.credits.len() {
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
    show_news(out, &terms.networks, |network, news| announce(terms, network, news))
}

fn show_credit(out: &mut impl Write, terms: &CreditTerms) -> io::Result<()> {
    let CreditTerms { id, title, min_spend, uses_per_card: uses, enrollments, .. } = terms;
    let reward = match terms.reward {
        Reward::Fixed(credit) => credit.to_string(),
        Reward::Share { rate, most } => format!("{rate}, up to {most},"),
    };
    let merchants = terms.merchants.len();
    writeln!(
        out,
        "{id}: {title}, {reward} back on {min_spend}: {enrollments} cards, {uses} uses each, {merchants} merchants"
    )?;
    show_news(out, &terms.networks, |network, news| announce_credit(terms, network, news))
}

/// What would be announced, and how long it is where it is announced.
fn show_news(
    out: &mut impl Write,
    networks: &[Network],
    text: impl Fn(Network, News) -> Option<String>,
) -> io::Result<()> {
    for (news, word) in [(News::Opening, "opening"), (News::SoldOut, "sold out"), (News::Closing, "closing")]
    {
        for &network in networks {
            let Some(text) = text(network, news) else { continue };
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
