//! What goes wrong with a request or a stream, in the kinds that differ in what helps.

use compact_str::{CompactString, ToCompactString};

use crate::domain::time::Timestamp;
use crate::net::{Answer, NotOpened, Unanswered};
use crate::networks::RateLimits;
use crate::networks::x::Problem;

/// What went wrong, with words for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answers, or the stream ended.
    Network(CompactString),
    /// X has a fault of its own.
    Server(CompactString),
    /// X wants fewer requests, until then if it tells.
    Limited(CompactString, Option<Timestamp>),
    /// X counts as many connections of the app as there may be.
    TooManyConnections(CompactString),
    /// The filtered stream has no rules.
    NoRules(CompactString),
    /// The token is no longer good.
    SignedOut(CompactString),
    /// X does not allow it.
    Refused(CompactString),
}

impl Trouble {
    /// The trouble of an answer that is no success.
    pub(super) fn of_answer(answer: &Answer, now: Timestamp) -> Self {
        let problem = Problem::of(answer);
        let words = problem.words(answer.status);
        match answer.status {
            401 => Self::SignedOut(words),
            _ if problem.connection_issue == "TooManyConnections" => Self::TooManyConnections(words),
            409 => Self::NoRules(words),
            429 => Self::Limited(words, RateLimits::told_by(answer, now)),
            // Without a word it is the page of a firewall, or was damaged on its way.
            400 | 403 | 404 if problem.is_told() => Self::Refused(words),
            _ => Self::Server(words),
        }
    }

    pub(super) fn of_unanswered(unanswered: &Unanswered) -> Self {
        Self::Network(unanswered.to_compact_string())
    }

    pub(super) fn of_not_opened(not_opened: &NotOpened, now: Timestamp) -> Self {
        match not_opened {
            NotOpened::Refused(answer) => Self::of_answer(answer, now),
            NotOpened::Unanswered(unanswered) => Self::of_unanswered(unanswered),
        }
    }

    /// The trouble that a stream tells before it ends.
    pub(super) fn of_stream(problem: &Problem) -> Self {
        let words = [&problem.detail, &problem.title].into_iter().find(|words| !words.is_empty());
        let words = words.cloned().unwrap_or_else(|| "X ended the stream".into());
        match (problem.disconnect_type.as_str(), problem.connection_issue.as_str()) {
            (_, "TooManyConnections") => Self::TooManyConnections(words),
            ("InvalidRules", _) | (_, "RuleConfigurationIssue" | "RulesInvalidIssue") => Self::NoRules(words),
            ("ForceDisconnect" | "ClientApplicationStateDegraded" | "InternalError", _) => {
                Self::Server(words)
            }
            _ => Self::Network(words),
        }
    }

    /// What an operator reads.
    pub(super) const fn words(&self) -> &CompactString {
        match self {
            Self::Network(words)
            | Self::Server(words)
            | Self::Limited(words, _)
            | Self::TooManyConnections(words)
            | Self::NoRules(words)
            | Self::SignedOut(words)
            | Self::Refused(words) => words,
        }
    }
}
