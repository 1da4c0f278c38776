//! The sessions that are live in a partition: started on demand, passivated when idle.

use std::cell::RefCell;
use std::rc::Rc;

use actix::{ActorContext, Handler};
use metrics::Gauge;

use super::partition::Item;
use crate::actors::session::{HandlePost, PostHandled, SessionActor, SyncContext};
use crate::collections::block_queue::BlockQueue;
use crate::collections::paged_vec::PagedVec;
use crate::collections::stable_map::{SlotId, StableMap};
use crate::domain::campaign::Campaign;
use crate::domain::command::PostCommand;
use crate::domain::id::Account;
use crate::domain::outcome::Outcome;
use crate::domain::session::Session;
use crate::domain::time::{Millis, Timestamp};
use crate::partition::decision_batch::AnswerRef;
use crate::partition::processor::PartitionProcessor;
use crate::partition::state::PartitionState;
use crate::telemetry;

/// Sessions that one look at the clock passivates at most, so that it never takes long.
const PASSIVATED_PER_TICK: usize = 4096;

/// A running session.
struct Live {
    actor: SessionActor,
    seat: SyncContext,
}

/// The live sessions of one partition.
pub(super) struct Sessions {
    processor: Rc<PartitionProcessor>,
    state: RefCell<State>,
    live_max: usize,
    idle_for: Millis,
    gauge: Gauge,
}

/// A running session is found where the campaign keeps what its account has and said. When that is over, the place
/// may become another account's, which then speaks through the session that runs there: an actor has no state of
/// its own but when it was last heard.
#[derive(Default)]
struct State {
    /// By the index of the campaign, and the number of the session's place in it.
    live: Vec<PagedVec<Live>>,
    count: usize,
    /// When each live session is to be looked at again, the earliest first.
    idle: BlockQueue<(Timestamp, usize, SlotId)>,
}

impl Sessions {
    pub(super) fn new(processor: Rc<PartitionProcessor>, live_max: usize, idle_for: Millis) -> Self {
        Self { processor, state: RefCell::default(), live_max, idle_for, gauge: telemetry::sessions_live() }
    }

    /// Lets the post's session hear it. A post that gets its author nothing begins no conversation: the
    /// partition answers it, and remembers that it did.
    pub(super) fn handle_post(&self, now: Timestamp, said: PostCommand) -> PostHandled {
        let speaker = self.processor.begin_post(now, &said);
        let Some(campaign) = speaker.campaign() else {
            // A post that names no offer concerns whatever its author holds, in any campaign.
            return PostHandled { answered: self.processor.handle_post(speaker, &said), link: said.link };
        };
        let mut state = self.state.borrow_mut();
        if state.live.len() <= campaign {
            state.live.resize_with(campaign + 1, PagedVec::default);
        }
        let live = state.live.get_mut(campaign).expect("there is room for the campaign's sessions");
        if let Some(Live { actor, seat }) = speaker.place().and_then(|place| live.get_mut(place.number())) {
            return actor.handle(HandlePost { said, speaker }, seat).0;
        }
        if state.count >= self.live_max {
            let (_, answer) = Item::Post { slot: 0, post: said }.answer(now, Outcome::Overloaded);
            return PostHandled { answered: AnswerRef::Apart(Box::new(answer)), link: None };
        }
        let last = self.processor.read(PartitionState::last_sequence);
        let answered = self.processor.handle_post(speaker, &said);
        // A refusal is no record, and gets nobody anything.
        if self.processor.read(PartitionState::last_sequence) != last {
            let place = self.processor.read(|partition| sessions(partition, campaign)?.slot(&said.account));
            if let Some(place) = place.filter(|place| self.is_busy(campaign, *place)) {
                self.start(&mut state, now, campaign, place);
            }
        }
        PostHandled { answered, link: said.link }
    }

    /// Whether the account at that place holds something of the campaign, or waits for it.
    fn is_busy(&self, campaign: usize, place: SlotId) -> bool {
        self.processor.read(|partition| {
            let session = sessions(partition, campaign).and_then(|sessions| sessions.at(place));
            session.is_some_and(|(_, session)| !session.is_idle())
        })
    }

    fn start(&self, state: &mut State, now: Timestamp, campaign: usize, place: SlotId) {
        let live = state.live.get_mut(campaign).expect("there is room for the campaign's sessions");
        let actor = SessionActor::new(Rc::clone(&self.processor), now);
        if live.insert(place.number(), Live { actor, seat: SyncContext::default() }).is_none() {
            state.count += 1;
            state.idle.push_back((now.plus(self.idle_for), campaign, place));
            self.gauge.increment(1);
        }
    }

    /// Stops the actors of accounts that hold nothing and were silent for long. What they said is
    /// remembered by the partition as long as it counts.
    pub(super) fn passivate(&self, now: Timestamp) {
        let State { live, count, idle } = &mut *self.state.borrow_mut();
        for _ in 0..PASSIVATED_PER_TICK {
            if idle.front().is_none_or(|(look_at, ..)| *look_at > now) {
                return;
            }
            let Some((_, campaign, place)) = idle.pop_front() else { return };
            let Some(live) = live.get_mut(campaign) else { continue };
            let Some(session) = live.get_mut(place.number()) else { continue };
            let silent_until = session.actor.heard_at().plus(self.idle_for);
            if self.is_busy(campaign, place) || silent_until > now {
                idle.push_back((silent_until.max(now.plus(self.idle_for)), campaign, place));
            } else {
                session.seat.stop();
                live.remove(place.number());
                *count -= 1;
                self.gauge.decrement(1);
            }
        }
    }
}

fn sessions(partition: &PartitionState, campaign: usize) -> Option<&StableMap<Account, Session>> {
    partition.campaigns().get(campaign).map(Campaign::sessions)
}
