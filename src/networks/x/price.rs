//! What X charges for a request.

use crate::text::hashtag::url::urls;
pub use crate::text::price::MicroUsd;
use crate::text::price::X;

/// Reading one post or event.
pub const READ: MicroUsd = X.read;

/// Reading one post of or to an account that owns the app.
pub const OWNED_READ: MicroUsd = X.owned_read;

/// A post of the shop's own.
pub const POST: MicroUsd = X.post;

/// A reply to somebody who mentioned the shop.
pub const SUMMONED_REPLY: MicroUsd = X.summoned_reply;

/// Any post that holds a link.
pub const POST_WITH_LINK: MicroUsd = X.post_with_link;

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
