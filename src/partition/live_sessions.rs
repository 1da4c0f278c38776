//! The live sessions of a partition: their upper bound, and when each is checked for idleness. Liveness
//! itself is stored in the sessions, so a post finds it with its session; there is no second table.

use metrics::Gauge;

use super::state::PartitionState;
use crate::collections::block_queue::BlockQueue;
use crate::collections::stable_map::SlotId;
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry;

/// Upper bound on the sessions that one tick checks, so that a tick stays short.
const PASSIVATED_PER_TICK: usize = 4096;

/// Bounds of a partition's sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionBounds {
    /// Upper bound on live sessions: at it, no new conversation begins.
    pub live: usize,
    /// How long a session that holds nothing stays live after its account's last post.
    pub idle: Millis,
}

/// A live session, and when it is checked again.
#[derive(Debug)]
struct Visit {
    at: Timestamp,
    campaign: usize,
    slot: SlotId,
}

/// The live sessions, in the order in which they are checked.
pub(super) struct LiveSessions {
    bounds: SessionBounds,
    /// One visit for each live session, the earliest first. A live session keeps its slot, so a visit is
    /// never stale.
    visits: BlockQueue<Visit>,
    gauge: Gauge,
}

impl LiveSessions {
    pub(super) fn new(bounds: SessionBounds) -> Self {
        Self { bounds, visits: BlockQueue::default(), gauge: telemetry::sessions_live() }
    }

    /// Whether the bound is reached, so that no new conversation may begin.
    pub(super) fn is_full(&self) -> bool {
        self.visits.len() >= self.bounds.live
    }

    /// Makes an account's session live at `now`, if it holds something or waits for something.
    pub(super) fn begin(
        &mut self,
        state: &mut PartitionState,
        now: Timestamp,
        campaign: usize,
        account: &Account,
    ) {
        let Some(deciding) = state.campaign_mut(campaign) else { return };
        let Some(slot) = deciding.slot_of_recent(account) else { return };
        let is_busy = deciding.session_in(slot).is_some_and(|session| !session.is_idle());
        if is_busy && deciding.activate(slot, now) {
            self.visits.push_back(Visit { at: now.plus(self.bounds.idle), campaign, slot });
            self.gauge.increment(1);
        }
    }

    /// Passivates the sessions that are idle at `now`. They keep what they remember of their accounts' posts.
    pub(super) fn passivate(&mut self, state: &mut PartitionState, now: Timestamp) {
        let silent_since = Timestamp::from_ms(now.ms() - self.bounds.idle.ms());
        for _ in 0..PASSIVATED_PER_TICK {
            if self.visits.front().is_none_or(|visit| visit.at > now) {
                return;
            }
            let Some(Visit { campaign, slot, .. }) = self.visits.pop_front() else { return };
            let rests =
                state.campaign_mut(campaign).is_none_or(|campaign| campaign.passivate(slot, silent_since));
            if rests {
                self.gauge.decrement(1);
            } else {
                self.visits.push_back(Visit { at: now.plus(self.bounds.idle), campaign, slot });
            }
        }
    }
}
