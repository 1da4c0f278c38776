//! What the pages behind signed links have in common: how they turn out, why a link opens nothing, and the facts of an order.

use actix_web::http::StatusCode;

use super::html::HtmlPage;
use super::state::State;

/// How a signed link turns out, as its page tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    /// The label in the counter.
    pub(super) result: &'static str,
    pub(super) heading: &'static str,
    pub(super) words: &'static str,
}

impl Told {
    pub(super) const fn new(
        status: StatusCode,
        result: &'static str,
        heading: &'static str,
        words: &'static str,
    ) -> Self {
        Self { status, result, heading, words }
    }

    /// The page, under the name of the shop.
    pub(super) fn page(&self, state: &State) -> HtmlPage {
        HtmlPage::of_shop(state.words.shop(), state.mode, self.status, self.heading).say(self.words)
    }
}

/// Why a signed link opens nothing, whatever it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotOpened {
    Forged,
    /// A page of another site pressed the button.
    ForeignPage,
    Malformed,
    Busy,
}

impl NotOpened {
    pub(super) const fn told(self) -> Told {
        match self {
            Self::Forged => Told::new(
                StatusCode::FORBIDDEN,
                "forged",
                "This link is not from us",
                "It was changed on its way, or somebody else made it. Nothing was done.",
            ),
            Self::ForeignPage => Told::new(
                StatusCode::FORBIDDEN,
                "foreign_page",
                "Press the button on our own page",
                "A page of another site asked for this. Open the link of the letter. Nothing was done.",
            ),
            Self::Malformed => Told::new(
                StatusCode::NOT_FOUND,
                "malformed",
                "There is nothing here",
                "The link is not whole. Copy it from the letter from its first to its last letter.",
            ),
            Self::Busy => Told::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "One moment",
                "We cannot tell right now. Open the link again: nothing is ordered or charged twice.",
            ),
        }
    }
}

/// The facts of an order, in the order of its page.
pub(super) fn order_rows(title: &str, units: u32, total: &str, order: &str) -> Vec<(&'static str, String)> {
    vec![
        ("Item", title.to_owned()),
        ("Quantity", units.to_string()),
        ("Total", total.to_owned()),
        ("Order", order.to_owned()),
    ]
}
