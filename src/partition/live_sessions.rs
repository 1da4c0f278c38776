//! The live sessions of a partition: how many there may be, and when each is looked at again. Liveness itself lies in the
//! sessions, which are found once for a post; there is no second table of them.

use metrics::Gauge;

use super::state::PartitionState;
use crate::collections::block_queue::BlockQueue;
use crate::collections::stable_map::SlotId;
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry;

/// Sessions that one look at the clock passivates at most, so that it never takes long.
const PASSIVATED_PER_TICK: usize = 4096;

/// Bounds of a partition's sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionBounds {
    /// Sessions that may be live when a new conversation begins.
    pub live: usize,
    /// How long a session that holds nothing stays live after its account was heard.
    pub idle: Millis,
}

/// A live session, and when it is looked at again.
#[derive(Debug)]
struct Visit {
    at: Timestamp,
    campaign: usize,
    slot: SlotId,
}

/// The queue of live sessions.
pub(super) struct LiveSessions {
    bounds: SessionBounds,
    /// One visit for each live session, the earliest first. A live session keeps its slot.
    visits: BlockQueue<Visit>,
    gauge: Gauge,
}

impl LiveSessions {
    pub(super) fn new(bounds: SessionBounds) -> Self {
        Self { bounds, visits: BlockQueue::default(), gauge: telemetry::sessions_live() }
    }

    /// Whether no new conversation may begin.
    pub(super) fn is_full(&self) -> bool {
        self.visits.len() >= self.bounds.live
    }

    /// Makes the session of an account live that holds something, or waits for something, at `now`.
    pub(super) fn begin(
        &mut self,
        state: &mut PartitionState,
        now: Timestamp,
        campaign: usize,
        account: &Account,
    ) {
        let Some(deciding) = state.campaign_mut(campaign) else { return };
        let Some(slot) = deciding.slot_of(account) else { return };
        let is_busy = deciding.session_in(slot).is_some_and(|session| !session.is_idle());
        if is_busy && deciding.activate(slot, now) {
            self.visits.push_back(Visit { at: now.plus(self.bounds.idle), campaign, slot });
            self.gauge.increment(1);
        }
    }

    /// Passivates the sessions that are idle at `now`. What their accounts said is remembered as long as it counts.
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
