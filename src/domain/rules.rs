//! The optional rules of an offer. Without them it sells one unit to each account, first come, first served,
//! and a sale is final.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::draw::Seed;
use super::money::Money;
use super::time::Millis;

/// The optional rules of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rules {
    /// Whether a claim for more units than are available takes those and waits for the rest. If not, it waits
    /// for all its units, and the claims behind it do not wait for it.
    pub partial: bool,
    /// Upper bound on the units of one card, over all accounts that share it.
    pub limit_per_card: Option<u32>,
    /// Upper bound on what an account spends in a day (UTC) in the offer's campaign: orders, reservations and
    /// places in line together.
    pub spend_cap: Option<Money>,
    /// Upper bound on the rate of an account's posts.
    pub pace: Option<PostRate>,
    /// Minimum age of the author's account at the time of a post; checked if the post carries the age.
    pub account_age: Option<Millis>,
    /// How long after its confirmation an order can be taken back; `None` means that a sale is final.
    pub take_back: Option<Millis>,
    /// The draw of the opening; `None` means first come, first served.
    pub draw: Option<DrawRule>,
    /// Whether price and shipping include the tax. If not, it is added to them.
    #[serde(default)]
    pub price_includes_tax: bool,
    /// What an order costs for shipping, once, whatever number of units it has; taxed as the price is.
    #[serde(default)]
    pub shipping: Option<Money>,
    /// Whether who has not confirmed is reminded once, by e-mail, before the deadline.
    #[serde(default)]
    pub reminder: bool,
}

/// The fields of the rules, for both of their forms.
const FIELDS: usize = 10;

impl Serialize for Rules {
    /// The stored form has every field; the text form leaves out those that came later and are not set.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = !serializer.is_human_readable();
        let Self { partial, limit_per_card, spend_cap, pace, account_age, take_back, draw, .. } = self;
        let Self { price_includes_tax, shipping, reminder, .. } = self;
        let (with_tax, with_shipping) = (stored || *price_includes_tax, stored || shipping.is_some());
        let with_reminder = stored || *reminder;
        let unset = usize::from(!with_tax) + usize::from(!with_shipping) + usize::from(!with_reminder);
        let mut out = serializer.serialize_struct("Rules", FIELDS - unset)?;
        out.serialize_field("partial", partial)?;
        out.serialize_field("limit_per_card", limit_per_card)?;
        out.serialize_field("spend_cap", spend_cap)?;
        out.serialize_field("pace", pace)?;
        out.serialize_field("account_age", account_age)?;
        out.serialize_field("take_back", take_back)?;
        out.serialize_field("draw", draw)?;
        if with_tax {
            out.serialize_field("price_includes_tax", price_includes_tax)?;
        } else {
            out.skip_field("price_includes_tax")?;
        }
        if with_shipping {
            out.serialize_field("shipping", shipping)?;
        } else {
            out.skip_field("shipping")?;
        }
        if with_reminder {
            out.serialize_field("reminder", reminder)?;
        } else {
            out.skip_field("reminder")?;
        }
        out.end()
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            partial: true,
            limit_per_card: None,
            spend_cap: None,
            pace: None,
            account_age: None,
            take_back: None,
            draw: None,
            price_includes_tax: false,
            shipping: None,
            reminder: false,
        }
    }
}

/// A token bucket for the posts of one account: `posts` at once, refilled evenly within `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRate {
    /// Upper bound on the posts at once.
    pub posts: u32,
    /// The time in which the empty bucket refills.
    pub per: Millis,
}

/// The draw of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawRule {
    /// How long after the opening claims enter the draw.
    pub window: Millis,
    /// The seed of the draw. Its hash is published before the sale, the seed itself after the draw.
    pub seed: Seed,
}
