//! What X charges for a request, by its price list of 2026.

use std::fmt;

use crate::text::hashtag::url::urls;

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

/// Reading one post or event.
pub const READ: MicroUsd = MicroUsd(5_000);

/// Reading one post of or to an account that owns the app.
pub const OWNED_READ: MicroUsd = MicroUsd(1_000);

/// A post of the shop's own.
pub const POST: MicroUsd = MicroUsd(15_000);

/// A reply to somebody who mentioned the shop.
pub const SUMMONED_REPLY: MicroUsd = MicroUsd(10_000);

/// Any post that holds a link.
pub const POST_WITH_LINK: MicroUsd = MicroUsd(200_000);

/// Whether X makes a link of something in the text, with or without `https://`. What has a protocol counts even if its
/// end is no domain that is known here.
#[must_use]
pub fn has_link(text: &str) -> bool {
    text.contains("://") || !urls(text).is_empty()
}

/// The price of posting a text, as a reply to somebody who mentioned the shop or not.
#[must_use]
pub fn posting(text: &str, is_summoned: bool) -> MicroUsd {
    if has_link(text) {
        POST_WITH_LINK
    } else if is_summoned {
        SUMMONED_REPLY
    } else {
        POST
    }
}

#[cfg(test)]
mod tests {
    use super::{MicroUsd, posting};

    #[test]
    fn a_link_in_any_spelling_is_what_costs() {
        let table = [
            ("Reply #ConfirmKettle by 17:15.", true, "0.010 USD"),
            ("The sale is open: #BuyKettle @northwind_shop", false, "0.015 USD"),
            ("Terms: https://shop.com/terms", true, "0.200 USD"),
            ("Terms: shop.com/terms", true, "0.200 USD"),
            ("See northwind.com", false, "0.200 USD"),
            ("For 19.00 USD, e.g. today.", true, "0.010 USD"),
        ];
        for (text, is_summoned, price) in table {
            assert_eq!(posting(text, is_summoned).to_string(), price, "{text}");
        }
        assert_eq!(MicroUsd(1_234_005_000).to_string(), "1234.005 USD");
    }
}
