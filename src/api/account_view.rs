//! An account as the API shows it: its card, its opt-outs and freezes, and its holdings in each offer.

use serde::{Deserialize, Serialize};

use super::objection_view::ObjectionView;
use super::reservation_view::ReservationView;
use crate::domain::account_status::AccountStatus;
use crate::domain::id::{Account, AuthorId, Network, OfferId};
use crate::domain::link::{Funding, Link};

/// A linked account. The card's token is not shown: anyone who knows it can try to charge the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Network of the account.
    pub network: Network,
    /// Author id on that network.
    pub author_id: AuthorId,
    /// The card that pays.
    pub card: CardView,
    /// Address for e-mails; null if the account has none.
    pub email: Option<String>,
    /// Billing region.
    pub region: String,
    /// What the owner stopped, and what the account holds. Absent in the response to a new link.
    #[serde(flatten, default)]
    pub activity: Option<AccountActivity>,
}

/// The part of a card that may be shown.
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
    /// Whether the owner opted out of replies or froze the account.
    #[serde(flatten)]
    pub status: AccountStatus,
    /// The account's holdings in each purchase offer.
    pub offers: Vec<HoldingView>,
    /// The statement-credit offers in which its card is enrolled.
    pub enrollments: Vec<EnrollmentView>,
    /// What banks object to the payments of the account's orders, also what is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<ObjectionView>,
}

/// The holdings of an account in one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingView {
    /// Id of the offer.
    pub offer: OfferId,
    /// The oldest live reservation; null if there is none.
    pub reservation: Option<ReservationView>,
    /// Place on the waitlist, from 1; null if the account does not wait.
    pub place: Option<u32>,
    /// Units that were bought.
    pub sold: u32,
}

/// A statement-credit offer in which the account's card is enrolled, by this account or another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentView {
    /// Id of the offer.
    pub offer: OfferId,
    /// Number of further purchases of the card that can earn a credit.
    pub uses_left: u32,
}

impl AccountView {
    /// The view of a link without activity, with the address of the account's letters.
    #[must_use]
    pub fn new(account: &Account, link: &Link, email: Option<String>) -> Self {
        let card = CardView {
            brand: link.brand().to_owned(),
            funding: link.funding(),
            last4: link.last4().to_owned(),
        };
        Self {
            network: account.network,
            author_id: account.author.clone(),
            card,
            email,
            region: link.region().to_owned(),
            activity: None,
        }
    }
}

impl AccountActivity {
    /// Adds the activity that another partition reports.
    pub fn extend(&mut self, other: Self) {
        self.status.frozen |= other.status.frozen;
        self.status.silent |= other.status.silent;
        self.offers.extend(other.offers);
        self.enrollments.extend(other.enrollments);
        self.objections.extend(other.objections);
    }
}
