//! The claim that events carry: what a buying post asked for, and what its order will need.

use compact_str::CompactString;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::id::{Account, PostId};
use crate::domain::money::{Money, Rate};
use crate::domain::time::Timestamp;

/// A claim with all that its order will need, as it stood when the claim was judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Claim {
    /// The buying post.
    pub post: PostId,
    /// When it was published, by the network's word.
    pub posted_at: Timestamp,
    /// Its author.
    pub account: Account,
    /// Units that it asks for.
    pub units: u32,
    /// Price of the units with tax.
    pub amount: Money,
    /// The tax rate that was agreed: a part of the claim has it too.
    pub rate: Rate,
    /// The token of the card that will pay.
    pub card: CompactString,
    /// Where the confirming e-mail goes.
    pub email: CompactString,
    /// The billing region of the link, as `US-NY`. None if the claim was recorded without it.
    #[serde(default)]
    pub region: Option<CompactString>,
    /// The last four digits of the card. None if the claim was recorded without them.
    #[serde(default)]
    pub last4: Option<CompactString>,
}

/// Fields of a claim.
const FIELDS: usize = 10;

impl Serialize for Claim {
    /// Stored, a claim has every field; in text it has no field that is not known.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = !serializer.is_human_readable();
        let Self { post, posted_at, account, units, amount, rate, card, email, region, last4 } = self;
        let unknown = [region, last4].into_iter().filter(|field| field.is_none() && !stored).count();
        let mut out = serializer.serialize_struct("Claim", FIELDS - unknown)?;
        out.serialize_field("post", post)?;
        out.serialize_field("posted_at", posted_at)?;
        out.serialize_field("account", account)?;
        out.serialize_field("units", units)?;
        out.serialize_field("amount", amount)?;
        out.serialize_field("rate", rate)?;
        out.serialize_field("card", card)?;
        out.serialize_field("email", email)?;
        for (name, field) in [("region", region), ("last4", last4)] {
            if stored || field.is_some() {
                out.serialize_field(name, field)?;
            } else {
                out.skip_field(name)?;
            }
        }
        out.end()
    }
}
