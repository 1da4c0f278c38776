//! The promise that public announcements are true: each announcement belongs to an event of its own record,
//! and each event that must be announced is.

use std::collections::BTreeMap;

use super::checks::RecordChecks;
use super::credit::CreditModel;
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::effect::{Announcement, Effect};
use crate::domain::event::Event;
use crate::domain::id::{Network, OfferNo};

/// Checks the announcements of a record against its events. Must run after the events are applied.
pub(super) fn check_announcements(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    credits: &BTreeMap<OfferNo, CreditModel>,
    events: &[Event],
    effects: &[Effect],
) {
    let mut announced: BTreeMap<(OfferNo, Announcement, Network), u32> = BTreeMap::new();
    for effect in effects {
        if let Effect::Announce { network, offer, announcement } = effect {
            *announced.entry((*offer, *announcement, *network)).or_default() += 1;
        }
    }
    for event in events {
        let Some(offer) = event.offer() else { continue };
        let model = models.get(&offer);
        let networks = match (model, credits.get(&offer)) {
            (Some(model), _) => &model.terms.networks,
            (None, Some(credit)) => &credit.terms.networks,
            _ => continue,
        };
        let Some(announcement) = announcement_of(model, event) else { continue };
        for &network in networks {
            let times = announced.remove(&(offer, announcement, network)).unwrap_or(0);
            checks.check(Promise::NewsFollowFacts, times == 1, || {
                format!("{announcement:?} of offer {} was announced {times} times on {network}", offer.0)
            });
        }
    }
    for ((offer, announcement, network), times) in announced {
        let is_true = times == 1 && is_restock(models.get(&offer), events, offer, announcement);
        checks.check(Promise::NewsFollowFacts, is_true, || {
            format!("{announcement:?} of offer {} was announced on {network}, and is not true", offer.0)
        });
    }
}

/// Returns the announcement that must follow an event.
fn announcement_of(model: Option<&OfferModel>, event: &Event) -> Option<Announcement> {
    match event {
        Event::OfferOpened { .. } => Some(Announcement::Opening),
        Event::OfferSoldOut { .. } => Some(Announcement::SoldOut),
        Event::OfferClosed { .. } => Some(Announcement::Closing),
        Event::BackOnSale { units, .. } => Some(Announcement::Restock { units: *units }),
        Event::Drawn { .. } => Some(Announcement::Drawn { entries: model?.entries }),
        _ => None,
    }
}

/// Whether the announced units are free for newcomers because the record added units.
fn is_restock(
    model: Option<&OfferModel>,
    events: &[Event],
    offer: OfferNo,
    announcement: Announcement,
) -> bool {
    let (Some(model), Announcement::Restock { units }) = (model, announcement) else { return false };
    let of_offer = |event: &Event| matches!(event, Event::Restocked { offer: of, .. } if *of == offer);
    events.iter().any(of_offer) && i64::from(units) == model.available
}
