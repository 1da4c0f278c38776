//! The promise that what the shop says to everybody is true: each announcement is of a fact of its own
//! record, and each such fact is announced.

use std::collections::BTreeMap;

use super::book::Book;
use super::credit::CreditBook;
use super::promise::Promise;
use super::tally::RecordChecks;
use crate::domain::effect::{Announcement, Effect};
use crate::domain::event::Event;
use crate::domain::id::{Network, OfferNo};

/// Holds the announcements of a record against its facts, when the facts are entered.
pub(super) fn check_news(
    page: &mut RecordChecks<'_>,
    books: &BTreeMap<OfferNo, Book>,
    credits: &BTreeMap<OfferNo, CreditBook>,
    events: &[Event],
    effects: &[Effect],
) {
    let mut said: BTreeMap<(OfferNo, Announcement, Network), u32> = BTreeMap::new();
    for effect in effects {
        if let Effect::Announce { network, offer, news } = effect {
            *said.entry((*offer, *news, *network)).or_default() += 1;
        }
    }
    for event in events {
        let Some(offer) = event.offer() else { continue };
        let book = books.get(&offer);
        let networks = match (book, credits.get(&offer)) {
            (Some(book), _) => &book.terms.networks,
            (None, Some(credit)) => &credit.terms.networks,
            _ => continue,
        };
        let Some(news) = told(book, event) else { continue };
        for &network in networks {
            let times = said.remove(&(offer, news, network)).unwrap_or(0);
            page.check(Promise::NewsFollowFacts, times == 1, || {
                format!("{news:?} of offer {} was said {times} times on {network}", offer.0)
            });
        }
    }
    for ((offer, news, network), times) in said {
        let true_word = times == 1 && is_restock(books.get(&offer), events, offer, news);
        page.check(Promise::NewsFollowFacts, true_word, || {
            format!("{news:?} of offer {} was said on {network}, and is not so", offer.0)
        });
    }
}

/// What must be said of a fact.
fn told(book: Option<&Book>, event: &Event) -> Option<Announcement> {
    match event {
        Event::OfferOpened { .. } => Some(Announcement::Opening),
        Event::OfferSoldOut { .. } => Some(Announcement::SoldOut),
        Event::OfferClosed { .. } => Some(Announcement::Closing),
        Event::BackOnSale { units, .. } => Some(Announcement::Restock { units: *units }),
        Event::Drawn { .. } => Some(Announcement::Drawn { entries: book?.entries }),
        _ => None,
    }
}

/// Whether there are so many units for newcomers, because some were added.
fn is_restock(book: Option<&Book>, events: &[Event], offer: OfferNo, news: Announcement) -> bool {
    let (Some(book), Announcement::Restock { units }) = (book, news) else { return false };
    let of_offer = |event: &Event| matches!(event, Event::Restocked { offer: of, .. } if *of == offer);
    events.iter().any(of_offer) && i64::from(units) == book.available
}
