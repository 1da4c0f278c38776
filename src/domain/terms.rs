//! The terms of an offer, as agreed when it was added. They do not change while it is on sale.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::{Network, OfferId};
use super::link::{Funding, Fundings, Link};
use super::money::{Money, Rate};
use super::rules::Rules;
use super::time::{Millis, Timestamp};

/// The hashtags of a purchase offer, without the hash sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// Claims a unit.
    pub buy: CompactString,
    /// Confirms the claim; a one-step sale has none.
    pub confirm: Option<CompactString>,
    /// Passes the unit, or the place in line, to the next.
    pub cancel: Option<CompactString>,
}

/// What is added to the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tax {
    /// One rate for all regions.
    Flat(Rate),
    /// By billing region, with `*` for all others.
    ByRegion(BTreeMap<CompactString, Rate>),
}

impl Tax {
    /// The rate for a billing region.
    #[must_use]
    pub fn rate(&self, region: &str) -> Rate {
        match self {
            Self::Flat(rate) => *rate,
            Self::ByRegion(rates) => {
                rates.get(region).or_else(|| rates.get("*")).copied().unwrap_or(Rate::ZERO)
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
    /// What is sold, for people.
    pub title: CompactString,
    /// The hashtags.
    pub tags: Tags,
    /// The price of one unit, before tax.
    pub price: Money,
    /// The tax on an order.
    pub tax: Tax,
    /// The allotment.
    pub units: u32,
    /// When claims begin to count, by their own time.
    pub opens: Timestamp,
    /// When claims cease to count, by their own time.
    pub closes: Timestamp,
    /// The confirmation window; zero is a one-step sale.
    pub confirm_within: Millis,
    /// How long after a deadline a post that was in time may still arrive.
    pub late_grace: Millis,
    /// How long the window waits for the prompt to be delivered before it starts by itself.
    pub prompt_patience: Millis,
    /// How old a post may be on arrival for its own time to be believed.
    pub max_lateness: Millis,
    /// Units one account may have, reserved and sold together.
    pub limit_per_account: u32,
    /// Whether claims queue while all units are reserved.
    pub waitlist: bool,
    /// How many claims may queue.
    pub waitlist_max: u32,
    /// The card brands that may buy, in lower case; none named means all.
    pub brands: Vec<CompactString>,
    /// The kinds of cards that may buy.
    pub fundings: Fundings,
    /// Where the shop has an account and speaks.
    pub networks: Vec<Network>,
    /// Where the small print is.
    pub terms_url: Option<CompactString>,
    /// What the offer asks for, or allows, beyond the ordinary.
    pub rules: Rules,
}

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

    /// The price of `units` with tax, the tax rounded half up on the order's total. Nothing if
    /// that cannot be counted, which the check of the offer file rules out for units within the limit.
    #[must_use]
    pub fn total(&self, units: u32, region: &str) -> Option<Money> {
        self.total_at(units, self.tax.rate(region))
    }

    /// The same for a tax rate that was agreed.
    #[must_use]
    pub fn total_at(&self, units: u32, rate: Rate) -> Option<Money> {
        let net = self.price.checked_mul(units)?;
        net.checked_add(net.share_half_up(rate)?)
    }

    /// When the lots of a drawn opening are cast: posts that were in time had their grace to arrive.
    #[must_use]
    pub fn draws_at(&self) -> Option<Timestamp> {
        Some(self.draw_window_ends()?.plus(self.late_grace))
    }

    /// Claims of before this instant take part in the draw.
    #[must_use]
    pub fn draw_window_ends(&self) -> Option<Timestamp> {
        Some(self.opens.plus(self.rules.draw?.window))
    }

    /// The latest instant at which claims and the end of the sale are waited for.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.closes.plus(self.late_grace)
    }

    /// When units are released whose confirmation was due by that deadline: one that was posted in time may
    /// arrive a little late.
    #[must_use]
    pub fn released_at(&self, deadline: Timestamp) -> Timestamp {
        deadline.plus(self.late_grace)
    }
}
