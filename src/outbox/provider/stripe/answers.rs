//! What an answer of Stripe's means, before it is known for which effect.

use compact_str::format_compact;

use super::objects::{ErrorAnswer, Failure};
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Unanswered};
use crate::networks::RateLimits;
use crate::outbox::attempt::AttemptResult;

/// How long the lane pauses when Stripe asks for fewer requests and does not say for how long.
const THROTTLED: Millis = Millis::from_secs(2);
/// When to ask again for a request that is still under way.
pub(super) const UNDER_WAY: Millis = Millis::from_secs(5);

/// What an answer says.
#[derive(Debug)]
pub(super) enum Said {
    /// It succeeded.
    Success(Answer),
    /// The card does not pay.
    Declined(Failure),
    /// The request was refused, and had no effect.
    Refused(Failure),
    /// The key was used with another body before.
    Mismatch(Failure),
    /// The attempt is over.
    Over(AttemptResult),
}

/// Reads an answer. Judged by the status where nothing else is needed; a body that cannot be read leaves a doubt.
pub(super) fn said(answer: Result<Answer, Unanswered>, now: Timestamp) -> Said {
    let answer = match answer {
        Ok(answer) => answer,
        Err(unanswered @ Unanswered::NotSent(_)) => return Said::Over(AttemptResult::failed(unanswered)),
        Err(unanswered @ Unanswered::Unknown(_)) => return Said::Over(AttemptResult::unknown(unanswered)),
    };
    let failure = || answer.json::<ErrorAnswer>().ok().map(|body| body.error);
    match answer.status {
        200..300 => Said::Success(answer),
        401 | 403 => {
            tracing::error!(
                status = answer.status,
                request = answer.header("request-id").unwrap_or_default(),
                "Stripe refuses the shop's key, or it lacks a permission: payments wait; \
                 `flashtag check --providers` says what is missing"
            );
            // More requests would tell no more, and no order is to blame: the lane is paused, and probes go on.
            let status = answer.status;
            Said::Over(AttemptResult::shut_out(format_compact!("Stripe answers {status} to the shop's key")))
        }
        409 => Said::Over(AttemptResult::InProgress { until: now.plus(UNDER_WAY) }),
        429 => {
            let until = RateLimits::rest_after(&answer, now, THROTTLED);
            Said::Over(AttemptResult::Throttled { until })
        }
        // The dependency failed, or the request was late: it may have taken effect.
        408 | 424 => Said::Over(doubtful(&answer)),
        400..500 => match failure() {
            Some(failure) if answer.status == 402 && failure.kind == "card_error" => Said::Declined(failure),
            Some(failure) if failure.kind == "idempotency_error" => {
                tracing::error!(
                    request = answer.header("request-id").unwrap_or_default(),
                    "Stripe has seen the key of a payment with another body"
                );
                Said::Mismatch(failure)
            }
            Some(failure) if answer.status != 402 => Said::Refused(failure),
            _ => Said::Over(doubtful(&answer)),
        },
        _ => Said::Over(doubtful(&answer)),
    }
}

/// The status and the number of the request, by which Stripe finds it.
fn doubtful(answer: &Answer) -> AttemptResult {
    let request = answer.header("request-id").unwrap_or_default();
    AttemptResult::unknown(format_compact!("Stripe answers {} {request}", answer.status).trim_end())
}
