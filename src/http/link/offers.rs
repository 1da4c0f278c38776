//! What an account can buy with its card, told when the card is linked and not at the sale.

use crate::domain::end::End;
use crate::domain::id::Network;
use crate::domain::link::Link;
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;
use crate::http::html::HtmlPage;
use crate::http::state::State;

/// Upper bound on the offers that a page lists.
const OFFERS_MOST: usize = 50;

/// Adds what is for sale, with the tag of each offer, or that its card does not pay for it.
pub(super) fn for_sale(page: HtmlPage, state: &State, network: Network, link: &Link) -> HtmlPage {
    let now = state.node.clock().now();
    let catalog = state.node.catalog();
    let open = catalog.listings().iter().map(|listing| &listing.offering).filter(|offer| now < end(offer));
    let rows: Vec<(&str, String)> =
        open.take(OFFERS_MOST).map(|offer| (offer.title(), what_to_post(offer, link, now))).collect();
    if rows.is_empty() {
        return page;
    }
    let page = page.part("What you can post");
    let page = page.list(&rows);
    if network == Network::X { page.say("On X, post it as a reply to a post of the shop.") } else { page }
}

fn what_to_post(offer: &Offering, link: &Link, now: Timestamp) -> String {
    let (accepts, tag) = match offer {
        Offering::Purchase(terms) => (terms.accepts(link), &terms.tags.buy),
        Offering::Credit(terms) => (terms.accepts(link), &terms.enroll),
    };
    if !accepts {
        "This card does not pay for it.".to_owned()
    } else if now < offer.opens() {
        format!("#{tag}, once it opens")
    } else {
        format!("#{tag}")
    }
}

fn end(offer: &Offering) -> Timestamp {
    match offer {
        Offering::Purchase(terms) => End::after(terms.closes),
        Offering::Credit(terms) => End::after(terms.closes),
    }
}
