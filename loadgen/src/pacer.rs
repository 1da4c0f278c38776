//! The pacer: releases each post at its instant and gathers what is due together into requests. Pure: time is told.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;

use crowd::{PostIds, PostPlan};

use crate::population::Population;
use crate::scenario::Sending;
use crate::schedule::{Schedule, ScheduledPost};

/// A post of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentPost {
    /// Its id.
    pub post_id: u64,
    /// When it had to be sent, in microseconds from the start.
    pub scheduled_us: u64,
    /// What it says; none for noise.
    pub plan: Option<PostPlan>,
}

/// A request: lines of posts, and what is known of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// One JSON object a line.
    pub body: Vec<u8>,
    /// The posts in the order of their lines.
    pub posts: Vec<SentPost>,
}

/// A post that somebody will make: its time in microseconds, and what it says.
pub type Reaction = (u64, PostPlan);

/// Knows what is due, and when to look again.
pub struct Pacer<'a> {
    population: &'a Population,
    schedule: Peekable<Schedule<'a>>,
    reactions: BinaryHeap<Reverse<Reaction>>,
    ids: PostIds,
    begins_at_ms: i64,
    sending: Sending,
    gathered: Batch,
    /// When the first of the gathered posts was released.
    opened_us: u64,
}

impl<'a> Pacer<'a> {
    /// A pacer of that schedule, which starts at `begins_at_ms` (Unix milliseconds).
    pub fn new(
        population: &'a Population,
        schedule: Schedule<'a>,
        begins_at_ms: i64,
        sending: Sending,
    ) -> Self {
        Self {
            population,
            schedule: schedule.peekable(),
            reactions: BinaryHeap::new(),
            ids: PostIds::snowflake(2),
            begins_at_ms,
            sending,
            gathered: Batch::default(),
            opened_us: 0,
        }
    }

    /// Takes up a post that somebody will make.
    pub fn expect(&mut self, reaction: Reaction) {
        self.reactions.push(Reverse(reaction));
    }

    /// Whether every scheduled post has been released.
    pub fn is_exhausted(&mut self) -> bool {
        self.schedule.peek().is_none()
    }

    /// Whether there is nothing to come but what others may yet expect.
    pub fn is_idle(&mut self) -> bool {
        self.is_exhausted() && self.reactions.is_empty() && self.gathered.posts.is_empty()
    }

    /// The next request that is complete by `now_us`: full, or its first post has lingered.
    pub fn next_batch(&mut self, now_us: u64) -> Option<Batch> {
        while let Some(due) = self.take_due(now_us) {
            if self.gathered.posts.is_empty() {
                self.opened_us = now_us;
            }
            let Batch { body, posts } = &mut self.gathered;
            self.population.write(body, due.plan.as_ref(), due.post_id, due.posted_at_ms);
            posts.push(SentPost { post_id: due.post_id, scheduled_us: due.at_us, plan: due.plan });
            if posts.len() >= self.sending.batch {
                return Some(std::mem::take(&mut self.gathered));
            }
        }
        let lingered = now_us >= self.opened_us + self.sending.linger_us;
        (lingered && !self.gathered.posts.is_empty()).then(|| std::mem::take(&mut self.gathered))
    }

    /// When to ask for a request again; none if nothing is to come.
    pub fn wake_us(&mut self) -> Option<u64> {
        let lingered = (!self.gathered.posts.is_empty()).then_some(self.opened_us + self.sending.linger_us);
        let scheduled = self.schedule.peek().map(|due| due.at_us);
        let reaction = self.reactions.peek().map(|Reverse((at_us, _))| *at_us);
        [lingered, scheduled, reaction].into_iter().flatten().min()
    }

    /// The earliest post that is due.
    fn take_due(&mut self, now_us: u64) -> Option<ScheduledPost> {
        let scheduled = self.schedule.peek().map(|due| due.at_us);
        let reaction = self.reactions.peek().map(|Reverse((at_us, _))| *at_us);
        if reaction.is_some_and(|at_us| at_us <= now_us && scheduled.is_none_or(|other| at_us <= other)) {
            let Reverse((at_us, plan)) = self.reactions.pop()?;
            let posted_at_ms = self.begins_at_ms.saturating_add_unsigned(at_us / 1000);
            return Some(ScheduledPost {
                at_us,
                posted_at_ms,
                post_id: self.ids.next(posted_at_ms),
                plan: Some(plan),
            });
        }
        self.schedule.next_if(|due| due.at_us <= now_us)
    }
}
