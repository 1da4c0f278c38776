//! A sender: a thread with its own connection, which sends one request at a time.

use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender};
use crowd::PromptKind;

use super::state::RunState;
use crate::pacer::{Batch, Reaction, SentPost};
use crate::target::{OutcomeLine, PostResponse, Target};

/// Sends requests until the queue is closed.
pub(super) fn send(
    shared: &RunState<'_>,
    target: &Target,
    queue: &Receiver<Batch>,
    reactions: &Sender<Reaction>,
) {
    for Batch { body, posts } in queue {
        let sent_us = shared.clock.us();
        let sent = target.post(&body);
        let now_us = shared.clock.us();
        match sent {
            PostResponse::Answered(answer) => {
                let reserved = record_answer(shared, &posts, &answer, (sent_us, now_us));
                reserved.iter().filter_map(|post| reaction(shared, post, now_us)).for_each(|reaction| {
                    // At the end of a run the pacing thread is gone.
                    reactions.send(reaction).ok();
                });
            }
            PostResponse::Overloaded => {
                shared.ledger().overloaded(&posts);
                let mut record = shared.record();
                posts.iter().for_each(|post| record.answered(post.scheduled_us, sent_us, now_us));
            }
            PostResponse::Failed(words) => fail(shared, &posts, words),
        }
        shared.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Records an answer. Returns the posts that were answered with a new reservation.
fn record_answer(
    shared: &RunState<'_>,
    posts: &[SentPost],
    answer: &[u8],
    (sent_us, now_us): (u64, u64),
) -> Vec<SentPost> {
    let lines = answer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines: Result<Vec<OutcomeLine<'_>>, _> = lines.map(serde_json::from_slice).collect();
    let lines = match lines {
        Ok(lines) => lines,
        Err(fault) => {
            fail(shared, posts, format!("an answer cannot be read: {fault}"));
            return Vec::new();
        }
    };
    let mut record = shared.record();
    posts.iter().zip(&lines).for_each(|(post, _)| record.answered(post.scheduled_us, sent_us, now_us));
    drop(record);
    shared.ledger().record(posts, &lines)
}

fn fail(shared: &RunState<'_>, posts: &[SentPost], words: String) {
    shared.ledger().unanswered(posts);
    let mut record = shared.record();
    posts.iter().for_each(|post| record.failed(post.scheduled_us));
    shared.failure.lock().expect("no panic is survived").get_or_insert(words);
}

fn reaction(shared: &RunState<'_>, post: &SentPost, now_us: u64) -> Option<Reaction> {
    let plan = post.plan?;
    let (delay_ms, answer) = shared.population.reaction(plan.person, plan.target, PromptKind::Reserved)?;
    Some((now_us + delay_ms * 1000, answer))
}
