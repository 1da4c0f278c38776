//! The promises about effects: each fact asks the world for what must follow, in its own record, and
//! nothing is called done that was not asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::book::Book;
use super::promise::Promise;
use super::standing::OrderStage;
use super::tally::Page;
use crate::domain::effect::{Effect, Notice};
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferNo, ReservationId};
use crate::domain::outcome::Outcome;

/// What an effect asks for, as far as a fact may wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Prompt,
    SoldReply,
    SoldEmail,
    Authorize,
    Capture,
    Void,
    Order,
    Other,
}

/// What an effect asks for, and of which reservation.
fn asked(effect: &Effect) -> (Asked, Option<ReservationId>) {
    let about =
        |notice: &Notice| notice.reservation.map(|ordinal| ReservationId { offer: notice.offer, ordinal });
    match effect {
        Effect::Reply(notice) => match notice.outcome {
            Outcome::Reserved | Outcome::Promoted => (Asked::Prompt, about(notice)),
            Outcome::Sold => (Asked::SoldReply, about(notice)),
            _ => (Asked::Other, about(notice)),
        },
        Effect::Email { notice, .. } if notice.outcome == Outcome::Sold => (Asked::SoldEmail, about(notice)),
        Effect::Email { notice, .. } => (Asked::Other, about(notice)),
        Effect::Authorize(payment) => (Asked::Authorize, Some(payment.id)),
        Effect::Capture(payment) => (Asked::Capture, Some(payment.id)),
        Effect::Void(payment) => (Asked::Void, Some(payment.id)),
        Effect::Refund(payment) => (Asked::Other, Some(payment.id)),
        Effect::Order(payment) => (Asked::Order, Some(payment.id)),
        Effect::Announce { .. } | Effect::Credit(_) | Effect::ReverseCredit(_) => (Asked::Other, None),
    }
}

/// The effects of one partition that are not done.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    open: HashMap<EffectKey, (Asked, Option<ReservationId>)>,
}

impl Outbox {
    /// How many are not done.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Notes an effect. To be called when the facts of its record are settled: a record settles
    /// only what earlier ones asked for.
    pub(super) fn queue(&mut self, key: EffectKey, effect: &Effect) {
        self.open.insert(key, asked(effect));
    }

    /// Strikes out what a fact says is done.
    pub(super) fn settle(&mut self, page: &mut Page<'_>, event: &Event) {
        let of = |id: &ReservationId| Some(*id);
        match event {
            Event::Prompted { id, key, .. } => self.strike(page, key, of(id), &[Asked::Prompt]),
            Event::Authorized { id, key } => self.strike(page, key, of(id), &[Asked::Authorize]),
            Event::Sold { id, key, .. } => self.strike(page, key, of(id), &[Asked::Capture]),
            Event::Declined { id, key, .. } => {
                self.strike(page, key, of(id), &[Asked::Authorize, Asked::Capture]);
            }
            Event::Delivered { keys } => keys.iter().for_each(|key| self.strike(page, key, None, &[])),
            Event::DeadLettered { key, .. } => self.strike(page, key, None, &[]),
            // Money and goods are never let go of, nor is a receipt.
            Event::Dropped { keys } => {
                let droppable = [Asked::Prompt, Asked::SoldReply, Asked::Other];
                keys.iter().for_each(|key| self.strike(page, key, None, &droppable));
            }
            _ => {}
        }
    }

    /// Strikes out one key; it must be of that reservation and one of those kinds, if any are named.
    fn strike(&mut self, page: &mut Page<'_>, key: &EffectKey, of: Option<ReservationId>, kinds: &[Asked]) {
        let open = self.open.remove(key);
        let fits = open.is_some_and(|(asked, about)| {
            (kinds.is_empty() || kinds.contains(&asked)) && (of.is_none() || of == about)
        });
        page.check(Promise::EffectsKnown, fits, || match open {
            Some((asked, _)) => format!("effect {key} is done as what it was not: it asked for {asked:?}"),
            None => format!("effect {key} was not waiting to be done"),
        });
    }
}

/// Holds the effects of a record against its facts, when the facts are entered.
pub(super) fn check_follow(
    page: &mut Page<'_>,
    books: &BTreeMap<OfferNo, Book>,
    events: &[Event],
    effects: &[Effect],
) {
    let mut found: BTreeMap<(Asked, ReservationId), u32> = BTreeMap::new();
    for effect in effects {
        if let (asked, Some(id)) = asked(effect) {
            *found.entry((asked, id)).or_default() += 1;
        }
    }
    check_prompts(page, books, events, effects, &found);
    let follows = |page: &mut Page<'_>, id: &ReservationId, kinds: &[Asked]| {
        for kind in kinds {
            let there = found.contains_key(&(*kind, *id));
            page.check(Promise::PaymentsFollowFacts, there, || {
                format!("reservation {} of offer {} lacks its {kind:?}", id.ordinal, id.offer.0)
            });
        }
    };
    for event in events {
        match event {
            Event::Confirmed { id, .. } => follows(page, id, &[Asked::Authorize]),
            Event::Authorized { id, .. } => follows(page, id, &[Asked::Capture]),
            Event::Sold { id, .. } => {
                follows(page, id, &[Asked::SoldReply, Asked::SoldEmail, Asked::Order]);
            }
            Event::Declined { id, .. } => {
                let order = books.get(&id.offer).and_then(|book| book.orders.get(&id.ordinal));
                if order.is_some_and(|order| order.stage == OrderStage::Declined { authorized: true }) {
                    follows(page, id, &[Asked::Void]);
                }
            }
            _ => {}
        }
    }
}

fn check_prompts(
    page: &mut Page<'_>,
    books: &BTreeMap<OfferNo, Book>,
    events: &[Event],
    effects: &[Effect],
    found: &BTreeMap<(Asked, ReservationId), u32>,
) {
    let mut made = BTreeSet::new();
    let mut confirmed = BTreeSet::new();
    for event in events {
        match event {
            Event::Reserved { id, .. } | Event::Promoted { id, .. } => made.insert(*id),
            Event::Confirmed { id, .. } => confirmed.insert(*id),
            _ => false,
        };
    }
    for id in &made {
        let prompts = found.get(&(Asked::Prompt, *id)).copied().unwrap_or(0);
        let wanted = u32::from(!confirmed.contains(id));
        page.check(Promise::PromptsFollowReservations, prompts == wanted, || {
            format!("reservation {} of offer {} has {prompts} prompts", id.ordinal, id.offer.0)
        });
    }
    for effect in effects {
        let (Effect::Reply(notice), (Asked::Prompt, about)) = (effect, asked(effect)) else { continue };
        let live = about.and_then(|id| books.get(&id.offer)?.live.get(&id.ordinal));
        let to_holder = live.is_none_or(|live| live.claim.account == notice.account);
        let fits = to_holder && about.is_some_and(|id| made.contains(&id));
        page.check(Promise::PromptsFollowReservations, fits, || {
            format!("{} is prompted for what it did not get here", notice.account)
        });
    }
}
