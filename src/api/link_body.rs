//! A link as clients send it. The address names the account; the body may repeat it.

use serde::{Deserialize, Serialize};

/// The body of `PUT /v1/accounts/{network}/{id}`: a line of the accounts file whose account may be left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// The network, if the body repeats it.
    pub network: Option<String>,
    /// The author's id there, if the body repeats it.
    pub author_id: Option<String>,
    /// The card.
    pub card: CardBody,
    /// Where e-mails go.
    pub email: String,
    /// The billing region.
    pub region: String,
}

/// The card of a link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardBody {
    /// The provider's token for the card.
    pub token: String,
    /// The brand.
    pub brand: String,
    /// Credit, debit, prepaid.
    pub funding: String,
    /// The last four digits.
    pub last4: String,
}
