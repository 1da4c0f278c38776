//! Who takes cards, on a page of its own: no page of the engine has a field for a card number.

use std::fmt;

use compact_str::CompactString;

use super::ticket::Ticket;
use crate::domain::id::Account;
use crate::domain::link::Card;
use crate::domain::time::Timestamp;
use crate::ops::CardCustomerRow;
use crate::people::ShipTo;

/// Where a browser comes back to from a card page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPageReturns {
    /// With a card; the id of the card session is added as `cs`.
    pub done: String,
    /// Without one.
    pub left: String,
}

/// Takes cards and returns tokens. Its calls may wait for another machine.
pub trait CardVault: Send + Sync {
    /// Begins a card session of an account. `id` is random.
    ///
    /// # Errors
    /// When it cannot begin.
    fn start(
        &self,
        account: &Account,
        returns: &CardPageReturns,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<CardSession, VaultFault>;

    /// Reads the card that a session of the account gave. The same session gives the same card, however often it is read.
    ///
    /// # Errors
    /// When it gave none, or belongs to another account.
    fn finish(&self, account: &Account, session: &str, now: Timestamp) -> Result<TakenCard, VaultFault>;

    /// Removes a card by its token: nothing is charged to it any more. One that is gone is removed.
    ///
    /// # Errors
    /// When the processor does not say that it is gone.
    fn remove_card(&self, token: &str) -> Result<(), VaultFault>;

    /// Finds the customer of an account for which the processor was asked, and that nobody knows by its id, because no answer
    /// came. `None` if there is none.
    ///
    /// # Errors
    /// When the processor does not say which one it is.
    fn find_customer(&self, row: &CardCustomerRow, now: Timestamp) -> Result<Option<String>, VaultFault>;

    /// Removes a customer with all cards. One that is gone is removed.
    ///
    /// # Errors
    /// When the processor does not say that it is gone.
    fn remove_customer(&self, customer: &str) -> Result<(), VaultFault>;
}

/// A card session that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardSession {
    /// Its id, which `finish` takes.
    pub id: String,
    /// Where the browser goes. An address that begins with `/` is one of this server's pages.
    pub go_to: String,
}

/// A card, and what its page asked besides.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkedCard {
    /// The card.
    pub card: Card,
    /// The region of the billing address, as `US-NY`.
    pub region: String,
    /// The address for letters, if the page asked for one.
    pub email: Option<String>,
    /// The name on the order, if the page asked for one.
    pub name: Option<String>,
    /// The address for parcels, if the page asked for one.
    pub ship_to: Option<ShipTo>,
}

/// A log that shows whose card it is by mistake shows nothing.
impl fmt::Debug for LinkedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkedCard(***)")
    }
}

/// What a card session gave. The processor keeps the card either way, so it is linked, or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenCard {
    /// A card that can be linked.
    Usable(Box<LinkedCard>),
    /// A card that cannot be linked, because the processor does not say enough of it. It is removed by this token.
    Unusable(CompactString),
}

/// Why there is no card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultFault {
    /// There is no such session, or its time is over.
    #[error("the card page's time is over: it is open for half an hour")]
    Unknown,
    /// The session belongs to another account.
    #[error("the card belongs to another account")]
    OtherAccount,
    /// No card was given so far: that may still happen.
    #[error("no card was given, or its bank did not agree")]
    NotComplete,
    /// The bank of the card did not agree in the end.
    #[error("the bank of the card did not agree")]
    BankRefused,
    /// The processor does not say which card it is, so limits per card could not count it, or of which region, so no tax
    /// could be told.
    #[error(
        "this card cannot be told from others, or has no billing address, so it cannot be used here; choose another one"
    )]
    Unusable,
    /// The account opened the card page too often.
    #[error("the card page was opened too often; wait half an hour")]
    TooMany,
    /// Too many sessions are under way.
    #[error("too many people link a card right now")]
    Full,
    /// The processor gave no usable answer.
    #[error("the card processor does not answer: {0}")]
    Unanswered(String),
}

impl VaultFault {
    /// The label in the counter.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "card_unknown",
            Self::OtherAccount => "card_of_another",
            Self::NotComplete => "card_not_given",
            Self::BankRefused => "card_refused_by_bank",
            Self::Unusable => "card_unusable",
            Self::TooMany => "too_many_cards",
            Self::Full => "full",
            Self::Unanswered(_) => "card_unanswered",
        }
    }
}
