//! The cards that the hosted page offers: by name, as nobody types a number anywhere.

/// A card of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCard {
    /// Its name in the form.
    pub name: &'static str,
    /// What it is, for people.
    pub label: &'static str,
    pub(super) brand: &'static str,
    pub(super) funding: &'static str,
    pub(super) last4: &'static str,
    /// How it is set up.
    pub(super) setup: Setup,
}

/// How setting a card up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setup {
    /// It succeeds.
    Succeeds,
    /// Its bank declines, and the page stays open.
    Declines,
    /// The page is complete, and the bank has not decided.
    Waits,
    /// The bank declined after the page was complete.
    Refused,
}

const fn card(
    name: &'static str,
    label: &'static str,
    (brand, funding, last4): (&'static str, &'static str, &'static str),
    setup: Setup,
) -> TestCard {
    TestCard { name, label, brand, funding, last4, setup }
}

/// Every card, in the order of the page. The name is a part of the payment method's id, so it says how the card pays.
pub const CARDS: [TestCard; 12] = [
    card("visa", "Visa credit card", ("visa", "credit", "4242"), Setup::Succeeds),
    card("mastercardDebit", "Mastercard debit card", ("mastercard", "debit", "8210"), Setup::Succeeds),
    card("visaPrepaid", "Visa prepaid card", ("visa", "prepaid", "5100"), Setup::Succeeds),
    card("visaUnknown", "Visa card of unknown funding", ("visa", "unknown", "0006"), Setup::Succeeds),
    card("insufficientFunds", "Declined when it pays", ("visa", "credit", "9995"), Setup::Succeeds),
    card(
        "authenticationRequired",
        "Asks for its owner when it pays",
        ("visa", "credit", "3184"),
        Setup::Succeeds,
    ),
    card("captureDeclined", "Declined when the money is taken", ("visa", "credit", "0341"), Setup::Succeeds),
    card("nameless", "A card without a fingerprint", ("visa", "credit", "0007"), Setup::Succeeds),
    card("homeless", "A card without a billing address", ("visa", "credit", "0009"), Setup::Succeeds),
    card("garbled", "A card of which little can be read", ("visa", "credit", "0010"), Setup::Succeeds),
    card("declined", "Declined at once", ("visa", "credit", "0002"), Setup::Declines),
    card("slow", "A bank that takes its time", ("visa", "credit", "0008"), Setup::Waits),
];
