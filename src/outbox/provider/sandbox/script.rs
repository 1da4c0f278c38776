//! How a sandbox card behaves: the beginning of its token says so.

use crate::domain::time::Millis;

/// How long the engine waits for a card provider before it calls the outcome unknown.
pub const CARD_TIMEOUT: Millis = Millis::from_secs(10);

/// How long a throttled card asks for a pause.
pub const THROTTLE: Millis = Millis::from_secs(2);

/// How long a slow card takes.
pub const SLOW: Millis = Millis::from_secs(3);

/// What happens to the first attempt of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stumble {
    /// The request is lost on its way: no answer, no effect.
    TimeoutBefore,
    /// The answer is lost: no answer, but the effect.
    TimeoutAfter,
    /// The provider fails before it does anything.
    ErrorBefore,
    /// The provider fails after it did everything.
    ErrorAfter,
    /// The provider wants fewer requests, and does nothing.
    Throttle,
}

/// The behaviour of one card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Script {
    /// Authorizations are declined.
    pub declines: bool,
    /// Captures are declined.
    pub declines_capture: bool,
    /// The first attempt of each key stumbles.
    pub stumbles: Option<Stumble>,
    /// Every answer is late.
    pub slow: bool,
}

impl Script {
    /// The behaviour that the token asks for; every other card pays at once.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let pays = Self::default();
        let stumbles = |stumble| Self { stumbles: Some(stumble), ..pays };
        // The longer beginnings stand before those that they begin with.
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
