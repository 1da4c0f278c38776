//! How a sandbox card behaves: the prefix of its token decides.

use crate::domain::time::Millis;

/// How long the engine waits for a card provider before it treats the result as unknown.
pub const CARD_TIMEOUT: Millis = Millis::from_secs(10);

/// The pause that a throttled card asks for.
pub const THROTTLE: Millis = Millis::from_secs(2);

/// The latency of a slow card.
pub const SLOW: Millis = Millis::from_secs(3);

/// The scripted failure of a key's first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stumble {
    /// The request is lost on its way: no answer, no effect.
    TimeoutBefore,
    /// The answer is lost: no answer, although the request took effect.
    TimeoutAfter,
    /// The provider fails before it acts.
    ErrorBefore,
    /// The provider fails after it acted.
    ErrorAfter,
    /// The provider asks for fewer requests, and does nothing.
    Throttle,
}

/// The scripted behaviour of one card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Script {
    /// Authorizations are declined.
    pub declines: bool,
    /// Captures are declined.
    pub declines_capture: bool,
    /// How the first attempt of each key fails; `None` if it does not.
    pub stumbles: Option<Stumble>,
    /// Every answer takes `SLOW`.
    pub slow: bool,
}

impl Script {
    /// The behaviour that the token asks for; a token without a known prefix pays at once.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let pays = Self::default();
        let stumbles = |stumble| Self { stumbles: Some(stumble), ..pays };
        // Longer prefixes come before the prefixes that they start with.
        let table = [
            ("tok_decline", Self { declines: true, ..pays }),
            ("tok_capture_decline", Self { declines_capture: true, ..pays }),
            ("tok_timeout_before", stumbles(Stumble::TimeoutBefore)),
            ("tok_timeout_after", stumbles(Stumble::TimeoutAfter)),
            ("tok_error_after", stumbles(Stumble::ErrorAfter)),
            ("tok_error", stumbles(Stumble::ErrorBefore)),
            ("tok_throttle", stumbles(Stumble::Throttle)),
            ("tok_slow", Self { slow: true, ..pays }),
        ];
        table.into_iter().find(|(prefix, _)| token.starts_with(prefix)).map_or(pays, |(_, script)| script)
    }
}
