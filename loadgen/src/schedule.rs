//! The schedule: the posts of the crowd and the bots, in the order of delivery. A pure function of the seed.

use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;

use crowd::{ArrivalKind, Burst, PostIds, PostPlan};
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::population::Population;
use crate::scenario::{Bots, Lateness, Outage, Scenario};

/// A post, and the instant at which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledPost {
    /// Microseconds from the start of the run.
    pub at_us: u64,
    /// Unix milliseconds at which it was posted; earlier than its delivery if the network was late.
    pub posted_at_ms: i64,
    /// The post's id, which is the same in every delivery.
    pub post_id: u64,
    /// Meaning of the post; none for noise.
    pub plan: Option<PostPlan>,
}

/// Iterates over the posts of a scenario in time order, without reactions.
pub struct Schedule<'a> {
    people: Peekable<Spread<'a>>,
    bots: Option<Peekable<BotStream<'a>>>,
    late: Option<Lateness>,
    outage: Option<Outage>,
    /// Posts made during the outage.
    backlog: Vec<ScheduledPost>,
    /// Delayed deliveries, ordered by their time and then by their insertion.
    held: BTreeMap<(u64, u64), ScheduledPost>,
    inserted: u64,
    rng: Xoshiro256PlusPlus,
}

impl<'a> Schedule<'a> {
    /// Makes the schedule of a run that starts at `begins_at_ms` (Unix milliseconds).
    ///
    /// # Errors
    /// If the scenario's phases are invalid.
    pub fn new(
        scenario: &Scenario,
        population: &'a Population,
        begins_at_ms: i64,
    ) -> Result<Self, crowd::CurveError> {
        let curve = scenario.curve()?;
        let span_us = curve.span_ms() * 1000;
        let ids = PostIds::snowflake(1);
        let burst = Burst::along(population.crowd(), curve, scenario.noise_per_claim, begins_at_ms, ids);
        let bots =
            scenario.bots.map(|bots| BotStream::new(bots, population, begins_at_ms, span_us).peekable());
        Ok(Self {
            people: Spread { arrivals: burst.peekable(), ready: VecDeque::new() }.peekable(),
            bots,
            late: scenario.late,
            outage: scenario.outage,
            backlog: Vec::new(),
            held: BTreeMap::new(),
            inserted: 0,
            rng: Xoshiro256PlusPlus::seed_from_u64(scenario.seed),
        })
    }

    /// Returns the microsecond of the next new post.
    fn fresh_us(&mut self) -> Option<u64> {
        let people = self.people.peek().map(|due| due.at_us);
        let bots = self.bots.as_mut().and_then(Peekable::peek).map(|due| due.at_us);
        people.into_iter().chain(bots).min()
    }

    fn take_fresh(&mut self, at_us: u64) -> Option<ScheduledPost> {
        let of_people = self.people.next_if(|due| due.at_us == at_us);
        of_people.or_else(|| self.bots.as_mut()?.next())
    }

    /// Passes a new post to the network, which delivers it at once, later, or after the outage.
    fn deliver_or_hold(&mut self, due: ScheduledPost) -> Option<ScheduledPost> {
        let at_us = match self.late {
            Some(late) if self.rng.random_bool(late.share) => {
                due.at_us + self.rng.random_range(0..late.most_ms * 1000)
            }
            _ => due.at_us,
        };
        let late = ScheduledPost { at_us, ..due };
        if self.outage.is_some_and(|outage| silence_us(&outage).contains(&at_us)) {
            self.backlog.push(late);
            None
        } else if at_us > due.at_us {
            self.hold(late);
            None
        } else {
            Some(due)
        }
    }

    fn hold(&mut self, due: ScheduledPost) {
        self.inserted += 1;
        self.held.insert((due.at_us, self.inserted), due);
    }

    /// Schedules the backlog after an outage, in random order, at the scenario's rate.
    fn release_backlog(&mut self, outage: &Outage) {
        let mut backlog = std::mem::take(&mut self.backlog);
        backlog.shuffle(&mut self.rng);
        for (place, due) in backlog.into_iter().enumerate() {
            let after_us = (place as f64 * 1e6 / outage.backlog_per_s) as u64;
            self.hold(ScheduledPost { at_us: silence_us(outage).end + after_us, ..due });
        }
    }
}

impl Iterator for Schedule<'_> {
    type Item = ScheduledPost;

    fn next(&mut self) -> Option<ScheduledPost> {
        loop {
            let fresh_us = self.fresh_us();
            if let Some(outage) = self.outage
                && fresh_us.is_none_or(|at_us| at_us >= silence_us(&outage).end)
            {
                self.outage = None;
                self.release_backlog(&outage);
            }
            let held_us = self.held.first_key_value().map(|((at_us, _), _)| *at_us);
            match (held_us, fresh_us) {
                (Some(held_us), fresh_us) if fresh_us.is_none_or(|fresh_us| held_us <= fresh_us) => {
                    return self.held.pop_first().map(|(_, due)| due);
                }
                (_, Some(fresh_us)) => {
                    let due = self.take_fresh(fresh_us)?;
                    if let Some(due) = self.deliver_or_hold(due) {
                        return Some(due);
                    }
                }
                (_, None) => return None,
            }
        }
    }
}

/// Returns the microseconds of an outage.
fn silence_us(outage: &Outage) -> std::ops::Range<u64> {
    (outage.from_s * 1e6) as u64..((outage.from_s + outage.for_s) * 1e6) as u64
}

/// Spreads the crowd's arrivals, whose times are milliseconds, evenly over each millisecond.
struct Spread<'a> {
    arrivals: Peekable<Burst<'a>>,
    ready: VecDeque<ScheduledPost>,
}

impl Iterator for Spread<'_> {
    type Item = ScheduledPost;

    fn next(&mut self) -> Option<ScheduledPost> {
        if self.ready.is_empty() {
            let at_ms = self.arrivals.peek()?.at_ms;
            while let Some(arrival) = self.arrivals.next_if(|arrival| arrival.at_ms == at_ms) {
                let plan = match arrival.what {
                    ArrivalKind::Post(plan) => Some(plan),
                    ArrivalKind::Noise => None,
                };
                let at_us = at_ms * 1000;
                let (posted_at_ms, post_id) = (arrival.posted_at_ms, arrival.post_id);
                self.ready.push_back(ScheduledPost { at_us, posted_at_ms, post_id, plan });
            }
            let count = self.ready.len() as u64;
            for (place, due) in (0..).zip(&mut self.ready) {
                due.at_us += place * 1000 / count;
            }
        }
        self.ready.pop_front()
    }
}

/// Iterates over the bots' claims, at a steady rate.
struct BotStream<'a> {
    bots: Bots,
    population: &'a Population,
    begins_at_ms: i64,
    span_us: u64,
    turn: u64,
    ids: PostIds,
}

impl<'a> BotStream<'a> {
    fn new(bots: Bots, population: &'a Population, begins_at_ms: i64, span_us: u64) -> Self {
        Self { bots, population, begins_at_ms, span_us, turn: 0, ids: PostIds::snowflake(3) }
    }
}

impl Iterator for BotStream<'_> {
    type Item = ScheduledPost;

    fn next(&mut self) -> Option<ScheduledPost> {
        let at_us = (self.turn as f64 * 1e6 / self.bots.posts_per_s) as u64;
        if at_us >= self.span_us {
            return None;
        }
        let plan = Some(self.population.bot_claim(&self.bots, self.turn));
        self.turn += 1;
        let posted_at_ms = self.begins_at_ms.saturating_add_unsigned(at_us / 1000);
        Some(ScheduledPost { at_us, posted_at_ms, post_id: self.ids.next(posted_at_ms), plan })
    }
}
