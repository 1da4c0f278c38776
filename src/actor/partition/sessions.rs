//! The sessions that are live in a partition: started on demand, passivated when idle.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use actix::{Actor, Addr};
use metrics::Gauge;

use super::desk::Desk;
use super::{Hear, Item};
use crate::actor::session::SessionActor;
use crate::domain::answer::Answer;
use crate::domain::command::{Command, Said};
use crate::domain::id::Account;
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry;

/// Sessions that one look at the clock passivates at most, so that it never takes long.
const PASSIVATED_PER_TICK: usize = 4096;

/// An account's conversation with the campaign of that index.
type Key = (usize, Account);

struct Live {
    shell: Addr<SessionActor>,
    heard_at: Timestamp,
}

/// The live sessions of one partition.
pub(super) struct Sessions {
    desk: Rc<Desk>,
    live: RefCell<HashMap<Key, Live, foldhash::quality::RandomState>>,
    /// When each live session is to be looked at again, the earliest first.
    idle: RefCell<VecDeque<(Timestamp, Key)>>,
    live_max: usize,
    idle_for: Millis,
    gauge: Gauge,
}

impl Sessions {
    pub(super) fn new(desk: Rc<Desk>, live_max: usize, idle_for: Millis) -> Self {
        let (live, idle) = (RefCell::new(HashMap::default()), RefCell::new(VecDeque::new()));
        Self { desk, live, idle, live_max, idle_for, gauge: telemetry::sessions_live() }
    }

    /// Lets the post's session hear it.
    pub(super) async fn hear(&self, said: Said) -> Answer {
        let campaign = said.wish.offer().and_then(|no| self.desk.read(|partition| partition.campaign_of(no)));
        let Some(campaign) = campaign else {
            // A post that names no offer concerns whatever its author holds, in any campaign.
            return self.desk.turn(&Command::Say(said)).expect("a post is always answered");
        };
        match self.shell(campaign, &said.account) {
            Some(shell) => {
                shell.send(Hear(said)).await.expect("a session ends only when nobody can speak to it")
            }
            None => Item::Said { slot: 0, said }.answer(self.desk.now(), Outcome::Overloaded).1,
        }
    }

    fn shell(&self, campaign: usize, account: &Account) -> Option<Addr<SessionActor>> {
        let now = self.desk.now();
        let mut live = self.live.borrow_mut();
        let key = (campaign, account.clone());
        if let Some(session) = live.get_mut(&key) {
            session.heard_at = now;
            return Some(session.shell.clone());
        }
        if live.len() >= self.live_max {
            return None;
        }
        let shell = SessionActor::new(Rc::clone(&self.desk)).start();
        self.idle.borrow_mut().push_back((now.plus(self.idle_for), key.clone()));
        live.insert(key, Live { shell: shell.clone(), heard_at: now });
        self.gauge.increment(1);
        Some(shell)
    }

    /// Stops the shells of accounts that hold nothing and were silent for long. What they said is
    /// remembered by the partition as long as it counts.
    pub(super) fn passivate(&self, now: Timestamp) {
        let (mut idle, mut live) = (self.idle.borrow_mut(), self.live.borrow_mut());
        for _ in 0..PASSIVATED_PER_TICK {
            if idle.front().is_none_or(|(look_at, _)| *look_at > now) {
                return;
            }
            let Some((_, key)) = idle.pop_front() else { return };
            let Some(session) = live.get(&key) else { continue };
            let silent_until = session.heard_at.plus(self.idle_for);
            let busy = self.desk.read(|partition| {
                let campaign = partition.campaigns().get(key.0);
                campaign
                    .and_then(|campaign| campaign.session(&key.1))
                    .is_some_and(|session| !session.is_idle())
            });
            if busy || silent_until > now {
                idle.push_back((silent_until.max(now.plus(self.idle_for)), key));
            } else {
                live.remove(&key);
                self.gauge.decrement(1);
            }
        }
    }
}
