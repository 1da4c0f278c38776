//! One pending effect, and the index of pending replies.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::drop_reason::DropReason;
use super::lane::{Lane, Rank};
use super::position::Position;
use crate::clock::Lag;
use crate::collections::hash_index::{Fingerprint, HashIndex};
use crate::collections::seeded_hasher::SeededHasher;
use crate::collections::stable_map::SlotId;
use crate::domain::effect::Effect;
use crate::domain::id::{Account, EffectKey};
use crate::domain::key_form::KeyForm;
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::resend_safety::ResendSafety;
use crate::partition::pending_effects::{Departure, PendingEffect};

/// How long what people read is tried: e-mails, replies with an order's result, announcements. Mail relays give up after as
/// long.
pub const LETTER_MOST: Millis = Millis::from_secs(5 * 24 * 3600);

/// The stage of a pending effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The effect waits in its lane.
    Waiting,
    /// The effect waits behind another effect of its purchase.
    Behind,
    /// The effect is with its provider.
    UnderWay,
    /// The posts that the effect rests on are to be read again before it leaves.
    Attesting,
    /// The effect was dropped from its lane, and the drop is yet to be reported.
    Dropped(DropReason),
}

/// A pending effect.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) effect: Effect,
    pub(super) recorded_at: Timestamp,
    pub(super) accepted_at: Timestamp,
    /// What is too old to leave counts from here: its record, or an operator's retry.
    pub(super) horizon_from: Timestamp,
    pub(super) turn: u64,
    /// Earliest time of the next attempt, while the effect waits.
    pub(super) due: Timestamp,
    /// Attempts that were begun, without the throttled ones.
    pub(super) attempts: u32,
    /// Attempts without an answer while the provider answered others.
    pub(super) strikes: u16,
    /// Whether the attempt under way is a look-up.
    pub(super) looking_up: bool,
    /// The lane's answers at the last attempt without one.
    pub(super) answers_before: u32,
    /// The form of the key, as a number: half the size, which fits into what alignment leaves free.
    form: u32,
    /// Whether the effect may have taken place.
    pub(super) doubtful: bool,
    /// Whether an attempt ever left that in doubt. What was certainly never carried out is sent, however old it is.
    pub(super) was_doubtful: bool,
    /// Whether the provider reported that it never saw the key. Such a key need not be looked up for its age.
    pub(super) unseen: bool,
    /// Whether the posts that it rests on were read again and stand as they were heard.
    pub(super) attested: bool,
    pub(super) stage: Stage,
    /// The text, set at the first attempt; every later attempt sends the same.
    pub(super) text: Option<Arc<str>>,
    /// Why it is a prompt or a reminder that is not tried again: the buyer was asked by e-mail, or the reservation is over.
    pub(super) needless: Option<DropReason>,
}

impl Entry {
    pub(super) fn new(pending: PendingEffect, accepted_at: Timestamp, turn: u64) -> Self {
        let PendingEffect { form, recorded_at, effect, departure } = pending;
        let doubtful = departure != Departure::NotYet;
        Self {
            effect,
            recorded_at,
            accepted_at,
            horizon_from: recorded_at,
            turn,
            due: accepted_at,
            attempts: 0,
            strikes: 0,
            looking_up: false,
            answers_before: 0,
            form: form.into(),
            doubtful,
            was_doubtful: doubtful,
            unseen: false,
            attested: false,
            stage: Stage::UnderWay,
            text: None,
            needless: (departure == Departure::Over).then_some(DropReason::Lapsed),
        }
    }

    /// Notes that the effect may have taken place.
    pub(super) const fn doubt(&mut self) {
        (self.doubtful, self.was_doubtful) = (true, true);
        self.unseen = false;
    }

    /// The greatest age of what a provider may remember of the effect and no look-up of this run has found. Counted from its
    /// record, as the clock showed it; and from its arrival here, as time may really have passed: what is of before, the first
    /// look-up finds.
    pub(super) fn age(&self, now: Timestamp, lag: &Lag) -> Millis {
        now.since(self.recorded_at).max(lag.longest(self.accepted_at, now))
    }

    /// When the effect may first leave. A void without a reference looks for the payment of an authorization whose result is
    /// unknown, and there is nothing to let go where it finds none: it must not look while that payment may still be made.
    /// Counted from the arrival here, because the clock may have been set ahead between the record and the last start.
    pub(super) fn leaves_from(&self, safety: &ResendSafety) -> Timestamp {
        match &self.effect {
            Effect::Void(payment) if payment.reference.is_none() => safety.all_arrived(self.accepted_at),
            _ => Timestamp::MIN,
        }
    }

    /// Why the effect leaves no more, if it has become too old.
    pub(super) fn overdue(&self, now: Timestamp) -> Option<DropReason> {
        let reason = match self.effect {
            Effect::Email { ref request, .. } if request.reminds() => {
                let is_useless = request.deadline.is_none_or(|deadline| now >= deadline);
                return is_useless.then_some(DropReason::Lapsed);
            }
            Effect::Email { .. } => DropReason::Expired,
            // Buyers have the result by e-mail.
            Effect::Reply(_) | Effect::Announce { .. } if self.rank() == Rank::Result => DropReason::Stale,
            _ => return None,
        };
        (now.since(self.horizon_from) >= LETTER_MOST).then_some(reason)
    }

    /// The account of an order that must not leave yet: it rests on posts that are to be read again.
    pub(super) fn awaits_attestation(&self) -> Option<&Account> {
        let Effect::Authorize(payment) = &self.effect else { return None };
        (!self.attested && payment.heard.is_some()).then_some(&payment.account)
    }

    /// The form of the key outside the engine.
    pub(super) fn form(&self) -> KeyForm {
        self.form.into()
    }

    pub(super) fn lane(&self) -> Lane {
        Lane::of(&self.effect)
    }

    pub(super) fn rank(&self) -> Rank {
        Rank::of(&self.effect)
    }

    /// The effect's position in its lane, while it waits there.
    pub(super) fn position(&self) -> Option<Position> {
        (self.stage == Stage::Waiting).then_some(Position { due: self.due, turn: self.turn })
    }

    /// The account that the effect goes to, if an opt-out stops it.
    pub(super) fn recipient(&self) -> Option<&Account> {
        recipient(&self.effect)
    }

    /// When the effect becomes too old to leave, if it can.
    fn stale_at(&self, stale: Millis) -> Option<Timestamp> {
        let droppable = matches!(self.effect, Effect::Reply(_)) && self.rank() == Rank::Rest;
        droppable.then(|| self.recorded_at.plus(stale).plus(Millis::from_ms(1)))
    }
}

/// The account that the effect goes to, if an opt-out stops it: that of a reply or of a reminder.
pub(super) fn recipient(effect: &Effect) -> Option<&Account> {
    match effect {
        Effect::Reply(request) => Some(&request.account),
        Effect::Email { request, .. } if request.reminds() => Some(&request.account),
        _ => None,
    }
}

/// Finds replies by age, and replies and reminders by recipient.
#[derive(Debug)]
pub(super) struct ReplyIndex {
    stale: Millis,
    /// Waiting replies that can become stale, by the time at which they do.
    ageing: BTreeSet<(Timestamp, EffectKey)>,
    hasher: SeededHasher,
    /// Slots of all replies and reminders, by recipient.
    readers: HashIndex,
}

impl ReplyIndex {
    pub(super) fn new(stale: Millis) -> Self {
        Self {
            stale,
            ageing: BTreeSet::new(),
            hasher: SeededHasher::default(),
            readers: HashIndex::default(),
        }
    }

    /// Prefetches what [`Self::insert`] reads for replies to these recipients.
    pub(super) fn prefetch<'a>(&self, readers: impl Iterator<Item = &'a Account>) {
        let fingerprints: Vec<_> = readers.map(|reader| self.fingerprint(reader)).collect();
        self.readers.prefetch(&fingerprints);
    }

    pub(super) fn insert(&mut self, slot: SlotId, entry: &Entry) {
        if let Some(reader) = entry.recipient() {
            self.readers.put(self.fingerprint(reader), slot);
        }
    }

    pub(super) fn remove(&mut self, slot: SlotId, entry: &Entry) {
        if let Some(reader) = entry.recipient() {
            self.readers.take(self.fingerprint(reader), slot);
        }
    }

    /// Records that the effect begins to wait.
    pub(super) fn wait(&mut self, key: EffectKey, entry: &Entry) {
        self.ageing.extend(entry.stale_at(self.stale).map(|at| (at, key)));
    }

    /// Records that the effect no longer waits.
    pub(super) fn leave(&mut self, key: EffectKey, entry: &Entry) {
        if let Some(at) = entry.stale_at(self.stale) {
            self.ageing.remove(&(at, key));
        }
    }

    /// When the next reply becomes stale.
    pub(super) fn next_stale(&self) -> Option<Timestamp> {
        self.ageing.first().map(|(at, _)| *at)
    }

    /// A reply that is stale at `now`.
    pub(super) fn stale(&self, now: Timestamp) -> Option<EffectKey> {
        self.ageing.first().filter(|(at, _)| *at <= now).map(|(_, key)| *key)
    }

    /// The slots of the replies and reminders to the account; perhaps also those to another account with the same
    /// fingerprint.
    pub(super) fn replies_to(&self, account: &Account) -> impl Iterator<Item = SlotId> {
        self.readers.all(self.fingerprint(account))
    }

    fn fingerprint(&self, reader: &Account) -> Fingerprint {
        Fingerprint::of(&self.hasher, reader)
    }
}
