//! The queue of effects that are not done: what is due next, what is under way, what was given up.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use super::attempt::{Attempt, DeadLetter};
use super::delivery_key::DeliveryKey;
use super::incoming::{Incoming, effects, silences};
use super::queue::drop_reason::{DropReason, Drops};
use super::queue::entry::{Entry, Index, Stage, recipient};
use super::queue::lane::{Bounds, Lane};
use super::queue::lane_queue::LaneQueue;
use super::queue::pacer::Pacer;
use super::queue::purchases::Purchases;
use super::queue::recent_texts::RecentTexts;
use super::queue::refusals::{Refusals, Refused};
use super::queue::retry::RetryPolicy;
use super::status::LaneView;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::config::replies::Ceilings;
use crate::domain::command::Report;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::id::{Account, EffectKey, Network, ReservationId};
use crate::domain::time::{Millis, Timestamp};
use crate::partition::pending_effects::PendingEffects;
use crate::words::renderer::Renderer;

pub use super::queue::refusals::REFUSAL_STALE;

pub mod drop_reason;
pub mod entry;
pub mod lane;
pub mod lane_queue;
pub mod pacer;
pub mod purchases;
pub mod rank_queue;
pub mod recent_texts;
pub mod refusals;
pub mod retry;
mod settling;

/// How long a card provider is sure to remember a key. What is older is looked up before it is sent:
/// to a provider that forgot the key, the same payment would be a new one.
pub const KEY_REMEMBERED: Millis = Millis::from_secs(24 * 3600);

/// Why an effect without words is given up.
const NO_WORDS: &str = "there are no words for it";

/// The effects not yet done. Synchronous, and told the time: it can be run at any speed.
#[derive(Debug)]
pub struct Outbox {
    policy: RetryPolicy,
    seed: u64,
    bounds: Bounds,
    renderer: Renderer,
    next_turn: u64,
    entries: StableMap<EffectKey, Entry>,
    index: Index,
    lanes: BTreeMap<Lane, LaneQueue>,
    purchases: Purchases,
    refusals: Refusals,
    spoken: RecentTexts,
    silent: HashSet<Account, foldhash::fast::FixedState>,
    /// Effects that will not leave, until that is reported.
    lapsed: VecDeque<EffectKey>,
    drops: Drops,
    dead_letters: VecDeque<DeadLetter>,
    dead_letters_total: u64,
}

impl Outbox {
    /// An empty outbox that paces nothing. The seed decides nothing but the jitter of its retries.
    #[must_use]
    pub fn new(policy: RetryPolicy, bounds: Bounds, seed: u64, renderer: Renderer) -> Self {
        let lane = |lane| (lane, LaneQueue::new(bounds.in_flight(lane)));
        Self {
            policy,
            seed,
            bounds,
            renderer,
            next_turn: 0,
            entries: StableMap::default(),
            index: Index::new(bounds.reply_stale),
            lanes: Lane::ALL.into_iter().map(lane).collect(),
            purchases: Purchases::default(),
            refusals: Refusals::new(bounds.refusals),
            spoken: RecentTexts::new(bounds.recipients),
            silent: HashSet::default(),
            lapsed: VecDeque::new(),
            drops: Drops::default(),
            dead_letters: VecDeque::new(),
            dead_letters_total: 0,
        }
    }

    /// The same with ceilings on what it says. To be called before anything leaves.
    #[must_use]
    pub fn paced(mut self, ceilings: &Ceilings) -> Self {
        for network in Network::ALL {
            self.lane_mut(Lane::Replies(network)).set_pacer(Pacer::new(ceilings.of(network)));
        }
        self
    }

    /// Takes up what the records left undone. Of a payment among it nobody knows whether it was sent before
    /// the restart, or by which clock: it is looked up first.
    pub fn recover(&mut self, now: Timestamp, undone: PendingEffects) {
        for (network, at) in undone.departures() {
            // The clock may have been set back since: a lane must not stay closed until then.
            self.lane_mut(Lane::Replies(network)).departed(at.min(now));
        }
        for account in undone.silent() {
            self.silence(account.clone());
        }
        for (key, (recorded_at, effect)) in undone.into_pending() {
            self.accept(now, key, recorded_at, effect);
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.doubtful = true;
            }
        }
    }

    /// Takes what the journal's tail tells.
    pub fn take_in(&mut self, now: Timestamp, incoming: Incoming) {
        self.look_ahead(&incoming);
        let Incoming { partition, mut records, refusals } = incoming;
        for (sequence, record) in &mut records {
            for (account, silent) in silences(record) {
                if silent { self.silence(account.clone()) } else { self.hear(account) }
            }
            let at = record.at;
            for (key, effect) in effects(partition, *sequence, record) {
                self.accept(now, key, at, effect);
            }
        }
        for notice in refusals {
            self.best_effort(now, partition, notice);
        }
    }

    /// Reads what taking these effects in will read, for all of them at once: millions may wait, anywhere in memory,
    /// and the processor would wait for each in turn.
    fn look_ahead(&self, incoming: &Incoming) {
        let keys: Vec<_> = incoming.effects().map(|(key, _)| key).collect();
        StableMap::prefetch(keys.iter().map(|key| (&self.entries, key)));
        let replies = incoming.effects().filter_map(|(_, effect)| recipient(effect));
        self.index.prefetch(replies);
    }

    /// Takes an effect whose record is durable; it is due at once. One that is here already changes
    /// nothing.
    pub fn accept(&mut self, now: Timestamp, key: EffectKey, recorded_at: Timestamp, effect: Effect) {
        if self.entries.place(&key).is_some() {
            return;
        }
        let asked = effect.prompts_by_email().zip(effect.account().cloned());
        let place = self.entries.put(&key, Entry::new(effect, recorded_at, now, self.next_turn));
        self.next_turn += 1;
        let entry = self.entries.at_mut(place).expect("just put there");
        let silent = entry.recipient().is_some_and(|account| self.silent.contains(account));
        self.index.insert(place, entry);
        if self.purchases.insert(key, &entry.effect) {
            entry.stage = Stage::Behind;
        } else {
            wait(&mut self.lanes, &mut self.index, (key, place), entry, now);
        }
        if silent {
            self.lapse(key, DropReason::Silent);
        }
        if let Some((id, account)) = asked {
            self.withdraw(key.partition, id, &account);
        }
    }

    /// Takes the reply to a refused post, which no record holds: it leaves when nothing better has to,
    /// is tried once, and is dropped when there are too many of them or when it is stale.
    pub fn best_effort(&mut self, now: Timestamp, partition: u32, notice: ReplyRequest) {
        if self.silent.contains(&notice.account) {
            self.drops.silent += 1;
        } else {
            self.refusals.push(Refused { at: now, partition, notice }, &mut self.drops);
        }
    }

    /// From now on the account gets no replies; those that wait lapse.
    pub fn silence(&mut self, account: Account) {
        for key in self.replies_to(&account) {
            self.lapse(key, DropReason::Silent);
        }
        self.silent.insert(account);
    }

    /// The account gets replies again.
    pub fn hear(&mut self, account: &Account) {
        self.silent.remove(account);
    }

    /// Forgets an effect that the journal says is done.
    pub fn done(&mut self, key: EffectKey) {
        self.leave_lane(key);
        if let Some(entry) = self.remove(key)
            && entry.stage == Stage::UnderWay
        {
            self.lane_mut(entry.lane()).arrive();
        }
    }

    /// When [`Self::take_due`] or [`Self::take_lapsed`] has something next, as long as nothing else
    /// happens: the lanes that are full wait for answers, not for time. May have passed already.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if !self.lapsed.is_empty() {
            return Some(Timestamp::MIN);
        }
        let lanes = self.lanes.iter().filter(|(_, queue)| !queue.is_full());
        let leaves = lanes.filter_map(|(lane, queue)| {
            let refused =
                if let Lane::Replies(network) = lane { self.refusals.first(*network) } else { None };
            let first = queue.next_due().into_iter().chain(refused).min()?;
            Some(first.max(queue.pacer().opens_at()))
        });
        let lapses = [self.index.next_stale(), self.refusals.next_stale()];
        leaves.chain(lapses.into_iter().flatten()).min()
    }

    /// Begins the next attempt of a lane, if one is due and the lane has room. It must be settled.
    pub fn take_due(&mut self, now: Timestamp, lane: Lane) -> Option<Attempt> {
        self.expire(now);
        if !self.lane(lane).may_leave(now) {
            return None;
        }
        while let Some(place) = self.lane_mut(lane).pop_due(now) {
            if let Some(attempt) = self.begin(now, place) {
                self.lane_mut(lane).depart(now);
                return Some(attempt);
            }
        }
        let Lane::Replies(network) = lane else { return None };
        let attempt = self.take_refusal(now, network)?;
        self.lane_mut(lane).depart(now);
        Some(attempt)
    }

    /// Takes the report on an effect that will not leave: one that is stale, withdrawn, for somebody who
    /// wants no replies, or without words.
    pub fn take_lapsed(&mut self, now: Timestamp) -> Option<(u32, Report)> {
        self.expire(now);
        while let Some(key) = self.lapsed.pop_front() {
            // It may be done by the journal's word in the meantime.
            let stage = self.entries.get(&key).map(|entry| entry.stage);
            let Some(Stage::Lapsed(why)) = stage else { continue };
            let report = match why {
                DropReason::Wordless => self.give_up(now, key, NO_WORDS.into()),
                why => self.drop_reply(key, why),
            };
            return Some((key.partition, report));
        }
        None
    }

    /// Effects not yet done, those under way among them.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.entries.len()
    }

    /// The pending effects with the time of their records, in the order of their keys.
    #[must_use]
    pub fn pending_effects(&self) -> Vec<(EffectKey, Timestamp, &Effect)> {
        let each = self.entries.iter().map(|(key, entry)| (*key, entry.recorded_at, &entry.effect));
        let mut effects: Vec<_> = each.collect();
        effects.sort_unstable_by_key(|(key, ..)| *key);
        effects
    }

    /// Whether nothing waits and nothing is under way, refusals among it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.entries.is_empty() && self.refusals.is_empty()
    }

    /// Attempts of a lane that are under way.
    #[must_use]
    pub fn in_flight(&self, lane: Lane) -> usize {
        self.lane(lane).in_flight()
    }

    /// How the lanes of the networks stand.
    #[must_use]
    pub fn lanes(&self, now: Timestamp) -> [LaneView; Network::ALL.len()] {
        Network::ALL.map(|network| {
            let queue = self.lane(Lane::Replies(network));
            let waiting = queue.waiting();
            LaneView {
                network,
                prompts: waiting.prompts,
                results: waiting.results,
                others: waiting.rest,
                refusals: self.refusals.waiting(network),
                in_flight: queue.in_flight(),
                sent: queue.pacer().nearest(now),
            }
        })
    }

    /// The effects given up last, oldest first, as many as are kept.
    pub fn dead_letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead_letters.iter()
    }

    /// How many effects were given up since the start.
    #[must_use]
    pub fn dead_letters_total(&self) -> u64 {
        self.dead_letters_total
    }

    /// How many replies did not leave, those to refused posts among them.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.drops
    }

    /// Begins an attempt of what was taken out of its lane, or lets it lapse if there is nothing to say.
    fn begin(&mut self, now: Timestamp, place: SlotId) -> Option<Attempt> {
        let (&key, entry) = self.entries.entry_mut(place).expect("what waits in a lane has an entry");
        self.index.leave(key, entry);
        if let Lane::Replies(network) = entry.lane() {
            match &entry.text {
                Some(text) => self.spoken.say_again(network, entry.recipient(), text),
                None => {
                    let Some(text) = self.renderer.words(key.partition, &entry.effect, now) else {
                        entry.stage = Stage::Lapsed(DropReason::Wordless);
                        self.lapsed.push_back(key);
                        return None;
                    };
                    entry.text = Some(self.spoken.say(network, entry.recipient(), text).into());
                }
            }
        }
        entry.attempts = entry.attempts.saturating_add(1);
        entry.stage = Stage::UnderWay;
        let payment = entry.lane() == Lane::Cards;
        // By our own clock: that of the record may have been ahead of it.
        let forgotten = now.since(entry.accepted_at) >= KEY_REMEMBERED && !entry.unseen;
        Some(Attempt {
            key: key.into(),
            effect: entry.effect.clone(),
            number: entry.attempts,
            look_up: payment && (entry.doubtful || forgotten),
            recorded_at: entry.recorded_at,
            text: entry.text.clone(),
        })
    }

    fn take_refusal(&mut self, now: Timestamp, network: Network) -> Option<Attempt> {
        while let Some(Refused { at: recorded_at, partition, notice }) = self.refusals.pop(network) {
            if self.silent.contains(&notice.account) {
                self.drops.silent += 1;
                continue;
            }
            let key = DeliveryKey::refusal(partition, &notice);
            let effect = Effect::Reply(notice);
            // What there are no words for is of no use to anybody.
            let Some(text) = self.renderer.words(partition, &effect, now) else { continue };
            let text: Arc<str> = self.spoken.say(network, effect.account(), text).into();
            self.refusals.depart(key.clone(), Arc::clone(&text));
            return Some(Attempt { key, effect, number: 1, look_up: false, recorded_at, text: Some(text) });
        }
        None
    }

    /// Puts an effect that is not under way back into its lane.
    fn wait_until(&mut self, key: EffectKey, due: Timestamp) {
        let Some(place) = self.entries.place(&key) else { return };
        if let Some(entry) = self.entries.at_mut(place) {
            wait(&mut self.lanes, &mut self.index, (key, place), entry, due);
        }
    }

    /// Takes an effect out of its lane, if it waits there.
    fn leave_lane(&mut self, key: EffectKey) {
        let Some(entry) = self.entries.get(&key) else { return };
        let Some(slot) = entry.slot() else { return };
        self.index.leave(key, entry);
        let (lane, rank) = (entry.lane(), entry.rank());
        self.lane_mut(lane).remove(rank, slot);
    }

    fn remove(&mut self, key: EffectKey) -> Option<Entry> {
        let place = self.entries.place(&key)?;
        let (_, entry) = self.entries.remove_at(place)?;
        self.index.remove(place, &entry);
        if let Some(next) = self.purchases.remove(key, &entry.effect) {
            self.wait_until(next, Timestamp::MIN);
        }
        if let (Lane::Replies(network), Some(text)) = (entry.lane(), &entry.text) {
            self.spoken.close(network, text);
        }
        Some(entry)
    }

    /// Lets a reply that waits lapse; what is under way cannot be called back.
    fn lapse(&mut self, key: EffectKey, why: DropReason) {
        self.leave_lane(key);
        if let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.slot().is_some()) {
            entry.stage = Stage::Lapsed(why);
            self.lapsed.push_back(key);
        }
    }

    /// Lets everything lapse that has become too old by now.
    fn expire(&mut self, now: Timestamp) {
        while let Some(key) = self.index.stale(now) {
            self.lapse(key, DropReason::Stale);
        }
        self.refusals.expire(now, &mut self.drops);
    }

    /// The buyer is asked by e-mail: a prompt that has not left yet is not needed any more.
    fn withdraw(&mut self, partition: u32, id: ReservationId, account: &Account) {
        let asks = |key: &EffectKey| {
            let entry = self.entries.get(key).filter(|_| key.partition == partition);
            entry.is_some_and(|entry| entry.effect.prompts() == Some(id))
        };
        let Some(key) = self.replies_to(account).into_iter().rev().find(asks) else { return };
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.withdrawn = true;
        }
        self.lapse(key, DropReason::Withdrawn);
    }

    /// The replies to an account, in the order of their keys.
    fn replies_to(&self, account: &Account) -> Vec<EffectKey> {
        let found = self.index.replies_to(account).filter_map(|place| self.entries.at(place));
        let own = found.filter(|(_, entry)| entry.recipient() == Some(account));
        let mut keys: Vec<_> = own.map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }

    fn lane(&self, lane: Lane) -> &LaneQueue {
        self.lanes.get(&lane).expect("every lane has its queue")
    }

    fn lane_mut(&mut self, lane: Lane) -> &mut LaneQueue {
        self.lanes.get_mut(&lane).expect("every lane has its queue")
    }
}

/// Puts an effect into its lane, to leave at that time at the earliest.
fn wait(
    lanes: &mut BTreeMap<Lane, LaneQueue>,
    index: &mut Index,
    (key, place): (EffectKey, SlotId),
    entry: &mut Entry,
    due: Timestamp,
) {
    (entry.stage, entry.due) = (Stage::Waiting, due);
    index.wait(key, entry);
    let lane = lanes.get_mut(&entry.lane()).expect("every lane has its queue");
    if let Some(slot) = entry.slot() {
        lane.insert(entry.rank(), slot, place, entry.attempts > 0);
    }
}
