//! The pipe: a scenario's posts as lines, for readers of standard input or of a file.
//!
//! A pipe returns no answers, so people react as if each claim had been answered with a reservation. Some
//! thus confirm a claim that reserved nothing, and no person reacts to a promotion.

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

/// Microseconds after which the stop flag is polled at the latest.
const POLL_US: u64 = 100_000;

/// How fast the posts are written.
#[derive(Debug, Clone, Copy)]
pub enum Playback {
    /// Writes each post at its instant.
    Live(Clock),
    /// Writes a recording as fast as it is read; each line has its instant of arrival.
    AtOnce {
        /// Beginning of the recording, in Unix milliseconds.
        begins_at_ms: i64,
    },
}

impl Playback {
    fn begins_at_ms(&self) -> i64 {
        match self {
            Self::Live(clock) => clock.started_at_ms(),
            Self::AtOnce { begins_at_ms } => *begins_at_ms,
        }
    }

    /// Waits until `at_us`, or until the next poll, and returns the time.
    fn wait_until(&self, at_us: u64) -> u64 {
        match self {
            Self::Live(clock) => {
                clock.sleep_until(at_us, POLL_US);
                clock.us()
            }
            Self::AtOnce { .. } => at_us,
        }
    }
}

/// Writes the posts of a scenario, and returns their number. `stop` ends it early; `progress` is called with
/// the number of written posts.
///
/// # Errors
/// If the scenario's phases are invalid, or `out` cannot be written.
pub fn pipe(
    scenario: &Scenario,
    population: &Population,
    playback: Playback,
    out: &mut impl Write,
    stop: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<u64, CommandError> {
    let begins_at_ms = playback.begins_at_ms();
    let schedule = Schedule::new(scenario, population, begins_at_ms)
        .map_err(|fault| CommandError::data(fault.to_string()))?;
    let mut pacer = Pacer::new(population, schedule, begins_at_ms, scenario.sending);
    let mut reactions = ClaimReactions { population, claimed: HashSet::new() };
    let mut posts = 0;
    while !stop.load(Ordering::Acquire)
        && let Some(wake_us) = pacer.wake_us()
    {
        let now_us = playback.wait_until(wake_us);
        while let Some(batch) = pacer.next_batch(now_us) {
            write(out, &batch, playback).map_err(|source| CommandError::output(&source))?;
            posts += batch.posts.len() as u64;
            batch
                .posts
                .iter()
                .filter_map(|post| reactions.reaction(post))
                .for_each(|it| pacer.add_reaction(it));
        }
        progress(posts);
    }
    out.flush().map_err(|source| CommandError::output(&source))?;
    Ok(posts)
}

fn write(out: &mut impl Write, Batch { body, posts }: &Batch, playback: Playback) -> io::Result<()> {
    let Playback::AtOnce { begins_at_ms } = playback else {
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

/// The people's reactions to their own claims.
struct ClaimReactions<'a> {
    population: &'a Population,
    /// Ids of the claims so far: a claim that is delivered twice causes one reaction.
    claimed: HashSet<u64>,
}

impl ClaimReactions<'_> {
    fn reaction(&mut self, post: &SentPost) -> Option<Reaction> {
        let plan = post.plan.filter(|plan| plan.kind == PostKind::Claim)?;
        if !self.claimed.insert(post.post_id) {
            return None;
        }
        let (delay_ms, answer) = self.population.reaction(plan.person, plan.target, PromptKind::Reserved)?;
        Some((post.scheduled_us + delay_ms * 1000, answer))
    }
}
