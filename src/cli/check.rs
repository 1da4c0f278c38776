//! `flashtag check`: validates an offer file, and shows what each offer would announce.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use crate::config::offers::read_offers;
use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::effect::Announcement;
use crate::domain::id::Network;
use crate::domain::terms::Terms;
use crate::engine::{Preview, Words, words_of};
use crate::words::announcement::{announce, announce_credit};

/// The announcements shown for every offer.
const ANNOUNCEMENTS: [(Announcement, &str); 3] = [
    (Announcement::Opening, "opening"),
    (Announcement::SoldOut, "sold out"),
    (Announcement::Closing, "closing"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The offer file (TOML)
    #[arg(long, value_name = "FILE")]
    offers: PathBuf,
    /// The folder of the shop's own templates, to be judged and shown with a sample, one line each
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let file = read_offers(&args.offers).map_err(|faults| Fail::config(faults.to_string()))?;
    let words =
        words_of(&file.shop, args.templates.as_deref()).map_err(|faults| Fail::config(faults.to_string()))?;
    let mut out = io::stdout().lock();
    // The longest title leaves the least room for the rest of a text.
    let longest =
        file.offers.iter().max_by_key(|terms| terms.title.len()).filter(|_| args.templates.is_some());
    let shown = file
        .offers
        .iter()
        .try_for_each(|terms| show(&mut out, terms))
        .and_then(|()| file.credits.iter().try_for_each(|terms| show_credit(&mut out, terms)))
        .and_then(|()| longest.map_or(Ok(()), |terms| show_words(&mut out, &words, terms)));
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
    let mut announcements = ANNOUNCEMENTS.to_vec();
    announcements.push((Announcement::Restock { units: terms.units }, "back on sale"));
    let seed = terms.rules.draw.map(|rule| rule.seed.reveal());
    if seed.is_some() {
        announcements.push((Announcement::Drawn { entries: terms.units }, "drawn"));
    }
    show_announcements(out, &terms.networks, &announcements, |network, announcement| {
        let text = announce(terms, network, announcement)?;
        // The output may be read by anyone, and the seed is a secret until the draw, so it is masked.
        Some(seed.as_ref().map_or_else(|| text.clone(), |seed| text.replace(seed, &"*".repeat(seed.len()))))
    })
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
    show_announcements(out, &terms.networks, &ANNOUNCEMENTS, |network, announcement| {
        announce_credit(terms, network, announcement)
    })
}

/// Shows what would be announced, and its length on each network.
fn show_announcements(
    out: &mut impl Write,
    networks: &[Network],
    announcements: &[(Announcement, &str)],
    text: impl Fn(Network, Announcement) -> Option<String>,
) -> io::Result<()> {
    for &(announcement, word) in announcements {
        for &network in networks {
            let Some(text) = text(network, announcement) else { continue };
            writeln!(out, "  {word}, {}: {text}", length(network, &text))?;
        }
    }
    writeln!(out)
}

fn length(network: Network, text: &str) -> String {
    let limit = network.facts().post_length;
    format!("{network}, weighted length {} of {}", limit.length(text), limit.most)
}

/// Shows the text of every template, one line each; for an e-mail, its beginning and its length.
fn show_words(out: &mut impl Write, words: &Words, terms: &Terms) -> io::Result<()> {
    for Preview { name, own, text } in words.preview(terms) {
        let whose = if own { "own" } else { "built-in" };
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        if name.starts_with("reply/") {
            writeln!(out, "  {name}, {whose}, {}: {text}", length(Network::X, &text))?;
        } else if name.ends_with(".html") {
            writeln!(out, "  {name}, {whose}, {} bytes of HTML", text.len())?;
        } else {
            writeln!(out, "  {name}, {whose}, {} lines: {first}", text.lines().count())?;
        }
    }
    writeln!(out)
}
