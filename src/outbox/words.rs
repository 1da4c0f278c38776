//! The words of the shop: replies and letters, each made from what is told and the offer's terms. What
//! it says to everybody stands in [`crate::domain::announcement`]. A reply fits into a post whatever the offer is called.

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::effect::Notice;
use crate::domain::id::ReservationId;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::terms::{Tax, Terms};
use crate::domain::time::Timestamp;

/// How much of a title is told; the rest is an ellipsis.
pub const TITLE_CHARS_MAX: usize = 60;

/// A letter to a buyer, in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text; lines end with `\n`.
    pub body: String,
}

/// The text of a reply. Nothing for outcomes that are not answered on the network.
#[must_use]
pub fn reply(notice: &Notice, terms: &Terms) -> Option<String> {
    let title = title(terms);
    Some(match notice.outcome {
        Outcome::Reserved => format!("{title} is reserved for you. {}", ask_to_confirm(terms)),
        Outcome::Promoted => format!("Your turn: {title} is reserved for you now. {}", ask_to_confirm(terms)),
        Outcome::Waitlisted | Outcome::AlreadyWaiting => match notice.place {
            Some(place) => format!("All of {title} is reserved just now. You are number {place} in line."),
            None => format!("All of {title} is reserved just now. You are in line."),
        },
        Outcome::Confirmed => format!("Your order of {title} is placed. We are charging your card."),
        Outcome::Sold => {
            let amount = notice.amount.map(|amount| format!(" for {amount}")).unwrap_or_default();
            format!("{title} is yours{amount}. Your order: {}", order(notice, terms))
        }
        Outcome::Declined => {
            format!("Your card was declined, so the order of {title} is off. Nothing was charged.")
        }
        Outcome::Expired => {
            format!("Your time to confirm {title} is over, and the unit went on. Nothing was charged.")
        }
        Outcome::Released => format!("You passed {title} on. Nothing was charged."),
        Outcome::Refunded => format!("Your money for {title} is on its way back to your card."),
        Outcome::SoldOut => format!("{title} is sold out. Sorry that it was not enough for you this time."),
        Outcome::FullyReserved => {
            format!("All of {title} is reserved just now. Units may come back: try again later.")
        }
        Outcome::NotLinked => format!("To buy {title}, link your card on our page first, then post again."),
        Outcome::CardIneligible => format!("The card you linked cannot be used for {title}."),
        Outcome::NotOpen => format!("{title} goes on sale at {}. Post again then.", moment(terms.opens)),
        Outcome::Closed => format!("The sale of {title} is over."),
        Outcome::Paused => format!("The sale of {title} is paused. Try again later."),
        Outcome::LimitReached => format!("You have all of {title} that one account may buy."),
        Outcome::AlreadyReserved => {
            format!("{title} is already reserved for you. {}", ask_to_confirm(terms))
        }
        Outcome::NothingToConfirm => format!(
            "There is no reservation of {title} for you to confirm. To ask for one, post #{}",
            terms.tags.buy
        ),
        Outcome::ConfirmLate => {
            format!("Your confirmation of {title} came too late: the unit went on. Nothing was charged.")
        }
        Outcome::LookAlikeTag => {
            format!("That tag only looks like ours. To buy {title}, post #{}", terms.tags.buy)
        }
        Outcome::SpendCap => format!("{title} would take you over your spending limit for today."),
        Outcome::Frozen => format!("Your buying is frozen, so {title} was not reserved."),
        _ => return None,
    })
}

/// The letter that goes with an outcome.
#[must_use]
pub fn letter(notice: &Notice, terms: &Terms) -> Letter {
    let title = whole_title(terms);
    let subject = match notice.outcome {
        Outcome::Sold => format!("Your order of {title}"),
        Outcome::Reserved | Outcome::Promoted => format!("{title} is reserved for you"),
        outcome => format!("{title}: {}", outcome.code().replace('_', " ")),
    };
    let first = match notice.outcome {
        Outcome::Sold => "Thank you for your order. Your card has been charged.".to_owned(),
        Outcome::Reserved | Outcome::Promoted => ask_to_confirm(terms),
        _ => reply(notice, terms).unwrap_or_default(),
    };
    let amount = notice.amount.map(|amount| amount.to_string());
    let quantity = notice.amount.and_then(|amount| units_of(amount, terms)).map(|units| units.to_string());
    let order = (notice.reservation.is_some()).then(|| order(notice, terms));
    let rows = [("Item", Some(title)), ("Quantity", quantity), ("Total", amount), ("Order", order)];
    let mut body = format!("{first}\n\n");
    for (name, value) in rows {
        if let Some(value) = value {
            body.push_str(&format!("{name:<10}{value}\n"));
        }
    }
    if let Some(url) = &terms.terms_url {
        body.push_str(&format!("\nTerms: {url}\n"));
    }
    Letter { subject, body }
}

/// The public id of the order or reservation that is told of.
fn order(notice: &Notice, terms: &Terms) -> String {
    let id = |ordinal| ReservationId { offer: notice.offer, ordinal }.public(&terms.id);
    notice.reservation.map(id).unwrap_or_default()
}

fn ask_to_confirm(terms: &Terms) -> String {
    match &terms.tags.confirm {
        Some(tag) => format!("To buy it, post #{tag} within {}.", terms.confirm_within.in_words()),
        None => "Your order is being placed.".to_owned(),
    }
}

/// How many units come to this amount; nothing, where the terms leave that open. A notice does not say.
fn units_of(amount: Money, terms: &Terms) -> Option<u32> {
    let comes_to = |units: u32| match &terms.tax {
        Tax::Flat(_) => terms.total(units, "") == Some(amount),
        Tax::ByRegion(rates) => rates.keys().any(|region| terms.total(units, region) == Some(amount)),
    };
    let mut fits = (1..=terms.limit_per_account.min(100)).filter(|units| comes_to(*units));
    let first = fits.next();
    first.filter(|_| fits.next().is_none())
}

/// The title on one line.
fn whole_title(terms: &Terms) -> String {
    terms.title.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).fold(
        String::new(),
        |mut line, word| {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        },
    )
}

/// The title on one line and short enough, never cut inside of what a reader takes for one letter.
fn title(terms: &Terms) -> String {
    let whole = whole_title(terms);
    if whole.chars().count() <= TITLE_CHARS_MAX {
        return whole;
    }
    let (mut cut, mut chars) = (String::new(), 0);
    for letter in whole.graphemes(true) {
        chars += letter.chars().count();
        if chars >= TITLE_CHARS_MAX {
            break;
        }
        cut.push_str(letter);
    }
    format!("{}…", cut.trim_end())
}

/// An instant as people read it: `2013-02-13 17:00 UTC`, with seconds where they matter.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let seconds = time.get(..8).unwrap_or_default();
    format!("{day} {} UTC", seconds.strip_suffix(":00").unwrap_or(seconds))
}
