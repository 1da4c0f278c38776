//! The promises about how much one buyer may have: per account, per card, and per account and day.

use std::collections::HashMap;

use compact_str::CompactString;

use super::checks::RecordChecks;
use super::limited_card::limited_card;
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::{Claim, Event};
use crate::domain::id::Account;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// Returns the claim that an event decides.
pub(super) fn claimed(event: &Event) -> Option<&Claim> {
    match event {
        Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
            Some(claim)
        }
        _ => None,
    }
}

impl OfferModel {
    /// Checks a claim against what its account and its card already have.
    pub(super) fn check_limits(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let Some(claim) = claimed(event) else { return };
        let (account, units) = (&claim.account, i64::from(claim.units));
        let holding = self.holdings.get(account);
        let had = holding.map_or(0, |holding| holding.reserved + holding.waiting + holding.sold);
        let limit = self.terms.limit_per_account;
        checks.check(Promise::LimitPerAccount, had + units <= i64::from(limit), || {
            format!("{account} had {had}, claimed {units}, and may have {limit}")
        });
        let Some(limit) = self.terms.rules.limit_per_card else { return };
        let card = limited_card(&claim.card);
        let units_of = |cards: &HashMap<CompactString, i64>| cards.get(card).copied().unwrap_or(0);
        let had = units_of(&self.by_card) - units_of(&self.returning_by_card);
        checks.check(Promise::LimitPerCard, had + units <= i64::from(limit), || {
            format!("the card of {account} had {had}, claimed {units}, and may have {limit}")
        });
    }
}

/// The amount ordered on one day (UTC), in minor units.
#[derive(Debug, Default)]
struct Spent {
    day: i64,
    minor: i128,
}

/// What each account ordered on its last day with an order, in the campaigns that cap it.
#[derive(Debug, Default)]
pub(super) struct Spending {
    spent: HashMap<(CompactString, Account, Currency), Spent>,
}

fn day(at: Timestamp) -> i64 {
    at.ms() / DAY_MS
}

impl Spending {
    pub(super) fn on(
        &self,
        at: Timestamp,
        campaign: &CompactString,
        account: &Account,
        currency: Currency,
    ) -> i128 {
        let spent = self.spent.get(&(campaign.clone(), account.clone(), currency));
        spent.filter(|spent| spent.day == day(at)).map_or(0, |spent| spent.minor)
    }

    /// Counts an order of `placed_at`.
    pub(super) fn add(
        &mut self,
        placed_at: Timestamp,
        campaign: &CompactString,
        account: &Account,
        amount: Money,
    ) {
        let key = (campaign.clone(), account.clone(), amount.currency);
        let spent = self.spent.entry(key).or_default();
        if spent.day != day(placed_at) {
            *spent = Spent { day: day(placed_at), minor: 0 };
        }
        spent.minor += i128::from(amount.minor);
    }

    /// Removes an order that was declined or taken back.
    pub(super) fn remove(
        &mut self,
        placed_at: Timestamp,
        campaign: &CompactString,
        account: &Account,
        amount: Money,
    ) {
        let key = (campaign.clone(), account.clone(), amount.currency);
        if let Some(spent) = self.spent.get_mut(&key).filter(|spent| spent.day == day(placed_at)) {
            spent.minor -= i128::from(amount.minor);
        }
    }
}
