//! The promises about effects: each event emits the effects that it requires, in its own record, and prompts
//! go to the right account.

use std::collections::{BTreeMap, BTreeSet};

use super::attestation::is_unattested;
use super::checks::RecordChecks;
use super::entries::{Live, Order, OrderStage};
use super::offer_model::OfferModel;
use super::outbox::{Asked, asked};
use super::promise::Promise;
use crate::domain::effect::Effect;
use crate::domain::event::{Authorized, Event};
use crate::domain::id::{EffectKey, OfferNo, ReservationId};

/// Checks the effects of a record against its events. Must run after the events are applied.
pub(super) fn check_consequences(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    events: &[Event],
    effects: &[Effect],
) {
    let mut found: BTreeMap<(Asked, ReservationId), u32> = BTreeMap::new();
    for effect in effects {
        if let (asked, Some(id)) = asked(effect) {
            *found.entry((asked, id)).or_default() += 1;
        }
    }
    check_prompts(checks, models, events, effects, &found);
    let follows = |checks: &mut RecordChecks<'_>, id: &ReservationId, kinds: &[Asked]| {
        for kind in kinds {
            let requested = found.contains_key(&(*kind, *id));
            checks.check(Promise::PaymentsFollowFacts, requested, || {
                format!("reservation {} of offer {} lacks its {kind:?}", id.ordinal, id.offer.0)
            });
        }
    };
    for event in events {
        match event {
            Event::Confirmed { id, .. } => follows(checks, id, &[Asked::Authorize]),
            Event::Joined { id, into, .. } => {
                let whole = ReservationId { ordinal: *into, ..*id };
                follows(checks, &whole, &[Asked::Authorize]);
            }
            Event::Authorized(Authorized { id, .. }) => follows(checks, id, &[Asked::Capture]),
            Event::Sold { id, .. } => check_sale(checks, models, events, id, follows),
            Event::Refunded { id, .. } => follows(checks, id, &[Asked::RefundedReply, Asked::RefundedEmail]),
            Event::OrderFinal { id } => follows(checks, id, &[Asked::Order]),
            Event::TakenBack { id, .. } if stage(models, id) == Some(OrderStage::Returning) => {
                follows(checks, id, &[Asked::Refund]);
            }
            Event::Declined { id, reason, key, .. }
                if is_unattested(reason) && !is_operators_word(events, *key) =>
            {
                follows(checks, id, &[Asked::Letter]);
            }
            Event::Declined { id, key, .. }
                if stage(models, id) == Some(OrderStage::Declined { authorized: true })
                    || is_operators_word(events, *key) =>
            {
                follows(checks, id, &[Asked::Void]);
            }
            _ => {}
        }
    }
}

/// Whether an operator settled the payment, and not its provider: it may have been taken in spite of that.
fn is_operators_word(events: &[Event], payment: EffectKey) -> bool {
    events.iter().any(|event| matches!(event, Event::DeadLetterSettled { key, .. } if *key == payment))
}

fn order<'b>(models: &'b BTreeMap<OfferNo, OfferModel>, id: &ReservationId) -> Option<&'b Order> {
    models.get(&id.offer)?.orders.get(&id.ordinal)
}

fn stage(models: &BTreeMap<OfferNo, OfferModel>, id: &ReservationId) -> Option<OrderStage> {
    order(models, id).map(|order| order.stage)
}

/// A sale is reported to its buyer and ordered from the merchant. Two exceptions: a sale that is taken back at
/// once is neither reported nor ordered, and a sale that can still be taken back is not ordered yet.
fn check_sale(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    events: &[Event],
    id: &ReservationId,
    follows: impl Fn(&mut RecordChecks<'_>, &ReservationId, &[Asked]),
) {
    let noted = order(models, id).is_some_and(|order| order.taking_back.is_some());
    let is_taken_back =
        |event: &Event| matches!(event, Event::TakenBack { id: of, noted: true, .. } if of == id);
    checks.check(Promise::RefundsFollowTakeBacks, events.iter().any(is_taken_back) == noted, || {
        format!("reservation {} of offer {} was taken back before it was sold", id.ordinal, id.offer.0)
    });
    if noted {
        return;
    }
    follows(checks, id, &[Asked::SoldReply, Asked::SoldEmail]);
    let revocable = models.get(&id.offer).is_some_and(|model| model.terms.rules.take_back.is_some());
    if !revocable {
        follows(checks, id, &[Asked::Order]);
    }
}

fn check_prompts(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, OfferModel>,
    events: &[Event],
    effects: &[Effect],
    found: &BTreeMap<(Asked, ReservationId), u32>,
) {
    let mut made = BTreeSet::new();
    let mut mailed = BTreeSet::new();
    let mut confirmed = BTreeSet::new();
    let bounced = events.iter().any(|event| matches!(event, Event::MailBounced { .. }));
    for event in events {
        match event {
            Event::Reserved { id, .. } | Event::Promoted { id, .. } => made.insert(*id),
            Event::PromptMailed { id, .. } => mailed.insert(*id),
            Event::Confirmed { id, .. } => confirmed.insert(*id),
            _ => false,
        };
    }
    for id in &made {
        let prompts = found.get(&(Asked::Prompt, *id)).copied().unwrap_or(0);
        let wanted = u32::from(!confirmed.contains(id));
        checks.check(Promise::PromptsFollowReservations, prompts == wanted, || {
            format!("reservation {} of offer {} has {prompts} prompts", id.ordinal, id.offer.0)
        });
    }
    for id in &mailed {
        let prompts = found.get(&(Asked::MailedPrompt, *id)).copied().unwrap_or(0);
        checks.check(Promise::PromptsFollowReservations, prompts == 1, || {
            format!("reservation {} of offer {} has {prompts} prompts by e-mail", id.ordinal, id.offer.0)
        });
    }
    for effect in effects {
        let (request, to, due) = match effect {
            Effect::Reply(request) => (request, None, &made),
            Effect::Email { to, request } => (request, Some(to), &mailed),
            _ => continue,
        };
        let (Asked::Prompt | Asked::MailedPrompt, about) = asked(effect) else { continue };
        let live = about.and_then(|id| models.get(&id.offer)?.live.get(&id.ordinal));
        let to_holder = live.is_none_or(|live| {
            live.claim.account == request.account && to.is_none_or(|to| *to == live.claim.email)
        });
        let again = || bounced && to.is_none() && live.is_some_and(Live::awaits_reply);
        let fits = to_holder && (about.is_some_and(|id| due.contains(&id)) || again());
        checks.check(Promise::PromptsFollowReservations, fits, || {
            format!("{} is prompted for what it did not get here", request.account)
        });
    }
}
