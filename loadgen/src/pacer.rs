//! The pacer: releases each post at its instant and batches posts into requests. Pure: the caller passes the
//! time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;

use crowd::{PostIds, PostPlan};

use crate::population::Population;
use crate::scenario::Sending;
use crate::schedule::{Schedule, ScheduledPost};

/// A post in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentPost {
    /// The post's id.
    pub post_id: u64,
    /// Instant at which it was due, in microseconds from the start.
    pub scheduled_us: u64,
    /// Meaning of the post; none for noise.
    pub plan: Option<PostPlan>,
}

/// A request: the lines of its posts, and their data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// One JSON object per line.
    pub body: Vec<u8>,
    /// The posts in the order of their lines.
    pub posts: Vec<SentPost>,
}

/// A future post of a person: its microsecond from the start, and its meaning.
pub type Reaction = (u64, PostPlan);

/// Merges the schedule with reactions, and batches the posts.
pub struct Pacer<'a> {
    population: &'a Population,
    schedule: Peekable<Schedule<'a>>,
    reactions: BinaryHeap<Reverse<Reaction>>,
    ids: PostIds,
    begins_at_ms: i64,
    sending: Sending,
    gathered: Batch,
    /// Microsecond at which the first of the gathered posts was released.
    opened_us: u64,
}

impl<'a> Pacer<'a> {
    /// Makes the pacer of a schedule that starts at `begins_at_ms` (Unix milliseconds).
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

    /// Adds a future post.
    pub fn add_reaction(&mut self, reaction: Reaction) {
        self.reactions.push(Reverse(reaction));
    }

    /// Tells whether every scheduled post has been released.
    pub fn is_exhausted(&mut self) -> bool {
        self.schedule.peek().is_none()
    }

    /// Tells whether no post is pending, apart from reactions that may still be added.
    pub fn is_idle(&mut self) -> bool {
        self.is_exhausted() && self.reactions.is_empty() && self.gathered.posts.is_empty()
    }

    /// Returns the next request that is complete by `now_us`: it is full, or its first post has lingered.
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

    /// Returns the microsecond of the next possible request; none if no post is pending.
    pub fn wake_us(&mut self) -> Option<u64> {
        let lingered = (!self.gathered.posts.is_empty()).then_some(self.opened_us + self.sending.linger_us);
        let scheduled = self.schedule.peek().map(|due| due.at_us);
        let reaction = self.reactions.peek().map(|Reverse((at_us, _))| *at_us);
        [lingered, scheduled, reaction].into_iter().flatten().min()
    }

    /// Removes the earliest due post.
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
