//! Announcements: what the shop posts when a sale opens, sells out, is restocked or closes.
//!
//! An announcement is composed from the terms alone, so checking an offer file today shows what will be
//! posted tomorrow. It always fits its network: the title is cut first, then whole sentences are dropped, the
//! least important first. The tag, the price and the end of the sale always stay.

use compact_str::CompactString;
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::effect::Announcement;
use crate::domain::id::Network;
use crate::domain::money::Rate;
use crate::domain::offering::Offering;
use crate::domain::terms::{Tax, Terms};
use crate::domain::time::Timestamp;
use crate::text::card_brand::brand_name;
use crate::text::length::Limit;
use crate::text::network::{Capabilities, Delivers};

/// The title is not cut below this number of graphemes while a sentence is left to drop.
const TITLE_GRAPHEMES_MIN: usize = 24;

/// How dispensable a sentence is: [`ALWAYS`] is never dropped, the highest number goes first.
type Rank = u8;
const ALWAYS: Rank = 0;
const DROPPED_LAST: Rank = 1;
const DROPPED_FIRST: Rank = 4;

/// The parts of an announcement: the opening words, the title, and the sentences after it.
struct Parts {
    opener: &'static str,
    sentences: Vec<(Rank, String)>,
}

/// The text that the shop posts about an offer of either kind, within the limit of where it is posted.
#[must_use]
pub fn announce_offering(
    offering: &Offering,
    limit: Limit,
    delivers: Capabilities,
    announcement: Announcement,
) -> Option<String> {
    match offering {
        Offering::Purchase(terms) => announce_within(terms, limit, delivers, announcement),
        Offering::Credit(terms) => announce_credit_within(terms, limit, delivers, announcement),
    }
}

/// The text that the shop posts on `network`, which delivers what `delivers` says. `None` if even the shortest form does
/// not fit; the check of the offer file excludes this for offers on sale.
#[must_use]
pub fn announce(
    terms: &Terms,
    network: Network,
    delivers: Capabilities,
    announcement: Announcement,
) -> Option<String> {
    announce_within(terms, network.facts().post_length, delivers, announcement)
}

fn announce_within(
    terms: &Terms,
    limit: Limit,
    delivers: Capabilities,
    announcement: Announcement,
) -> Option<String> {
    let verb = verb(delivers);
    let parts = match announcement {
        Announcement::Opening => opening(terms, verb),
        Announcement::SoldOut => sold_out(),
        Announcement::Closing => closing(terms),
        Announcement::Restock { units } => restock(terms, units, verb),
        Announcement::Drawn { entries } => drawn(terms, entries),
    };
    fitting(&parts, &terms.title, limit)
}

/// The text that the shop posts on `network` about a statement-credit offer. `None` if even the shortest form
/// does not fit, and for announcements that such an offer never makes.
#[must_use]
pub fn announce_credit(
    terms: &CreditTerms,
    network: Network,
    delivers: Capabilities,
    announcement: Announcement,
) -> Option<String> {
    announce_credit_within(terms, network.facts().post_length, delivers, announcement)
}

fn announce_credit_within(
    terms: &CreditTerms,
    limit: Limit,
    delivers: Capabilities,
    announcement: Announcement,
) -> Option<String> {
    let parts = match announcement {
        Announcement::Opening => credit_opening(terms, verb(delivers)),
        Announcement::SoldOut => credit_full(terms),
        Announcement::Closing => credit_closing(terms),
        Announcement::Restock { .. } | Announcement::Drawn { .. } => return None,
    };
    fitting(&parts, &terms.title, limit)
}

/// What readers do with a tag: where only posts come that answer or mention the shop, they reply to the announcement.
fn verb(delivers: Capabilities) -> &'static str {
    if delivers.fresh_post == Delivers::IfMentioned { "Reply" } else { "Post" }
}

/// The longest text of these parts within the limit.
fn fitting(parts: &Parts, title: &str, limit: Limit) -> Option<String> {
    let title: Vec<&str> = title.trim().graphemes(true).collect();
    (ALWAYS..=DROPPED_FIRST).rev().find_map(|rank| {
        let shortest = if rank == ALWAYS { 1 } else { TITLE_GRAPHEMES_MIN.min(title.len()) };
        let text_at = |shown| compose(parts, &cut(&title, shown), rank);
        // Tries every length, longest first: a cut can turn text into a link, which counts for more
        // characters.
        (shortest..=title.len()).rev().map(text_at).find(|text| limit.fits(text))
    })
}

/// Whether the network accepts a text of that length.
#[must_use]
pub fn fits(network: Network, text: &str) -> bool {
    network.facts().post_length.fits(text)
}

fn opening(terms: &Terms, verb: &str) -> Parts {
    let mut sentences = vec![(ALWAYS, format!(" for {}", priced(terms)))];
    sentences.push((DROPPED_FIRST, format!(" with your linked {}", cards(&terms.brands))));
    sentences.push((ALWAYS, format!(". {verb} #{} to buy.", terms.tags.buy)));
    sentences.push((DROPPED_LAST, " Qty ltd.".to_owned()));
    sentences.push((2, format!(" Limit {} each.", terms.limit_per_account)));
    sentences.push((ALWAYS, format!(" Ends {}.", minute(terms.closes.named()))));
    if let Some(rule) = &terms.rules.draw {
        let (minutes, hash) = (rule.window.in_words(), rule.seed.hash());
        // The hash must be public before the sale for the draw to be verifiable after it, so this sentence
        // always stays.
        sentences.push((ALWAYS, format!(" Drawn by lot from the first {minutes}, seed SHA-256 {hash}.")));
    }
    if let Some(url) = &terms.terms_url {
        sentences.push((3, format!(" Terms: {url}")));
    }
    Parts { opener: "", sentences }
}

fn restock(terms: &Terms, units: u32, verb: &str) -> Parts {
    let count = if units == 1 { ": 1 unit".to_owned() } else { format!(": {units} units") };
    let sentences = vec![
        (DROPPED_LAST, count),
        (ALWAYS, format!(" for {}. {verb} #{} to buy.", terms.price, terms.tags.buy)),
        (ALWAYS, format!(" Ends {}.", minute(terms.closes.named()))),
    ];
    Parts { opener: "Back on sale: ", sentences }
}

/// Reveals the seed, so that everyone can recompute the draw.
fn drawn(terms: &Terms, entries: u32) -> Parts {
    let seed = terms.rules.draw.map(|rule| rule.seed.reveal()).unwrap_or_default();
    let sentences = vec![
        (DROPPED_LAST, format!(", {entries} entries")),
        (ALWAYS, format!(". The seed was {seed}.")),
        (DROPPED_FIRST, " Claims queue from now on.".to_owned()),
    ];
    Parts { opener: "Drawn: ", sentences }
}

/// Uses the title instead of the tag: a tag in a post invites readers to post it.
fn sold_out() -> Parts {
    let closing_sentence = (DROPPED_LAST, " Every unit has found its buyer. Thank you!".to_owned());
    Parts { opener: "Sold out: ", sentences: vec![(ALWAYS, ".".to_owned()), closing_sentence] }
}

fn closing(terms: &Terms) -> Parts {
    let mut sentences = vec![(ALWAYS, ". This sale is over.".to_owned())];
    if !terms.one_step() {
        let reserved = " A unit that is reserved for you can still be confirmed within its time.";
        sentences.push((DROPPED_LAST, reserved.to_owned()));
    }
    Parts { opener: "Closed: ", sentences }
}

fn credit_opening(terms: &CreditTerms, verb: &str) -> Parts {
    let most = terms.enrollments;
    let reward = match terms.reward {
        Reward::Fixed(credit) => format!("{credit} back on"),
        Reward::Share { rate, most } => format!("{rate} back, up to {most}, on"),
    };
    let uses = match terms.uses_per_card {
        1 => " Once per card.".to_owned(),
        uses => format!(" Up to {uses} times per card."),
    };
    let mut sentences = vec![(ALWAYS, format!(": {reward} {} or more", terms.min_spend))];
    sentences.push((DROPPED_FIRST, format!(" with your linked {}", cards(&terms.brands))));
    sentences.push((ALWAYS, format!(". {verb} #{} to enroll.", terms.enroll)));
    sentences.push((DROPPED_LAST, format!(" First {most} {}.", if most == 1 { "card" } else { "cards" })));
    sentences.push((2, uses));
    let (closes, valid_until) = (minute(terms.closes.named()), minute(terms.valid_until.named()));
    sentences.push((ALWAYS, format!(" Enroll by {closes}, spend by {valid_until}.")));
    if let Some(url) = &terms.terms_url {
        sentences.push((3, format!(" Terms: {url}")));
    }
    Parts { opener: "", sentences }
}

/// Uses the title instead of the tag, as every announcement does that invites nobody to post.
fn credit_full(terms: &CreditTerms) -> Parts {
    let rest = (DROPPED_LAST, still_earning(terms));
    Parts { opener: "Fully enrolled: ", sentences: vec![(ALWAYS, ".".to_owned()), rest] }
}

fn credit_closing(terms: &CreditTerms) -> Parts {
    let over = (ALWAYS, ". Enrolling is over.".to_owned());
    Parts { opener: "Closed: ", sentences: vec![over, (DROPPED_LAST, still_earning(terms))] }
}

fn still_earning(terms: &CreditTerms) -> String {
    format!(" Purchases with enrolled cards count until {}.", minute(terms.valid_until.named()))
}

fn compose(parts: &Parts, title: &str, rank: Rank) -> String {
    let kept = parts.sentences.iter().filter(|(needed, _)| *needed <= rank);
    let tail: String = kept.map(|(_, sentence)| sentence.as_str()).collect();
    format!("{}{title}{tail}", parts.opener)
}

/// The first `shown` graphemes of the title, with an ellipsis if some are cut.
fn cut(title: &[&str], shown: usize) -> String {
    let head: String = title.iter().take(shown).copied().collect();
    if shown < title.len() { format!("{}…", head.trim_end()) } else { head }
}

/// The price, with what is added to it or included in it.
fn priced(terms: &Terms) -> String {
    let tax = match (taxed(&terms.tax), terms.rules.price_includes_tax) {
        (true, true) => " incl. VAT",
        (true, false) => " +tax",
        (false, _) => "",
    };
    let shipping = terms.rules.shipping.map(|shipping| format!(" +{shipping} shipping"));
    format!("{}{tax}{}", terms.price, shipping.unwrap_or_default())
}

fn taxed(tax: &Tax) -> bool {
    match tax {
        Tax::Flat(rate) => *rate > Rate::ZERO,
        Tax::ByRegion(rates) => rates.values().any(|rate| *rate > Rate::ZERO),
    }
}

/// The accepted cards: "card", "Visa or American Express card", "Mastercard".
fn cards(brands: &[CompactString]) -> String {
    let names: Vec<&str> = brands.iter().map(|brand| brand_name(brand)).collect();
    match names.join(" or ") {
        names if names.ends_with("card") => names,
        names if names.is_empty() => "card".to_owned(),
        names => format!("{names} card"),
    }
}

/// Formats an instant to the minute, year first, so that no reader takes the month for the day. Rounds down,
/// so that no reader is promised a minute that the sale does not have.
fn minute(instant: Timestamp) -> String {
    let text = instant.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or(time))
}
