//! Whether a refusal is the server's own word.

use serde::Deserialize;

use crate::net::Answer;

/// Whether the server itself speaks, as every server with this interface does of what it refuses. What was damaged on its
/// way, or comes from what stands before the server, has no message.
#[must_use]
pub fn has_message(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    answer.json().is_ok_and(|Refusal { error }| !error.is_empty())
}
