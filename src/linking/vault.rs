//! Who takes cards, on a page of its own: no page of the engine has a field for a card number.

use super::ticket::Ticket;
use crate::domain::id::Account;
use crate::domain::link::Card;
use crate::domain::time::Timestamp;

/// Takes cards and returns tokens. Its calls may wait for another machine.
pub trait CardVault: Send + Sync {
    /// Whether its page asks for an address for letters.
    fn asks_address(&self) -> bool;

    /// Begins a card session of an account. `back` is where the browser comes back to; `id` is random.
    ///
    /// # Errors
    /// When it cannot begin.
    fn start(
        &self,
        account: &Account,
        back: &str,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<CardSession, VaultFault>;

    /// Reads the card that a session of the account gave. The same session gives the same card, however often it is read.
    ///
    /// # Errors
    /// When it gave none, or belongs to another account.
    fn finish(&self, account: &Account, session: &str, now: Timestamp) -> Result<LinkedCard, VaultFault>;
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub ship_to: Option<String>,
    /// The processor's id of what was set up: the same card session is linked once.
    pub setup: String,
}

/// Why there is no card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultFault {
    /// There is no such session, or its time is over.
    #[error("the card page's time is over")]
    Unknown,
    /// The session belongs to another account.
    #[error("the card belongs to another account")]
    OtherAccount,
    /// No card was given.
    #[error("no card was given")]
    NotComplete,
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
            Self::Full => "full",
            Self::Unanswered(_) => "card_unanswered",
        }
    }
}
