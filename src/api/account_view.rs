//! An account as the API shows it: its card, what its owner stopped, and what it has of each offer.

use serde::{Deserialize, Serialize};

use super::reservation_view::ReservationView;
use crate::domain::account_status::AccountStatus;
use crate::domain::id::{Account, AuthorId, Network, OfferId};
use crate::domain::link::{Funding, Link};

/// A linked account. The card's token stays inside: whoever has it can try to charge the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The network.
    pub network: Network,
    /// The author's id there.
    pub author_id: AuthorId,
    /// The card.
    pub card: CardView,
    /// Where e-mails go.
    pub email: String,
    /// The billing region.
    pub region: String,
    /// What the account's owner stopped, and what the account has. Absent in the answer to a new link.
    #[serde(flatten, default)]
    pub activity: Option<AccountActivity>,
}

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardView {
    /// The brand.
    pub brand: String,
    /// Credit, debit, prepaid.
    pub funding: Funding,
    /// The last four digits.
    pub last4: String,
}

/// What the partitions know of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountActivity {
    /// What its owner stopped.
    #[serde(flatten)]
    pub status: AccountStatus,
    /// What it has of each purchase offer.
    pub offers: Vec<HoldingView>,
    /// The statement-credit offers in which its card is enrolled.
    pub enrollments: Vec<EnrollmentView>,
}

/// What an account has of one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingView {
    /// The offer's name.
    pub offer: OfferId,
    /// The oldest live reservation.
    pub reservation: Option<ReservationView>,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// Units bought.
    pub sold: u32,
}

/// A statement-credit offer in which the account's card is enrolled, by whichever account it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentView {
    /// The offer's name.
    pub offer: OfferId,
    /// How many purchases of the card can still earn a credit.
    pub uses_left: u32,
}

impl AccountView {
    /// The view of a link alone.
    #[must_use]
    pub fn new(account: &Account, link: &Link) -> Self {
        let card = CardView {
            brand: link.brand().to_owned(),
            funding: link.funding(),
            last4: link.last4().to_owned(),
        };
        Self {
            network: account.network,
            author_id: account.author.clone(),
            card,
            email: link.email().to_owned(),
            region: link.region().to_owned(),
            activity: None,
        }
    }
}

impl AccountActivity {
    /// Adds what another partition knows.
    pub fn extend(&mut self, other: Self) {
        self.status.frozen |= other.status.frozen;
        self.status.silent |= other.status.silent;
        self.offers.extend(other.offers);
        self.enrollments.extend(other.enrollments);
    }
}
