//! What networks charge.

use std::fmt;

/// An amount in millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum of both amounts.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// This amount `count` times.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} USD", self.0 / 1_000_000, self.0 / 1000 % 1000)
    }
}

/// The price list of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// The month of the list, for people.
    pub of: &'static str,
    /// Reading one post or event.
    pub read: MicroUsd,
    /// Reading one post of or to an account that owns the app.
    pub owned_read: MicroUsd,
    /// A post of the shop's own.
    pub post: MicroUsd,
    /// A reply to somebody who mentioned the shop.
    pub summoned_reply: MicroUsd,
    /// Any post that holds a link.
    pub post_with_link: MicroUsd,
}

/// The prices of X.
pub const X: Prices = Prices {
    of: "November 2026",
    read: MicroUsd(5_000),
    owned_read: MicroUsd(1_000),
    post: MicroUsd(15_000),
    summoned_reply: MicroUsd(10_000),
    post_with_link: MicroUsd(200_000),
};
