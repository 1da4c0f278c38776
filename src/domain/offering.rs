//! An offering: an entry of the catalog, of either kind of offer.

use std::sync::Arc;

use compact_str::CompactString;

use super::credit::CreditTerms;
use super::id::OfferId;
use super::terms::{Tags, Terms};
use super::time::Timestamp;

/// The terms of an offer of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offering {
    /// A purchase offer: the shop sells units.
    Purchase(Arc<Terms>),
    /// A statement-credit offer: purchases elsewhere earn credits.
    Credit(Arc<CreditTerms>),
}

impl Offering {
    /// The offer's name.
    #[must_use]
    pub fn id(&self) -> &OfferId {
        match self {
            Self::Purchase(terms) => &terms.id,
            Self::Credit(terms) => &terms.id,
        }
    }

    /// The campaign: the offers that share limits with it.
    #[must_use]
    pub fn campaign(&self) -> &str {
        match self {
            Self::Purchase(terms) => &terms.campaign,
            Self::Credit(terms) => &terms.campaign,
        }
    }

    /// The title, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Purchase(terms) => &terms.title,
            Self::Credit(terms) => &terms.title,
        }
    }

    /// When posts begin to count, by their own times.
    #[must_use]
    pub fn opens(&self) -> Timestamp {
        match self {
            Self::Purchase(terms) => terms.opens,
            Self::Credit(terms) => terms.opens,
        }
    }

    /// Its hashtags, in the order of their roles.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::Purchase(terms) => {
                let Tags { buy, confirm, cancel } = &terms.tags;
                [Some(buy), confirm.as_ref(), cancel.as_ref()]
            }
            Self::Credit(terms) => [Some(&terms.enroll), None, None],
        };
        all.into_iter().flatten().map(CompactString::as_str)
    }

    /// The terms, if it is a purchase offer.
    #[must_use]
    pub fn purchase(&self) -> Option<&Terms> {
        if let Self::Purchase(terms) = self { Some(terms) } else { None }
    }
}

impl From<Terms> for Offering {
    fn from(terms: Terms) -> Self {
        Self::Purchase(Arc::new(terms))
    }
}

impl From<CreditTerms> for Offering {
    fn from(terms: CreditTerms) -> Self {
        Self::Credit(Arc::new(terms))
    }
}
