//! The terms of an offer, as agreed when it was added. They do not change while it is on sale.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::end::End;
use super::id::{Network, OfferId};
use super::link::{Funding, Fundings, Link};
use super::money::{Money, Rate};
use super::rules::Rules;
use super::time::{Millis, Timestamp};

/// The hashtags of a purchase offer, without the hash sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// The tag that claims a unit.
    pub buy: CompactString,
    /// The tag that confirms the claim; a one-step sale has none.
    pub confirm: Option<CompactString>,
    /// The tag that passes the unit, or the place in line, on.
    pub cancel: Option<CompactString>,
}

/// The tax that is added to the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tax {
    /// One rate for all regions.
    Flat(Rate),
    /// One rate for each billing region, and `*` for all others.
    ByRegion(BTreeMap<CompactString, Rate>),
}

impl Tax {
    /// The highest tax rate of any region.
    #[must_use]
    pub fn highest(&self) -> Rate {
        match self {
            Self::Flat(rate) => *rate,
            Self::ByRegion(rates) => rates.values().copied().max().unwrap_or(Rate::ZERO),
        }
    }

    /// The rates that an order may have, each at least once.
    #[must_use]
    pub fn rates(&self) -> Vec<Rate> {
        match self {
            Self::Flat(rate) => vec![*rate],
            Self::ByRegion(rates) => {
                // Where no rate is named for the rest of the world, it is zero.
                let other = (!rates.contains_key("*")).then_some(Rate::ZERO);
                rates.values().copied().chain(other).collect()
            }
        }
    }

    /// The lowest tax rate of any region.
    #[must_use]
    pub fn lowest(&self) -> Rate {
        match self {
            Self::Flat(rate) => *rate,
            Self::ByRegion(rates) => rates.values().copied().min().unwrap_or(Rate::ZERO),
        }
    }

    /// The tax rate of a billing region.
    #[must_use]
    pub fn rate(&self, region: &str) -> Rate {
        match self {
            Self::Flat(rate) => *rate,
            Self::ByRegion(rates) => {
                // Links that older releases took in may have a region in lower case.
                let other = || rates.get(&*region.to_ascii_uppercase()).or_else(|| rates.get("*"));
                rates.get(region).or_else(other).copied().unwrap_or(Rate::ZERO)
            }
        }
    }
}

/// The terms of a purchase offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The offer's name.
    pub id: OfferId,
    /// The offers that share limits; by default the offer's own name.
    pub campaign: CompactString,
    /// The title, for people.
    pub title: CompactString,
    /// The hashtags.
    pub tags: Tags,
    /// The price of one unit, before tax, unless [`Rules::price_includes_tax`].
    pub price: Money,
    /// The tax on an order.
    pub tax: Tax,
    /// Units for sale when the offer is added.
    pub units: u32,
    /// When claims begin to count, by the posts' own times.
    pub opens: Timestamp,
    /// When claims cease to count, by the posts' own times.
    pub closes: End,
    /// The confirmation window; zero means a one-step sale.
    pub confirm_within: Millis,
    /// Late grace: how long after a deadline a post that was in time may still arrive.
    pub late_grace: Millis,
    /// Prompt patience: how long the window waits for the prompt's delivery before it starts without it.
    pub prompt_patience: Millis,
    /// Upper bound on a post's age on arrival; an older post's own time is not believed.
    pub max_lateness: Millis,
    /// Upper bound on the units of one account, reserved and sold together.
    pub limit_per_account: u32,
    /// Whether claims queue while all units are reserved.
    pub waitlist: bool,
    /// Upper bound on the claims in line.
    pub waitlist_max: u32,
    /// The card brands that may buy, in lower case; empty means all.
    pub brands: Vec<CompactString>,
    /// The kinds of cards that may buy.
    pub fundings: Fundings,
    /// The networks where the shop has an account and posts.
    pub networks: Vec<Network>,
    /// The URL of the terms and conditions, for people.
    pub terms_url: Option<CompactString>,
    /// The optional rules.
    pub rules: Rules,
}

/// How long before a deadline a reminder leaves at the latest.
const REMINDER_LEAD_MIN: Millis = Millis::from_secs(3 * 60);

impl Terms {
    /// The kinds of cards that may buy unless the offer says otherwise.
    pub const FUNDINGS: [Funding; 3] = [Funding::Credit, Funding::Debit, Funding::Charge];

    /// Whether an order needs no confirmation.
    #[must_use]
    pub fn one_step(&self) -> bool {
        self.confirm_within == Millis::ZERO
    }

    /// Whether the linked card may buy.
    #[must_use]
    pub fn accepts(&self, link: &Link) -> bool {
        link.is_among(&self.brands, &self.fundings)
    }

    /// The total of an order of `units` with tax and shipping; the tax is rounded half up on the order. `None` if it
    /// overflows, which the check of the offer file rules out for units within the limit.
    #[must_use]
    pub fn total(&self, units: u32, region: &str) -> Option<Money> {
        self.total_at(units, self.tax.rate(region))
    }

    /// The total of an order of `units` with a tax rate that was agreed before.
    #[must_use]
    pub fn total_at(&self, units: u32, rate: Rate) -> Option<Money> {
        let listed = self.listed(units)?;
        if self.rules.price_includes_tax {
            Some(listed)
        } else {
            listed.checked_add(listed.share_half_up(rate)?)
        }
    }

    /// The price of `units` and their shipping, as the offer names them.
    fn listed(&self, units: u32) -> Option<Money> {
        let price = self.price.checked_mul(units)?;
        self.rules.shipping.map_or(Some(price), |shipping| price.checked_add(shipping))
    }

    /// The tax in the total of an order of `units`, at a rate that was agreed before.
    #[must_use]
    pub fn tax_at(&self, units: u32, rate: Rate) -> Option<Money> {
        let listed = self.listed(units)?;
        if self.rules.price_includes_tax { listed.included_half_up(rate) } else { listed.share_half_up(rate) }
    }

    /// When the draw of the opening takes place: after the late grace of posts that were in time.
    #[must_use]
    pub fn draws_at(&self) -> Option<Timestamp> {
        Some(self.draw_window_ends()?.plus(self.late_grace))
    }

    /// The end of the draw's window: claims posted before this instant take part.
    #[must_use]
    pub fn draw_window_ends(&self) -> Option<Timestamp> {
        Some(self.opens.plus(self.rules.draw?.window))
    }

    /// The instant at which the offer stops waiting for claims and ends the sale.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.closes.after().plus(self.late_grace)
    }

    /// When units with that confirmation deadline are released: after the late grace of a confirmation that
    /// was posted in time.
    #[must_use]
    pub fn released_at(&self, deadline: Timestamp) -> Timestamp {
        deadline.plus(self.late_grace)
    }

    /// How long before a deadline the reminder is due, if the window has room for one: a third of the window, and 3
    /// minutes at least.
    #[must_use]
    pub fn reminder_lead(&self) -> Option<Millis> {
        let lead = Millis::from_ms(self.confirm_within.ms() / 3).max(REMINDER_LEAD_MIN);
        Some(lead).filter(|lead| *lead < self.confirm_within)
    }

    /// When the reminder of that confirmation deadline is due; `None` if the offer reminds nobody.
    #[must_use]
    pub fn reminded_at(&self, deadline: Timestamp) -> Option<Timestamp> {
        let lead = self.reminder_lead().filter(|_| self.rules.reminder)?;
        Some(Timestamp::from_ms(deadline.ms() - lead.ms()))
    }
}
