//! An order of the shop, as its campaign would keep it.

use flashtag::domain::effect::Payment;
use flashtag::domain::id::{Account, Network, OfferNo, ReservationId};
use flashtag::domain::provider_ref::PaymentRef;

use super::buyers::Buyer;

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Authorizing,
    Capturing,
    Sold,
    /// The card did not pay, so nothing is held.
    Declined,
    Voiding,
    Voided,
    Refunding,
    Refunded,
    /// An effect was given up, and waits for an operator.
    GivenUp,
}

impl Stage {
    /// The name of an end; `None` while something is to come.
    pub(super) const fn end(self) -> Option<&'static str> {
        match self {
            Self::Sold => Some("sold"),
            Self::Declined => Some("declined"),
            Self::Voided => Some("voided"),
            Self::Refunded => Some("refunded"),
            Self::GivenUp => Some("given up"),
            Self::Authorizing | Self::Capturing | Self::Voiding | Self::Refunding => None,
        }
    }
}

/// One order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) id: ReservationId,
    pub(super) card: String,
    pub(super) minor: i64,
    pub(super) reference: Option<PaymentRef>,
    pub(super) stage: Stage,
    /// Whether the buyer took it back before it was captured.
    pub(super) is_taken_back: bool,
    /// The stage that an effect was given up in.
    pub(super) given_up_in: Option<Stage>,
    /// The key under which it is paid.
    pub(super) paid_under: String,
    /// Whether more happened to it than the shop knows: a copy was restored that is older.
    pub(super) is_torn: bool,
    /// What the buyer does if the bank asks.
    pub(super) buyer: Buyer,
}

impl Order {
    pub(super) fn new(ordinal: u32, card: String, minor: i64, buyer: Buyer) -> Self {
        Self {
            id: ReservationId { offer: OfferNo(0), ordinal },
            card,
            minor,
            reference: None,
            stage: Stage::Authorizing,
            is_taken_back: false,
            given_up_in: None,
            paid_under: String::new(),
            is_torn: false,
            buyer,
        }
    }

    pub(super) fn payment(&self) -> Payment {
        let amount = flashtag::domain::money::Money { minor: self.minor, ..usd() };
        Payment {
            id: self.id,
            account: Account::parse(Network::X, "42").unwrap(),
            card: self.card.as_str().into(),
            amount,
            reference: self.reference.clone(),
            details: None,
            heard: None,
        }
    }

    /// The order's name at Stripe.
    pub(super) fn name(&self) -> String {
        format!("kettle.{}", self.id.ordinal)
    }
}

fn usd() -> flashtag::domain::money::Money {
    "1.00 USD".parse().unwrap()
}
