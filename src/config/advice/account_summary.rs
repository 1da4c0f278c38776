//! The linked accounts, counted by what an offer asks of them.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use crate::domain::id::Network;
use crate::domain::link::{Funding, LinkedAccount};
use crate::domain::terms::Terms;

/// What an offer asks of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    network: Network,
    brand: CompactString,
    funding: Funding,
    region: CompactString,
}

impl Group {
    /// Whether an offer takes the card.
    pub(super) fn is_among(&self, brands: &[CompactString], fundings: &[Funding]) -> bool {
        (brands.is_empty() || brands.contains(&self.brand)) && fundings.contains(&self.funding)
    }
}

/// How many accounts are linked, by network, card and region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountSummary(BTreeMap<Group, u64>);

impl AccountSummary {
    /// Counts an account.
    pub fn add(&mut self, linked: &LinkedAccount) {
        let LinkedAccount { account, link } = linked;
        let (network, funding) = (account.network, link.funding());
        let group = Group { network, brand: link.brand().into(), funding, region: link.region().into() };
        *self.0.entry(group).or_default() += 1;
    }

    /// The number of accounts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The number of accounts on each network that has any.
    #[must_use]
    pub fn by_network(&self) -> BTreeMap<Network, u64> {
        let mut counts = BTreeMap::new();
        for (group, count) in &self.0 {
            *counts.entry(group.network).or_default() += count;
        }
        counts
    }

    /// The number of accounts whose cards an offer takes, on a network or on all.
    pub(super) fn buyers(&self, terms: &Terms, on: Option<Network>) -> u64 {
        self.count(|group| {
            on.is_none_or(|network| group.network == network)
                && group.is_among(&terms.brands, &terms.fundings)
        })
    }

    /// The billing regions.
    pub(super) fn regions(&self) -> BTreeSet<&str> {
        self.0.keys().map(|group| group.region.as_str()).collect()
    }

    /// The number of accounts of a region.
    pub(super) fn of_region(&self, region: &str) -> u64 {
        self.count(|group| group.region == region)
    }

    /// The number of accounts in the groups that are meant.
    pub(super) fn count(&self, is_meant: impl Fn(&Group) -> bool) -> u64 {
        self.0.iter().filter(|(group, _)| is_meant(group)).map(|(_, count)| count).sum()
    }
}
