//! The promises about effects: each fact asks the world for what must follow, in its own record, and
//! nothing is called done that was not asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::book::Book;
use super::promise::Promise;
use super::standing::{Order, OrderStage};
use super::tally::Page;
use crate::domain::effect::{Effect, Notice};
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferNo, ReservationId};
use crate::domain::outcome::Outcome;

/// What an effect asks for, as far as a fact may wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Prompt,
    MailedPrompt,
    SoldReply,
    SoldEmail,
    RefundedReply,
    RefundedEmail,
    Authorize,
    Capture,
    Void,
    Refund,
    Order,
    Other,
}

impl Asked {
    /// What may be left undone: words, and never money or goods.
    const WORDS: [Self; 7] = [
        Self::Prompt,
        Self::MailedPrompt,
        Self::SoldReply,
        Self::SoldEmail,
        Self::RefundedReply,
        Self::RefundedEmail,
        Self::Other,
    ];
}

/// What an effect asks for, and of which reservation.
fn asked(effect: &Effect) -> (Asked, Option<ReservationId>) {
    let about =
        |notice: &Notice| notice.reservation.map(|ordinal| ReservationId { offer: notice.offer, ordinal });
    match effect {
        Effect::Reply(notice) => match notice.outcome {
            Outcome::Reserved | Outcome::Promoted => (Asked::Prompt, about(notice)),
            Outcome::Sold => (Asked::SoldReply, about(notice)),
            Outcome::Refunded => (Asked::RefundedReply, about(notice)),
            _ => (Asked::Other, about(notice)),
        },
        Effect::Email { notice, .. } => match notice.outcome {
            Outcome::Reserved | Outcome::Promoted => (Asked::MailedPrompt, about(notice)),
            Outcome::Sold => (Asked::SoldEmail, about(notice)),
            Outcome::Refunded => (Asked::RefundedEmail, about(notice)),
            _ => (Asked::Other, about(notice)),
        },
        Effect::Authorize(payment) => (Asked::Authorize, Some(payment.id)),
        Effect::Capture(payment) => (Asked::Capture, Some(payment.id)),
        Effect::Void(payment) => (Asked::Void, Some(payment.id)),
        Effect::Refund(payment) => (Asked::Refund, Some(payment.id)),
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

    /// Strikes out what a fact says is done. Returns the orders whose cards answered though nothing of the
    /// order waited for it any more.
    pub(super) fn settle(&mut self, page: &mut Page<'_>, event: &Event) -> Vec<ReservationId> {
        let mut one = |key, id: &ReservationId, kinds: &[Asked]| {
            self.strike(page, key, Some(*id), kinds);
        };
        match event {
            Event::Prompted { id, key, .. } => one(key, id, &[Asked::Prompt]),
            Event::PromptMailed { id, key: Some(key) } => one(key, id, &[Asked::Prompt]),
            Event::Authorized { id, key } => one(key, id, &[Asked::Authorize]),
            Event::Sold { id, key, .. } => one(key, id, &[Asked::Capture]),
            Event::Declined { id, key, .. } => one(key, id, &[Asked::Authorize, Asked::Capture]),
            Event::Refunded { id, key, .. } => one(key, id, &[Asked::Refund]),
            Event::Delivered { keys } => {
                let done = keys.iter().filter_map(|key| self.strike(page, key, None, &[]));
                let answered = done.filter(|(asked, _)| *asked == Asked::Authorize);
                return answered.filter_map(|(_, id)| id).collect();
            }
            Event::Dropped { keys } => {
                for key in keys {
                    self.strike(page, key, None, &Asked::WORDS);
                }
            }
            Event::DeadLettered { key, .. } => {
                self.strike(page, key, None, &[]);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Strikes out one key; it must be of that reservation and one of those kinds, if any are named.
    fn strike(
        &mut self,
        page: &mut Page<'_>,
        key: &EffectKey,
        of: Option<ReservationId>,
        kinds: &[Asked],
    ) -> Option<(Asked, Option<ReservationId>)> {
        let open = self.open.remove(key);
        let fits = open.is_some_and(|(asked, about)| {
            (kinds.is_empty() || kinds.contains(&asked)) && (of.is_none() || of == about)
        });
        page.check(Promise::EffectsKnown, fits, || match open {
            Some((asked, _)) => format!("effect {key} is done as what it was not: it asked for {asked:?}"),
            None => format!("effect {key} was not waiting to be done"),
        });
        open
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
            Event::Sold { id, .. } => check_sale(page, books, events, id, follows),
            Event::Refunded { id, .. } => follows(page, id, &[Asked::RefundedReply, Asked::RefundedEmail]),
            Event::OrderFinal { id } => follows(page, id, &[Asked::Order]),
            Event::TakenBack { id, .. } if stage(books, id) == Some(OrderStage::Returning) => {
                follows(page, id, &[Asked::Refund]);
            }
            Event::Declined { id, .. }
                if stage(books, id) == Some(OrderStage::Declined { authorized: true }) =>
            {
                follows(page, id, &[Asked::Void]);
            }
            _ => {}
        }
    }
}

fn order<'b>(books: &'b BTreeMap<OfferNo, Book>, id: &ReservationId) -> Option<&'b Order> {
    books.get(&id.offer)?.orders.get(&id.ordinal)
}

fn stage(books: &BTreeMap<OfferNo, Book>, id: &ReservationId) -> Option<OrderStage> {
    order(books, id).map(|order| order.stage)
}

/// What is sold is told and ordered; but what is taken back in the same instant is not, and nothing is
/// ordered that still can be.
fn check_sale(
    page: &mut Page<'_>,
    books: &BTreeMap<OfferNo, Book>,
    events: &[Event],
    id: &ReservationId,
    follows: impl Fn(&mut Page<'_>, &ReservationId, &[Asked]),
) {
    let noted = order(books, id).is_some_and(|order| order.taking_back.is_some());
    let is_taken_back =
        |event: &Event| matches!(event, Event::TakenBack { id: of, noted: true, .. } if of == id);
    page.check(Promise::RefundsFollowTakeBacks, events.iter().any(is_taken_back) == noted, || {
        format!("reservation {} of offer {} was taken back before it was sold", id.ordinal, id.offer.0)
    });
    if noted {
        return;
    }
    follows(page, id, &[Asked::SoldReply, Asked::SoldEmail]);
    let revocable = books.get(&id.offer).is_some_and(|book| book.terms.rules.take_back.is_some());
    if !revocable {
        follows(page, id, &[Asked::Order]);
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
    let mut mailed = BTreeSet::new();
    let mut confirmed = BTreeSet::new();
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
        page.check(Promise::PromptsFollowReservations, prompts == wanted, || {
            format!("reservation {} of offer {} has {prompts} prompts", id.ordinal, id.offer.0)
        });
    }
    for id in &mailed {
        let prompts = found.get(&(Asked::MailedPrompt, *id)).copied().unwrap_or(0);
        page.check(Promise::PromptsFollowReservations, prompts == 1, || {
            format!("reservation {} of offer {} has {prompts} prompts by e-mail", id.ordinal, id.offer.0)
        });
    }
    for effect in effects {
        let (notice, to, due) = match effect {
            Effect::Reply(notice) => (notice, None, &made),
            Effect::Email { to, notice } => (notice, Some(to), &mailed),
            _ => continue,
        };
        let (Asked::Prompt | Asked::MailedPrompt, about) = asked(effect) else { continue };
        let live = about.and_then(|id| books.get(&id.offer)?.live.get(&id.ordinal));
        let to_holder = live.is_none_or(|live| {
            live.claim.account == notice.account && to.is_none_or(|to| *to == live.claim.email)
        });
        let fits = to_holder && about.is_some_and(|id| due.contains(&id));
        page.check(Promise::PromptsFollowReservations, fits, || {
            format!("{} is prompted for what it did not get here", notice.account)
        });
    }
}
