//! The announcements of an offer file, and the times of its offers.

use std::io::{self, Write};

use crate::config::advice::shop_time::ShopTime;
use crate::config::offers::OfferFile;
use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::effect::Announcement;
use crate::domain::id::Network;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::engine::{Preview, Words};
use crate::text::network::Deliveries;
use crate::words::announcement::{announce, announce_credit};

/// The announcements shown for every offer.
const ANNOUNCEMENTS: [(Announcement, &str); 3] = [
    (Announcement::Opening, "opening"),
    (Announcement::SoldOut, "sold out"),
    (Announcement::Closing, "closing"),
];

/// Shows every offer: what it announces on each network, and when it opens and closes.
pub(super) fn show_offers(out: &mut impl Write, file: &OfferFile, deliveries: &Deliveries) -> io::Result<()> {
    let zone = ShopTime::of(&file.shop.time_zone);
    for terms in &file.offers {
        show(out, terms, deliveries)?;
        let times = [("opens", terms.opens), ("closes", terms.closes.named())];
        show_times(out, &zone, &times)?;
    }
    for terms in &file.credits {
        show_credit(out, terms, deliveries)?;
        let times = [
            ("opens", terms.opens),
            ("closes", terms.closes.named()),
            ("valid until", terms.valid_until.named()),
        ];
        show_times(out, &zone, &times)?;
    }
    Ok(())
}

fn show_times(out: &mut impl Write, zone: &ShopTime, times: &[(&str, Timestamp)]) -> io::Result<()> {
    times.iter().try_for_each(|(word, at)| writeln!(out, "  {word} {}", zone.in_both(*at)))?;
    writeln!(out)
}

fn show(out: &mut impl Write, terms: &Terms, deliveries: &Deliveries) -> io::Result<()> {
    writeln!(out, "{}: {} units of {} at {}", terms.id, terms.units, terms.title, terms.price)?;
    let mut announcements = ANNOUNCEMENTS.to_vec();
    announcements.push((Announcement::Restock { units: terms.units }, "back on sale"));
    let seed = terms.rules.draw.map(|rule| rule.seed.reveal());
    if seed.is_some() {
        announcements.push((Announcement::Drawn { entries: terms.units }, "drawn"));
    }
    show_announcements(out, &terms.networks, &announcements, |network, announcement| {
        let text = announce(terms, network, deliveries.of(network), announcement)?;
        // The output may be read by anyone, and the seed is a secret until the draw, so it is masked.
        Some(seed.as_ref().map_or_else(|| text.clone(), |seed| text.replace(seed, &"*".repeat(seed.len()))))
    })
}

fn show_credit(out: &mut impl Write, terms: &CreditTerms, deliveries: &Deliveries) -> io::Result<()> {
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
        announce_credit(terms, network, deliveries.of(network), announcement)
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
    Ok(())
}

fn length(network: Network, text: &str) -> String {
    let limit = network.facts().post_length;
    format!("{network}, weighted length {} of {}", limit.length(text), limit.most)
}

/// Shows the text of every template, one line each; for an e-mail, its beginning and its length.
pub(super) fn show_words(out: &mut impl Write, words: &Words, terms: &Terms) -> io::Result<()> {
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
