//! The pipe: a scenario's posts as lines, for whoever reads posts from standard input or from a file.
//!
//! Nobody is answered through a pipe. So everybody does what they would do if a unit were kept for them at
//! once: some confirm a claim that got none, as people do who did not read the answer, and nobody reacts to
//! a promotion.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crowd::{PostKind, PromptKind};
use jiff::Timestamp;

use crate::clock::Clock;
use crate::error::CommandError;
use crate::pacer::{Batch, Pacer, Reaction, SentPost};
use crate::population::Population;
use crate::scenario::Scenario;
use crate::schedule::Schedule;

/// The longest sleep between two looks at whether somebody has had enough, in microseconds.
const LOOK_US: u64 = 100_000;

/// How fast the posts come.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each at its instant.
    Live(Clock),
    /// As fast as they are read, as a recording that began then (Unix milliseconds): each says when it arrived.
    AtOnce {
        /// The recording's beginning.
        begins_at_ms: i64,
    },
}

impl Pace {
    fn begins_at_ms(&self) -> i64 {
        match self {
            Self::Live(clock) => clock.started_at_ms(),
            Self::AtOnce { begins_at_ms } => *begins_at_ms,
        }
    }

    /// Waits for that instant, but not for long. What time it is then.
    fn wait_until(&self, at_us: u64) -> u64 {
        match self {
            Self::Live(clock) => {
                clock.sleep_until(at_us, LOOK_US);
                clock.us()
            }
            Self::AtOnce { .. } => at_us,
        }
    }
}

/// Writes the posts of a scenario, and returns how many. `stop` ends it early; `progress` is told of the
/// posts that are written.
///
/// # Errors
/// When the scenario's phases are no curve, or `out` takes nothing any more.
pub fn pipe(
    scenario: &Scenario,
    population: &Population,
    pace: Pace,
    out: &mut impl Write,
    stop: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<u64, CommandError> {
    let begins_at_ms = pace.begins_at_ms();
    let schedule = Schedule::new(scenario, population, begins_at_ms)
        .map_err(|fault| CommandError::data(fault.to_string()))?;
    let mut pacer = Pacer::new(population, schedule, begins_at_ms, scenario.sending);
    let mut people = People { population, claimed: HashSet::new() };
    let mut posts = 0;
    while !stop.load(Ordering::Acquire)
        && let Some(wake_us) = pacer.wake_us()
    {
        let now_us = pace.wait_until(wake_us);
        while let Some(batch) = pacer.next_batch(now_us) {
            write(out, &batch, pace).map_err(|source| CommandError::output(&source))?;
            posts += batch.posts.len() as u64;
            batch.posts.iter().filter_map(|post| people.reaction(post)).for_each(|it| pacer.expect(it));
        }
        progress(posts);
    }
    out.flush().map_err(|source| CommandError::output(&source))?;
    Ok(posts)
}

fn write(out: &mut impl Write, Batch { body, posts }: &Batch, pace: Pace) -> io::Result<()> {
    let Pace::AtOnce { begins_at_ms } = pace else {
        out.write_all(body)?;
        return out.flush();
    };
    for (line, post) in body.split_inclusive(|byte| *byte == b'\n').zip(posts) {
        let arrived_at_ms = begins_at_ms.saturating_add_unsigned(post.scheduled_us / 1000);
        let arrived_at = Timestamp::from_millisecond(arrived_at_ms).unwrap_or_default();
        let open = line.strip_suffix(b"}\n").expect("a line is an object");
        out.write_all(open)?;
        writeln!(out, r#","arrived_at":"{arrived_at}"}}"#)?;
    }
    Ok(())
}

/// Those who post, and what they said.
struct People<'a> {
    population: &'a Population,
    /// The posts that were claims: one that is delivered twice was made once.
    claimed: HashSet<u64>,
}

impl People<'_> {
    fn reaction(&mut self, post: &SentPost) -> Option<Reaction> {
        let plan = post.plan.filter(|plan| plan.kind == PostKind::Claim)?;
        if !self.claimed.insert(post.post_id) {
            return None;
        }
        let (delay_ms, answer) = self.population.reaction(plan.person, plan.target, PromptKind::Reserved)?;
        Some((post.scheduled_us + delay_ms * 1000, answer))
    }
}
