//! The facts of an offer of either kind that its texts may name.

use compact_str::CompactString;

use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::id::OfferId;
use crate::domain::money::{Currency, Money};
use crate::domain::offering::Offering;
use crate::domain::terms::Terms;
use crate::domain::time::{Millis, Timestamp};

/// The facts of an offer that its texts may name, taken from its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Id of the offer.
    pub id: OfferId,
    /// Title of what is sold or granted.
    pub title: CompactString,
    /// The tag that buys; `None` for a statement-credit offer.
    pub buy: Option<CompactString>,
    /// The tag that confirms.
    pub confirm: Option<CompactString>,
    /// The tag that releases a unit or a place on the waitlist.
    pub cancel: Option<CompactString>,
    /// The tag that enrolls a card; `None` unless the offer grants statement credits.
    pub enroll: Option<CompactString>,
    /// Price of one unit, before tax; `None` for a statement-credit offer.
    pub price: Option<Money>,
    /// Length of the confirmation window; `None` in a one-step sale.
    pub confirm_within: Option<Millis>,
    /// How long the window waits for its prompt before it starts without one.
    pub prompt_patience: Millis,
    /// Most units of one account; `None` if there is no limit, or a limit for each card instead.
    pub limit: Option<u32>,
    /// How long an order can be cancelled after its confirmation; `None` if it cannot.
    pub take_back: Option<Millis>,
    /// Minimum age of a buying account.
    pub account_age: Option<Millis>,
    /// Most that an account may spend in a day.
    pub spend_cap: Option<Money>,
    /// The credit that a purchase earns, as text: `25.00 USD` or `10%`.
    pub reward: Option<CompactString>,
    /// Smallest purchase that earns a credit.
    pub min_spend: Option<Money>,
    /// Currency of the offer.
    pub currency: Option<Currency>,
    /// Most purchases of one card that earn a credit.
    pub uses_per_card: Option<u32>,
    /// End of the time in which purchases earn credits.
    pub valid_until: Option<Timestamp>,
    /// Time from which posts count.
    pub opens: Timestamp,
    /// Time from which posts no longer count.
    pub closes: Timestamp,
    /// Address of the terms.
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
            closes: terms.closes.named(),
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
            valid_until: Some(terms.valid_until.named()),
            opens: terms.opens,
            closes: terms.closes.named(),
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
