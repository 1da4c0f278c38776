//! How a card behaves: a part of its payment method's id decides.

/// The behaviour of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It pays.
    Pays,
    /// Its bank declines, with this code.
    Declines(&'static str),
    /// Its bank wants the buyer to be there.
    AsksForBuyer,
    /// It is good for the authorization, and declines the capture.
    DeclinesCapture,
    /// A refund waits for an hour.
    RefundWaits,
    /// A refund waits for an hour, and fails.
    RefundFails,
}

impl Behaviour {
    /// The behaviour of a payment method; one without a known word pays.
    #[must_use]
    pub fn of(payment_method: &str) -> Self {
        let table = [
            ("insufficientFunds", Self::Declines("insufficient_funds")),
            ("lostCard", Self::Declines("lost_card")),
            ("authenticationRequired", Self::AsksForBuyer),
            ("captureDeclined", Self::DeclinesCapture),
            ("refundPending", Self::RefundWaits),
            ("refundFail", Self::RefundFails),
        ];
        let known = table.into_iter().find(|(word, _)| payment_method.contains(word));
        known.map_or(Self::Pays, |(_, behaviour)| behaviour)
    }
}
