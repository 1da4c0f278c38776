//! What an account has of each offer, on the page of the account.

use crate::api::account_view::{AccountActivity, HoldingView};
use crate::api::reservation_view::{ReservationStage, ReservationView};
use crate::domain::id::OfferId;
use crate::domain::offering::Offering;
use crate::http::html::HtmlPage;
use crate::http::state::State;
use crate::intake::catalog::Catalog;

/// Adds what the account ordered, holds and waits for, and what its card is enrolled in.
pub(super) fn orders(page: HtmlPage, state: &State, activity: &AccountActivity) -> HtmlPage {
    let (catalog, now) = (state.node.catalog(), state.node.clock().now());
    let by = |deadline: &str| match deadline.parse() {
        Ok(at) => state.words.deadline(at, now),
        Err(_) => deadline.to_owned(),
    };
    let title = |offer: &OfferId| {
        let listing = catalog.named(offer);
        listing.map_or_else(|| offer.to_string(), |listing| listing.offering.title().to_owned())
    };
    let held = activity.offers.iter().filter_map(|holding| {
        Some((title(&holding.offer), told(holding, confirm_tag(&catalog, holding), by)?))
    });
    let enrolled = activity.enrollments.iter().map(|enrollment| {
        let left = enrollment.uses_left;
        (title(&enrollment.offer), format!("your card is enrolled; purchases that can still earn: {left}"))
    });
    let rows: Vec<(String, String)> = held.chain(enrolled).collect();
    let page = page.part("Orders");
    if rows.is_empty() {
        return page.say("Nothing yet.");
    }
    let rows: Vec<(&str, String)> = rows.iter().map(|(title, told)| (title.as_str(), told.clone())).collect();
    page.list(&rows)
}

/// The tag that orders what is reserved of an offer.
fn confirm_tag<'c>(catalog: &'c Catalog, holding: &HoldingView) -> Option<&'c str> {
    match &catalog.named(&holding.offer)?.offering {
        Offering::Purchase(terms) => terms.tags.confirm.as_deref(),
        Offering::Credit(_) => None,
    }
}

/// What an account has of one offer; `None` if nothing. `by` writes a deadline for people.
fn told(holding: &HoldingView, confirm: Option<&str>, by: impl Fn(&str) -> String) -> Option<String> {
    let mut parts = Vec::new();
    if holding.sold > 0 {
        parts.push(format!("bought: {}", holding.sold));
    }
    if let Some(ReservationView { id, units, stage, deadline, .. }) = &holding.reservation {
        parts.push(match (stage, confirm) {
            (ReservationStage::Held, Some(tag)) => {
                format!("reserved: {units}; post #{tag} before {} to order", by(deadline))
            }
            (ReservationStage::Held, None) => format!("reserved: {units}, until {}", by(deadline)),
            (ReservationStage::Confirmed | ReservationStage::Authorized, _) => {
                format!("ordered: {units}, order {id}; your card is being charged")
            }
            (ReservationStage::Returning, _) => {
                format!("taken back: {units}, order {id}; the money is on its way back to you")
            }
        });
    }
    if let Some(place) = holding.place {
        parts.push(format!("place {place} in line"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
