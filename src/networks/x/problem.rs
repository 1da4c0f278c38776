//! The problems that X reports in bodies of answers and in streams.

use compact_str::{CompactString, format_compact};
use serde::Deserialize;

use crate::net::Answer;

/// What X says is wrong. Every field may be missing, so the status of an answer counts first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The short name.
    pub title: CompactString,
    /// The explanation.
    pub detail: CompactString,
    /// The kind, as an address.
    #[serde(rename = "type")]
    pub kind: CompactString,
    /// Older problems have only this explanation.
    pub message: CompactString,
    /// Why a stream is refused.
    pub connection_issue: CompactString,
    /// Why an open stream ends.
    pub disconnect_type: CompactString,
    /// What an OAuth endpoint refuses.
    pub error: CompactString,
    /// Its explanation.
    pub error_description: CompactString,
}

/// A body: a problem, or a list of them.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Problem>,
}

impl Problem {
    /// The first problem that a body names; an empty one for any other content.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let listed =
            serde_json::from_slice::<Body>(body).ok().and_then(|body| body.errors.into_iter().next());
        let own = || serde_json::from_slice(body).unwrap_or_default();
        listed.unwrap_or_else(own)
    }

    /// The problem of an answer.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        Self::read(&answer.body)
    }

    /// Whether the body says anything; one that was cut or damaged on its way does not.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self != Self::default()
    }

    /// Whether its kind is `name`, as `client-forbidden`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.kind.rsplit('/').next() == Some(name)
    }

    /// Whether it says that something exists already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        [&self.title, &self.detail, &self.message, &self.kind]
            .iter()
            .any(|text| text.to_ascii_lowercase().contains("duplicate"))
    }

    /// What an operator reads, with the answer's status.
    #[must_use]
    pub fn words(&self, status: u16) -> CompactString {
        let all = [&self.detail, &self.error_description, &self.message, &self.title, &self.error];
        match all.into_iter().find(|text| !text.is_empty()) {
            Some(text) => format_compact!("X answered {status}: {text}"),
            None => format_compact!("X answered {status}"),
        }
    }
}
