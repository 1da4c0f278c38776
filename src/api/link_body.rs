//! A link as clients send it. The address of the request names the account; the body may repeat it.

use serde::{Deserialize, Serialize};

/// Body of `PUT /v1/accounts/{network}/{id}`: a line of the accounts file, in which the account may be
/// omitted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// Network of the account; must match the address if present.
    pub network: Option<String>,
    /// Author id on that network; must match the address if present.
    pub author_id: Option<String>,
    /// The card.
    pub card: CardBody,
    /// Address for e-mails.
    pub email: String,
    /// Billing region.
    pub region: String,
}

/// The card of a link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardBody {
    /// The card provider's token for the card.
    pub token: String,
    /// The brand.
    pub brand: String,
    /// Funding: credit, debit or prepaid.
    pub funding: String,
    /// The last four digits.
    pub last4: String,
}
