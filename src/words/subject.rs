//! The facts of an offer of either kind that its texts may name.

use compact_str::CompactString;

use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::id::OfferId;
use crate::domain::money::{Currency, Money};
use crate::domain::offering::Offering;
use crate::domain::terms::Terms;
use crate::domain::time::{Millis, Timestamp};

/// The facts of an offer that its texts may name. Made from its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The offer's name, for programs.
    pub id: OfferId,
    /// What is sold or granted, for people.
    pub title: CompactString,
    /// The tag that buys; none for an offer of statement credits.
    pub buy: Option<CompactString>,
    /// The tag that confirms.
    pub confirm: Option<CompactString>,
    /// The tag that passes a unit or a place on.
    pub cancel: Option<CompactString>,
    /// The tag that enrolls a card; only an offer of statement credits has one.
    pub enroll: Option<CompactString>,
    /// The price of one unit, before tax.
    pub price: Option<Money>,
    /// The confirmation window; none in a one-step sale.
    pub confirm_within: Option<Millis>,
    /// How long the window waits for its prompt.
    pub prompt_patience: Millis,
    /// The limit for one account, unless a limit for one card takes its place.
    pub limit: Option<u32>,
    /// How long an order can be cancelled after its confirmation.
    pub take_back: Option<Millis>,
    /// How old an account must be.
    pub account_age: Option<Millis>,
    /// What an account may spend in a day.
    pub spend_cap: Option<Money>,
    /// The credit for a purchase, for people: `25.00 USD` or `10%`.
    pub reward: Option<CompactString>,
    /// The least amount of a purchase that earns a credit.
    pub min_spend: Option<Money>,
    /// The currency of the offer.
    pub currency: Option<Currency>,
    /// How many purchases of one card earn a credit.
    pub uses_per_card: Option<u32>,
    /// Until when purchases count.
    pub valid_until: Option<Timestamp>,
    /// When posts begin to count.
    pub opens: Timestamp,
    /// When posts cease to count.
    pub closes: Timestamp,
    /// The address of the terms.
    pub terms_url: Option<CompactString>,
}

impl Subject {
    /// Whether the offer grants statement credits.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.enroll.is_some()
    }
}

impl From<&Terms> for Subject {
    fn from(terms: &Terms) -> Self {
        let rules = &terms.rules;
        Self {
            id: terms.id.clone(),
            title: terms.title.clone(),
            buy: Some(terms.tags.buy.clone()),
            confirm: terms.tags.confirm.clone(),
            cancel: terms.tags.cancel.clone(),
            enroll: None,
            price: Some(terms.price),
            confirm_within: (!terms.one_step()).then_some(terms.confirm_within),
            prompt_patience: terms.prompt_patience,
            limit: rules.limit_per_card.is_none().then_some(terms.limit_per_account),
            take_back: rules.take_back,
            account_age: rules.account_age,
            spend_cap: rules.spend_cap,
            reward: None,
            min_spend: None,
            currency: Some(terms.price.currency),
            uses_per_card: None,
            valid_until: None,
            opens: terms.opens,
            closes: terms.closes,
            terms_url: terms.terms_url.clone(),
        }
    }
}

impl From<&CreditTerms> for Subject {
    fn from(terms: &CreditTerms) -> Self {
        let reward = match terms.reward {
            Reward::Fixed(amount) => amount.to_string(),
            Reward::Share { rate, most } => format!("{rate}, up to {most}"),
        };
        Self {
            id: terms.id.clone(),
            title: terms.title.clone(),
            buy: None,
            confirm: None,
            cancel: None,
            enroll: Some(terms.enroll.clone()),
            price: None,
            confirm_within: None,
            prompt_patience: Millis::ZERO,
            limit: None,
            take_back: None,
            account_age: None,
            spend_cap: None,
            reward: Some(reward.into()),
            min_spend: Some(terms.min_spend),
            currency: Some(terms.min_spend.currency),
            uses_per_card: Some(terms.uses_per_card),
            valid_until: Some(terms.valid_until),
            opens: terms.opens,
            closes: terms.closes,
            terms_url: terms.terms_url.clone(),
        }
    }
}

impl From<&Offering> for Subject {
    fn from(offering: &Offering) -> Self {
        match offering {
            Offering::Purchase(terms) => Self::from(&**terms),
            Offering::Credit(terms) => Self::from(&**terms),
        }
    }
}
