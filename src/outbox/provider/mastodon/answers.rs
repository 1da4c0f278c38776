//! What a server's answers mean for an attempt. Judged by the status: messages come in the account's language.

use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Unanswered};
use crate::networks::RateLimits;
use crate::outbox::attempt::AttemptResult;

/// How long the lane pauses when the server does not accept the account's token. The effect keeps its attempts: it is
/// the operator who must act.
const SIGNED_OUT: Millis = Millis::from_secs(60);
/// How long the lane pauses when the server asks for fewer requests and does not say for how long: the length of its
/// usual window.
const THROTTLED: Millis = Millis::from_secs(300);

/// The answer to a request that only reads.
///
/// # Errors
/// When it is no success.
pub(super) fn read(answer: Result<Answer, Unanswered>, now: Timestamp) -> Result<Answer, AttemptResult> {
    match answer {
        // A read that got no answer did nothing.
        Err(unanswered) => Err(AttemptResult::failed(unanswered)),
        Ok(answer) if answer.is_success() => Ok(answer),
        Ok(answer) => Err(refused(&answer, now).unwrap_or_else(|| AttemptResult::failed(said(&answer)))),
    }
}

/// The answer to a request that posts a status.
///
/// # Errors
/// When it is no success.
pub(super) fn posted(answer: Result<Answer, Unanswered>, now: Timestamp) -> Result<Answer, AttemptResult> {
    match answer {
        Err(unanswered @ Unanswered::NotSent(_)) => Err(AttemptResult::failed(unanswered)),
        Err(unanswered @ Unanswered::Unknown(_)) => Err(AttemptResult::unknown(unanswered)),
        Ok(answer) if answer.is_success() => Ok(answer),
        // The status may have been made before the failure.
        Ok(answer) => Err(refused(&answer, now).unwrap_or_else(|| AttemptResult::unknown(said(&answer)))),
    }
}

/// The meaning of a refusal; `None` for an answer that is none: the server, or what stands before it, failed.
fn refused(answer: &Answer, now: Timestamp) -> Option<AttemptResult> {
    match answer.status {
        401 | 403 => Some(AttemptResult::Throttled { until: now.plus(SIGNED_OUT) }),
        429 => Some(AttemptResult::Throttled { until: RateLimits::rest_after(answer, now, THROTTLED) }),
        408 => None,
        400..500 => Some(AttemptResult::impossible(said(answer))),
        _ => None,
    }
}

/// The status and the server's words, for people.
fn said(answer: &Answer) -> String {
    let words = String::from_utf8_lossy(&answer.body);
    format!("{} {}", answer.status, words.trim()).trim_end().to_owned()
}
