//! The sessions that are live in a partition: started on demand, passivated when idle.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use actix::{ActorContext, Handler};
use metrics::Gauge;

use super::Item;
use super::desk::Desk;
use super::page::Answered;
use super::state::Partition;
use crate::actor::session::{Hear, Heard, Seat, SessionActor};
use crate::domain::command::Said;
use crate::domain::fifo::Fifo;
use crate::domain::id::Account;
use crate::domain::outcome::Outcome;
use crate::domain::roster::{Place, Roster};
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry;

/// Sessions that one look at the clock passivates at most, so that it never takes long.
const PASSIVATED_PER_TICK: usize = 4096;

/// A running session.
struct Live {
    actor: SessionActor,
    seat: Seat,
}

/// The live sessions of one partition.
pub(super) struct Sessions {
    desk: Rc<Desk>,
    state: RefCell<State>,
    live_max: usize,
    idle_for: Millis,
    gauge: Gauge,
}

#[derive(Default)]
struct State {
    /// By the index of the campaign.
    live: Vec<Roster<Live>>,
    count: usize,
    /// When each live session is to be looked at again, the earliest first.
    idle: Fifo<(Timestamp, usize, Place)>,
}

impl Sessions {
    pub(super) fn new(desk: Rc<Desk>, live_max: usize, idle_for: Millis) -> Self {
        Self { desk, state: RefCell::default(), live_max, idle_for, gauge: telemetry::sessions_live() }
    }

    /// Reads what these posts' sessions will be found by, as [`Partition::look_ahead`] does.
    pub(super) fn look_ahead(&self, items: &[Item]) {
        let state = self.state.borrow();
        let asked = items.iter().filter_map(|item| {
            let Item::Said { said, .. } = item else { return None };
            let campaign = self.desk.read(|partition| partition.campaign_of(said.wish.offer()?))?;
            Some((state.live.get(campaign)?, &said.account))
        });
        black_box(Roster::look_ahead(asked).len());
    }

    /// Lets the post's session hear it. A post that gets its author nothing begins no conversation: the
    /// partition answers it, and remembers that it did.
    pub(super) fn hear(&self, now: Timestamp, said: Said) -> Heard {
        let campaign = said.wish.offer().and_then(|no| self.desk.read(|partition| partition.campaign_of(no)));
        let Some(campaign) = campaign else {
            // A post that names no offer concerns whatever its author holds, in any campaign.
            return Heard { answered: self.desk.hear(now, &said), link: said.link };
        };
        let mut state = self.state.borrow_mut();
        if state.live.len() <= campaign {
            state.live.resize_with(campaign + 1, Roster::default);
        }
        let live = state.live.get_mut(campaign).expect("there is room for the campaign's sessions");
        if let Some(Live { actor, seat }) = live.get_mut(&said.account) {
            return actor.handle(Hear { said, now }, seat).0;
        }
        if state.count >= self.live_max {
            let (_, answer) = Item::Said { slot: 0, said }.answer(now, Outcome::Overloaded);
            return Heard { answered: Answered::Aside(Box::new(answer)), link: None };
        }
        let last = self.desk.read(Partition::last_sequence);
        let answered = self.desk.hear(now, &said);
        // A refusal is no record, and gets nobody anything.
        if self.desk.read(Partition::last_sequence) != last && self.is_busy(campaign, &said.account) {
            self.start(&mut state, now, campaign, said.account);
        }
        Heard { answered, link: said.link }
    }

    /// Whether the account holds something of the campaign, or waits for it.
    fn is_busy(&self, campaign: usize, account: &Account) -> bool {
        self.desk.read(|partition| {
            let session = partition.campaigns().get(campaign).and_then(|campaign| campaign.session(account));
            session.is_some_and(|session| !session.is_idle())
        })
    }

    fn start(&self, state: &mut State, now: Timestamp, campaign: usize, account: Account) {
        let live = state.live.get_mut(campaign).expect("there is room for the campaign's sessions");
        let actor = SessionActor::new(Rc::clone(&self.desk), now);
        let place = live.put(&account, Live { actor, seat: Seat::default() });
        state.count += 1;
        state.idle.push_back((now.plus(self.idle_for), campaign, place));
        self.gauge.increment(1);
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
            let Some((account, session)) = live.at(place) else { continue };
            let silent_until = session.actor.heard_at().plus(self.idle_for);
            if self.is_busy(campaign, account) || silent_until > now {
                idle.push_back((silent_until.max(now.plus(self.idle_for)), campaign, place));
            } else {
                if let Some(session) = live.at_mut(place) {
                    session.seat.stop();
                }
                live.remove_at(place);
                *count -= 1;
                self.gauge.decrement(1);
            }
        }
    }
}
