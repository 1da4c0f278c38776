//! The promise that no card is asked for words that only a relay told of.

use std::collections::BTreeMap;

use super::checks::RecordChecks;
use super::entries::Order;
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::effect::{Effect, Payment};
use crate::domain::event::Event;
use crate::domain::heard_posts::{HeardPost, Unattested};
use crate::domain::id::{OfferNo, PostId, ReservationId};

/// Whether the reason of a decline is that a post is not attested.
pub(super) fn is_unattested(reason: &str) -> bool {
    Unattested::ALL.iter().any(|why| why.reason() == reason)
}

/// Checks the authorizations of a record against the posts that relays told of, and the orders that it calls off. Must
/// run after the events are applied.
pub(super) fn check_attestations(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    events: &[Event],
    effects: &[Effect],
) {
    for event in events {
        match event {
            Event::Confirmed { id, post, .. } => {
                let Some((model, order)) = order(models, id) else { continue };
                let asked = effects.iter().find_map(|effect| match effect {
                    Effect::Authorize(payment) if payment.id == *id => Some(payment),
                    _ => None,
                });
                let Some(payment) = asked else { continue };
                let told = told_by_relays(model, order, post);
                let fits = is_to_be_read(model, id, payment, &told);
                checks.check(Promise::HeardPostsAttested, fits, || {
                    let name = id.public(&model.terms.id);
                    format!(
                        "the card of order {name} is asked before its {} posts are read again",
                        told.len()
                    )
                });
            }
            Event::Declined { id, reason, .. } if is_unattested(reason) => {
                let fits =
                    order(models, id).is_none_or(|(_, order)| order.rests_on_heard || order.by_operator);
                checks.check(Promise::HeardPostsAttested, fits, || {
                    format!("order {} of offer {} rests on no post of a relay", id.ordinal, id.offer.0)
                });
            }
            _ => {}
        }
    }
}

fn order<'b>(
    models: &'b BTreeMap<OfferNo, OfferModel>,
    id: &ReservationId,
) -> Option<(&'b OfferModel, &'b Order)> {
    let model = models.get(&id.offer)?;
    Some((model, model.orders.get(&id.ordinal)?))
}

/// The claim of the order and its confirmation, as far as relays told of them.
fn told_by_relays(model: &OfferModel, order: &Order, confirmation: &PostId) -> Vec<HeardPost> {
    let claim = order.claim.cid.as_deref().map(|cid| (&order.claim.post, cid));
    let confirmed_by = (order.claim.account.clone(), confirmation.clone());
    let confirmation = model.heard.get(&confirmed_by).map(|cid| (confirmation, cid));
    let posts = claim.into_iter().chain(confirmation.filter(|(post, _)| **post != order.claim.post));
    posts.map(|(post, cid)| HeardPost { post: post.clone(), cid: cid.clone() }).collect()
}

/// Whether the payment waits for exactly these posts, until the window of the reservation ends at least.
fn is_to_be_read(model: &OfferModel, id: &ReservationId, payment: &Payment, told: &[HeardPost]) -> bool {
    match &payment.heard {
        None => told.is_empty(),
        Some(heard) => {
            let deadline = model.live.get(&id.ordinal).map(|live| live.deadline);
            !told.is_empty() && heard.posts == told && deadline.is_none_or(|deadline| heard.until >= deadline)
        }
    }
}
