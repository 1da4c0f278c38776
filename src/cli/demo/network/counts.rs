//! What is counted while the sale runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use hdrhistogram::Histogram;

use crate::domain::event::Event;
use crate::domain::id::{Network, ReservationId};

/// The longest time from a post to its reply that is recorded exactly, in milliseconds.
const LATENCY_MS_MAX: u64 = 600_000;

/// What the reply to a waiter says when the sale is over.
const NOTHING_LEFT: &str = "no unit is left for you";

/// What happened at one network.
pub(super) struct NetworkCounts {
    /// People, those whose story is told included.
    pub(super) people: u64,
    /// Posts of people.
    pub(super) posts: u64,
    /// Replies of the shop.
    pub(super) replies: u64,
    /// Units sold.
    pub(super) sold: u64,
    /// Time from a post to the first reply to it, in milliseconds.
    pub(super) latency_ms: Histogram<u64>,
}

impl NetworkCounts {
    pub(super) fn new(people: u64) -> Self {
        let latency_ms = Histogram::new_with_max(LATENCY_MS_MAX, 3).expect("the bounds are sound");
        Self { people, posts: 0, replies: 0, sold: 0, latency_ms }
    }
}

/// What happened.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) networks: BTreeMap<Network, NetworkCounts>,
    /// Replies that repeat an earlier reply to the same post.
    pub(super) repeated: u64,
    /// Units that came back, by why.
    pub(super) expired: u64,
    pub(super) declined: u64,
    pub(super) released: u64,
    /// People who got a unit that came back.
    pub(super) promoted: u64,
    /// Waiters for whom nothing was left, and those of them who were told so by a reply.
    pub(super) waited_in_vain: u64,
    pub(super) told_in_vain: u64,
    /// Reservations that were paid for twice.
    pub(super) sold_twice: u64,
    pub(super) opted_out: u64,
    pub(super) letters: u64,
    sold: HashSet<ReservationId>,
    /// What was replied to each post.
    replied: HashMap<(Network, String), Vec<String>>,
}

impl Counts {
    /// Counts a reply of the shop to a post of that age.
    pub(super) fn reply(&mut self, network: Network, post: &str, text: &str, age_ms: i64) {
        let replied = self.replied.entry((network, post.to_owned())).or_default();
        self.repeated += u64::from(replied.iter().any(|known| known == text));
        let is_first = replied.is_empty();
        self.told_in_vain += u64::from(text.contains(NOTHING_LEFT));
        replied.push(text.to_owned());
        if let Some(counts) = self.networks.get_mut(&network) {
            counts.replies += 1;
            if is_first {
                counts.latency_ms.saturating_record(age_ms.unsigned_abs());
            }
        }
    }

    /// Counts a decision.
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Sold { id, account, units, .. } => {
                self.sold_twice += u64::from(!self.sold.insert(*id));
                if let Some(counts) = self.networks.get_mut(&account.network) {
                    counts.sold += u64::from(*units);
                }
            }
            Event::Promoted { .. } => self.promoted += 1,
            Event::Expired { .. } => self.expired += 1,
            Event::Declined { .. } => self.declined += 1,
            Event::Released { .. } => self.released += 1,
            Event::LineEnded { .. } => self.waited_in_vain += 1,
            Event::AccountSilenced { .. } => self.opted_out += 1,
            _ => {}
        }
    }
}
