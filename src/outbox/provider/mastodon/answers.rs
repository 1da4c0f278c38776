//! What a server's answers mean for an attempt.
//!
//! Judged by the status, for messages come in the account's language. But a refusal counts for good only if it has a
//! message: what was damaged on its way, or comes from what stands before the server, says nothing of the post.

use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Unanswered};
use crate::networks::RateLimits;
use crate::networks::mastodon::has_message;
use crate::outbox::attempt::AttemptResult;

/// How long the lane pauses when the server does not accept the account's token. The effect keeps its attempts: it is
/// the operator who must act.
const SIGNED_OUT: Millis = Millis::from_secs(60);
/// How long the lane pauses when the server asks for fewer requests and does not say for how long: the length of its
/// usual window.
const THROTTLED: Millis = Millis::from_secs(300);

/// What the server says of the post that is answered.
pub(super) enum Parent {
    /// It shows it.
    Shown(Answer),
    /// It has none, in these words.
    Gone(String),
    /// It answers with the status of an absence, and without a message.
    Unsaid(String),
}

/// The answer to a request that only reads: it did nothing, so another attempt may succeed.
///
/// # Errors
/// When it is no success.
pub(super) fn read(answer: Result<Answer, Unanswered>, now: Timestamp) -> Result<Answer, AttemptResult> {
    let answer = answer.map_err(AttemptResult::failed)?;
    if answer.is_success() {
        return Ok(answer);
    }
    Err(delay(&answer, now).unwrap_or_else(|| AttemptResult::failed(said(&answer))))
}

/// The answer to the reading of the post that is answered.
///
/// # Errors
/// When it says nothing of the post, or that it is not shown.
pub(super) fn parent(answer: Result<Answer, Unanswered>, now: Timestamp) -> Result<Parent, AttemptResult> {
    match answer {
        Ok(answer) if matches!(answer.status, 404 | 410) => {
            let words = said(&answer);
            Ok(if has_message(&answer) { Parent::Gone(words) } else { Parent::Unsaid(words) })
        }
        Ok(answer) if is_refusal(&answer) => Err(AttemptResult::impossible(said(&answer))),
        answer => read(answer, now).map(Parent::Shown),
    }
}

/// The answer to a request that posts a status, which may be a reply.
///
/// # Errors
/// When it is no success.
pub(super) fn posted(
    answer: Result<Answer, Unanswered>,
    is_reply: bool,
    now: Timestamp,
) -> Result<Answer, AttemptResult> {
    match answer {
        Err(unanswered @ Unanswered::NotSent(_)) => Err(AttemptResult::failed(unanswered)),
        Err(unanswered @ Unanswered::Unknown(_)) => Err(AttemptResult::unknown(unanswered)),
        Ok(answer) if answer.is_success() => Ok(answer),
        // What it answers was deleted since it was read.
        Ok(answer) if is_reply && answer.status == 404 && has_message(&answer) => {
            Err(AttemptResult::gone(said(&answer)))
        }
        Ok(answer) if is_refusal(&answer) => Err(AttemptResult::impossible(said(&answer))),
        // The status may have been made before the failure, or by the request that came first.
        Ok(answer) => Err(delay(&answer, now).unwrap_or_else(|| AttemptResult::unknown(said(&answer)))),
    }
}

/// The pause that an answer asks of the lane, if it does.
fn delay(answer: &Answer, now: Timestamp) -> Option<AttemptResult> {
    match answer.status {
        401 | 403 => Some(AttemptResult::Throttled { until: now.plus(SIGNED_OUT) }),
        429 => Some(AttemptResult::Throttled { until: RateLimits::rest_after(answer, now, THROTTLED) }),
        _ => None,
    }
}

/// Whether the server refuses this request for good, and says why. A record that is there already is no refusal.
fn is_refusal(answer: &Answer) -> bool {
    let is_of_request = !matches!(answer.status, 401 | 403 | 408 | 429);
    (400..500).contains(&answer.status) && is_of_request && has_message(answer) && !is_duplicate(answer)
}

/// Whether another request made the same record at the same time. The message is in no language but English.
fn is_duplicate(answer: &Answer) -> bool {
    answer.status == 422 && said(answer).to_ascii_lowercase().contains("duplicate record")
}

/// The status and the server's words, for people.
fn said(answer: &Answer) -> String {
    let words = String::from_utf8_lossy(&answer.body);
    format!("{} {}", answer.status, words.trim()).trim_end().to_owned()
}
