//! What the server's answers mean for an attempt.

use crate::domain::time::Timestamp;
use crate::net::Answer;
use crate::networks::bluesky::{AtUri, ReplyRefs, StoredPost, StrongRef, XrpcFault, found_record, retry_at};
use crate::outbox::attempt::AttemptResult;

/// What is known of the post that is answered.
pub(super) enum Parent {
    /// It exists; the reply refers to it so.
    Found(ReplyRefs),
    /// The server has no such post.
    Absent,
    /// The server does not say, with this result if nobody else does.
    Unknown(AttemptResult),
    /// The server accepts no request until then.
    Throttled(Timestamp),
}

/// Reads the answer about the post at `uri`.
pub(super) fn parent(uri: &AtUri, answer: &Answer, now: Timestamp) -> Parent {
    if answer.status == 429 {
        return Parent::Throttled(retry_at(answer, now));
    }
    if !answer.is_success() {
        let fault = XrpcFault::of(answer);
        return if fault.is_absence() {
            Parent::Absent
        } else {
            Parent::Unknown(AttemptResult::failed(fault.text()))
        };
    }
    match found_record(answer) {
        Ok(found) if found.uri == uri.to_string() => {
            let this = StrongRef { uri: found.uri, cid: found.cid };
            Parent::Found(found.value.reply_to(this))
        }
        Ok(_) => Parent::Unknown(AttemptResult::failed("the server answers with another record")),
        Err(error) => Parent::Unknown(AttemptResult::failed(error)),
    }
}

/// Reads the answer to putting the post at `uri`. `None`: another record is there, or this one in another form.
pub(super) fn put(uri: &AtUri, answer: &Answer, now: Timestamp) -> Option<Result<(), AttemptResult>> {
    #[derive(serde::Deserialize)]
    struct Made {
        uri: String,
    }
    Some(Err(match answer.status {
        200..=299 => match answer.json::<Made>() {
            Ok(made) if made.uri == uri.to_string() => return Some(Ok(())),
            // What was put is at the address or is not: putting it again is safe.
            Ok(_) => AttemptResult::unknown("the server names another record"),
            Err(error) => AttemptResult::unknown(error),
        },
        429 => AttemptResult::Throttled { until: retry_at(answer, now) },
        400 | 413 => {
            let fault = XrpcFault::of(answer);
            match fault.error.as_str() {
                "InvalidSwap" => return None,
                // Cut or damaged on its way: it may have said that the post is there.
                "" => AttemptResult::unknown(fault.text()),
                _ if fault.is_of_token() => AttemptResult::failed(fault.text()),
                _ => AttemptResult::impossible(fault.text()),
            }
        }
        // The account's standing or the server's address, and not this post: an operator can mend it.
        300..=499 => AttemptResult::failed(XrpcFault::of(answer).text()),
        _ => AttemptResult::unknown(XrpcFault::of(answer).text()),
    }))
}

/// Reads the answer about what is at the post's own address, which is the post if `is_it` says so. Only a whole record says
/// that it is another one.
pub(super) fn existing(
    uri: &AtUri,
    is_it: impl Fn(&StoredPost) -> bool,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), AttemptResult> {
    if answer.status == 429 {
        return Err(AttemptResult::Throttled { until: retry_at(answer, now) });
    }
    if !answer.is_success() {
        return Err(AttemptResult::failed(XrpcFault::of(answer).text()));
    }
    let found = found_record(answer).map_err(AttemptResult::failed)?;
    if found.uri != uri.to_string() || found.value.kind.is_empty() {
        return Err(AttemptResult::failed("the server answers with another record"));
    }
    if is_it(&found.value) {
        Ok(())
    } else {
        Err(AttemptResult::impossible("another record is at its address, and stays"))
    }
}
