//! The operations of a card provider.

/// An operation that the engine requests from a card provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Authorize,
    Capture,
    Void,
    Refund,
}

impl Operation {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "authorize" => Some(Self::Authorize),
            "capture" => Some(Self::Capture),
            "void" => Some(Self::Void),
            "refund" => Some(Self::Refund),
            _ => None,
        }
    }
}
