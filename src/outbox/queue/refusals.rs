//! Replies to refused posts: they have no record, nothing waits for them, and there may be millions.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::drop_reason::Drops;
use crate::domain::effect::ReplyRequest;
use crate::domain::id::Network;
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::delivery_key::DeliveryKey;

/// The greatest age at which the reply to a refused post leaves; a later reply would only confuse.
pub const REFUSAL_STALE: Millis = Millis::from_secs(60);

/// The reply to a refused post.
#[derive(Debug)]
pub(super) struct RefusalReply {
    pub(super) at: Timestamp,
    pub(super) partition: u32,
    pub(super) request: ReplyRequest,
}

impl RefusalReply {
    fn stale_at(&self) -> Timestamp {
        self.at.plus(REFUSAL_STALE).plus(Millis::from_ms(1))
    }
}

/// The replies that wait on each network, and those that are under way.
#[derive(Debug)]
pub(super) struct Refusals {
    bound: usize,
    waiting: BTreeMap<Network, VecDeque<RefusalReply>>,
    /// The texts under way. There may be several for a key, because two partitions may refuse one post.
    under_way: HashMap<DeliveryKey, Vec<Arc<str>>, foldhash::fast::FixedState>,
}

impl Refusals {
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, waiting: BTreeMap::new(), under_way: HashMap::default() }
    }

    /// Appends a reply to the queue of its network, or drops it if too many wait.
    pub(super) fn push(&mut self, reply: RefusalReply, drops: &mut Drops) {
        let waiting = self.waiting.entry(reply.request.account.network).or_default();
        if waiting.len() < self.bound {
            waiting.push_back(reply);
        } else {
            drops.crowded += 1;
        }
    }

    pub(super) fn pop(&mut self, network: Network) -> Option<RefusalReply> {
        self.waiting.get_mut(&network)?.pop_front()
    }

    /// Drops the replies that are stale.
    pub(super) fn drop_stale(&mut self, now: Timestamp, drops: &mut Drops) {
        for waiting in self.waiting.values_mut() {
            while waiting.front().is_some_and(|first| first.stale_at() <= now) {
                waiting.pop_front();
                drops.stale += 1;
            }
        }
    }

    pub(super) fn next_stale(&self) -> Option<Timestamp> {
        self.waiting.values().filter_map(|waiting| waiting.front()).map(RefusalReply::stale_at).min()
    }

    /// Since when the first reply of a network has waited.
    pub(super) fn first(&self, network: Network) -> Option<Timestamp> {
        self.waiting.get(&network)?.front().map(|first| first.at)
    }

    pub(super) fn waiting(&self, network: Network) -> usize {
        self.waiting.get(&network).map_or(0, VecDeque::len)
    }

    pub(super) fn depart(&mut self, key: DeliveryKey, text: Arc<str>) {
        self.under_way.entry(key).or_default().push(text);
    }

    /// Ends the only attempt at a reply, and returns its text.
    pub(super) fn arrive(&mut self, key: &DeliveryKey) -> Option<Arc<str>> {
        let texts = self.under_way.get_mut(key)?;
        let text = texts.pop();
        if texts.is_empty() {
            self.under_way.remove(key);
        }
        text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.waiting.values().all(VecDeque::is_empty)
    }
}
