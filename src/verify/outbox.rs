//! The promise that nothing is reported done that was not requested.

use std::collections::{HashMap, HashSet};

use super::checks::RecordChecks;
use super::promise::Promise;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::event::{Authorized, Event};
use crate::domain::id::{EffectKey, ReservationId};
use crate::domain::outcome::Outcome;
use crate::domain::provider_ref::PaymentRef;

/// What an effect requests, as far as a later event may depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Prompt,
    MailedPrompt,
    Reminder,
    SoldReply,
    SoldEmail,
    RefundedReply,
    RefundedEmail,
    Authorize,
    Capture,
    Void,
    Refund,
    Order,
    Letter,
    Credit,
    Other,
}

impl Asked {
    /// Whether somebody waits for the money that it moves: then it must be done or given up before a history can end.
    pub(super) fn must_end(self) -> bool {
        matches!(self, Self::Authorize | Self::Capture | Self::Refund | Self::Credit)
    }

    /// Effects that may be dropped: replies, announcements and letters. A letter is dropped where its account has no proven
    /// address when it leaves, or its person is erased; no record tells of the addresses. Payments and merchant orders are
    /// never dropped.
    const DROPPABLE: [Self; 9] = [
        Self::Prompt,
        Self::MailedPrompt,
        Self::Reminder,
        Self::SoldReply,
        Self::SoldEmail,
        Self::RefundedReply,
        Self::RefundedEmail,
        Self::Letter,
        Self::Other,
    ];

    /// Effects that leave as letters, whose addresses may be none.
    const MAILED: [Self; 5] =
        [Self::MailedPrompt, Self::Reminder, Self::SoldEmail, Self::RefundedEmail, Self::Letter];
}

/// What an effect requests, and the reservation that it belongs to.
pub(super) fn asked(effect: &Effect) -> (Asked, Option<ReservationId>) {
    let about = |request: &ReplyRequest| {
        request.reservation.map(|ordinal| ReservationId { offer: request.offer, ordinal })
    };
    match effect {
        Effect::Reply(request) | Effect::Email { request, .. } if request.reminds() => {
            (Asked::Reminder, about(request))
        }
        Effect::Reply(request) => match request.outcome {
            Outcome::Reserved | Outcome::Promoted => (Asked::Prompt, about(request)),
            Outcome::Sold => (Asked::SoldReply, about(request)),
            Outcome::Refunded => (Asked::RefundedReply, about(request)),
            _ => (Asked::Other, about(request)),
        },
        Effect::Email { request, .. } => match request.outcome {
            Outcome::Reserved | Outcome::Promoted => (Asked::MailedPrompt, about(request)),
            Outcome::Sold => (Asked::SoldEmail, about(request)),
            Outcome::Refunded => (Asked::RefundedEmail, about(request)),
            _ => (Asked::Letter, about(request)),
        },
        Effect::Authorize(payment) => (Asked::Authorize, Some(payment.id)),
        Effect::Capture(payment) => (Asked::Capture, Some(payment.id)),
        Effect::Void(payment) => (Asked::Void, Some(payment.id)),
        Effect::Refund(payment) => (Asked::Refund, Some(payment.id)),
        Effect::Order(payment) => (Asked::Order, Some(payment.id)),
        Effect::Credit(_) | Effect::ReverseCredit(_) => (Asked::Credit, None),
        Effect::Announce { .. } => (Asked::Other, None),
    }
}

/// The effects of one partition that are not done.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    open: HashMap<EffectKey, (Asked, Option<ReservationId>)>,
    /// The effects that were given up, and that no operator has retried or settled.
    dead: HashMap<EffectKey, (Asked, Option<ReservationId>)>,
}

impl Outbox {
    /// The number of effects that are not done.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Queues an effect. Call it after the events of its record are settled: a record settles only effects of
    /// earlier records.
    pub(super) fn queue(&mut self, key: EffectKey, effect: &Effect) {
        self.open.insert(key, asked(effect));
    }

    /// Removes the effect that an event completes. `is_held` tells whether a reservation waits for its confirmation. Returns
    /// the orders whose cards answered although nothing
    /// in the order waited for the answer any more, with the payment that was authorized.
    pub(super) fn settle(
        &mut self,
        checks: &mut RecordChecks<'_>,
        event: &Event,
        is_held: impl Fn(ReservationId) -> bool,
    ) -> Vec<(ReservationId, Option<PaymentRef>)> {
        let mut one = |key, id: &ReservationId, kinds: &[Asked]| {
            self.close(checks, key, Some(*id), kinds);
        };
        match event {
            Event::Prompted { id, key, .. } => one(key, id, &[Asked::Prompt]),
            Event::PromptMailDelivered { id, key } => one(key, id, &[Asked::MailedPrompt]),
            Event::PromptMailed { id, key: Some(key) } => one(key, id, &[Asked::Prompt]),
            Event::Authorized(Authorized { id, key, .. }) => one(key, id, &[Asked::Authorize]),
            Event::Sold { id, key, .. } => one(key, id, &[Asked::Capture]),
            Event::Declined { id, key, .. } => one(key, id, &[Asked::Authorize, Asked::Capture]),
            Event::Refunded { id, key, .. } => one(key, id, &[Asked::Refund]),
            Event::Delivered(done) => {
                let answer = |key: &EffectKey| match self.close(checks, key, None, &[])? {
                    (Asked::Authorize, Some(id)) => Some((id, done.payment_of(*key).cloned())),
                    _ => None,
                };
                return done.keys.iter().filter_map(answer).collect();
            }
            Event::Dropped { keys } => {
                for key in keys {
                    let closed = self.close(checks, key, None, &Asked::DROPPABLE);
                    let Some((Asked::MailedPrompt, Some(id))) = closed else { continue };
                    checks.check(Promise::EffectsKnown, !is_held(id), || {
                        format!("the prompt {key} was dropped while its reservation was kept")
                    });
                }
            }
            Event::MailBounced { keys } => {
                for key in keys {
                    self.close(checks, key, None, &Asked::MAILED);
                }
            }
            Event::DeadLettered { key, .. } => {
                let closed = self.close(checks, key, None, &[]);
                self.dead.extend(closed.map(|asked| (*key, asked)));
            }
            Event::DeadLetterRetried { key } => {
                let dead = self.take_dead(checks, key);
                self.open.extend(dead.map(|asked| (*key, asked)));
            }
            // What follows for an order settles its payment in the same record.
            Event::DeadLetterSettled { key, .. } => {
                let payment = [Asked::Authorize, Asked::Capture, Asked::Refund];
                let dead = self.take_dead(checks, key).filter(|(asked, _)| payment.contains(asked));
                self.open.extend(dead.map(|asked| (*key, asked)));
            }
            _ => {}
        }
        Vec::new()
    }

    /// Removes a dead letter; it must be one.
    fn take_dead(
        &mut self,
        checks: &mut RecordChecks<'_>,
        key: &EffectKey,
    ) -> Option<(Asked, Option<ReservationId>)> {
        let dead = self.dead.remove(key);
        checks.check(Promise::EffectsKnown, dead.is_some(), || {
            format!("effect {key} was retried or settled, and was no dead letter")
        });
        dead
    }

    /// The reservations whose payments an operator has to settle.
    pub(super) fn dead_payments(&self) -> impl Iterator<Item = (EffectKey, ReservationId)> {
        let payment = |asked| matches!(asked, Asked::Authorize | Asked::Capture | Asked::Refund);
        let dead = self.dead.iter().filter(move |(_, (asked, _))| payment(*asked));
        dead.filter_map(|(key, (_, id))| Some((*key, (*id)?)))
    }

    /// The keys of the effects that are not done, each with the reservation that it is of.
    pub(super) fn undone(&self) -> impl Iterator<Item = (EffectKey, Asked, Option<ReservationId>)> {
        self.open.iter().map(|(key, (asked, id))| (*key, *asked, *id))
    }

    /// What may still free the units of a reservation in this stage: an effect that is not done, or a dead letter that an
    /// operator can settle.
    pub(super) fn keeps(&self, kinds: &[Asked]) -> HashSet<ReservationId> {
        let all = self.open.values().chain(self.dead.values());
        all.filter(|(asked, _)| kinds.contains(asked)).filter_map(|(_, id)| *id).collect()
    }

    /// Removes one key; it must belong to the given reservation and be of one of the given kinds, where these
    /// are given.
    fn close(
        &mut self,
        checks: &mut RecordChecks<'_>,
        key: &EffectKey,
        of: Option<ReservationId>,
        kinds: &[Asked],
    ) -> Option<(Asked, Option<ReservationId>)> {
        let open = self.open.remove(key);
        let fits = open.is_some_and(|(asked, about)| {
            (kinds.is_empty() || kinds.contains(&asked)) && (of.is_none() || of == about)
        });
        checks.check(Promise::EffectsKnown, fits, || match open {
            Some((asked, _)) => format!("effect {key} is done as what it was not: it asked for {asked:?}"),
            None => format!("effect {key} was not waiting to be done"),
        });
        open
    }
}
