//! What the providers of all networks share: requests on the runtime's blocking threads.

use std::sync::Arc;

use crate::net::{Answer, Http, Request, Unanswered};
use crate::outbox::attempt::AttemptResult;

/// Upper bound on the requests of one attempt: those of a reply that is looked for on six pages before it is posted.
const REQUESTS_MAX: u32 = 9;

/// What a provider's protocol wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Make this request, and tell the answer.
    Ask(Request),
    /// The attempt is over.
    Over(AttemptResult),
}

/// One attempt as a protocol without sockets.
pub trait Exchanges {
    /// What it wants next. Asked again after each answer.
    fn next(&self) -> Turn;

    /// Takes the answer to the request of [`next`](Self::next).
    fn answered(&mut self, answer: Result<Answer, Unanswered>);
}

/// Makes one request, on a thread that may wait.
///
/// # Errors
/// When no answer comes.
pub async fn exchange(http: &Arc<dyn Http>, request: Request) -> Result<Answer, Unanswered> {
    let http = Arc::clone(http);
    let exchanged = tokio::task::spawn_blocking(move || http.exchange(&request)).await;
    exchanged.unwrap_or_else(|_| Err(Unanswered::Unknown("the request was given up".into())))
}

/// Carries an attempt out.
pub async fn carry_out(http: &Arc<dyn Http>, attempt: &mut dyn Exchanges) -> AttemptResult {
    for _ in 0..REQUESTS_MAX {
        match attempt.next() {
            Turn::Over(result) => return result,
            Turn::Ask(request) => attempt.answered(exchange(http, request).await),
        }
    }
    match attempt.next() {
        Turn::Over(result) => result,
        Turn::Ask(_) => AttemptResult::unknown("the network keeps asking back"),
    }
}

/// What a request that changes something and has no answer means for its effect.
#[must_use]
pub fn unanswered(fault: &Unanswered) -> AttemptResult {
    match fault {
        Unanswered::NotSent(_) => AttemptResult::failed(fault),
        Unanswered::Unknown(_) => AttemptResult::unknown(fault),
    }
}
