//! The claim that events carry: what a buying post asks for, and what its order needs.

use compact_str::CompactString;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::cid::Cid;
use crate::domain::has_address::HasAddress;
use crate::domain::id::{Account, PostId};
use crate::domain::link::{Last4, Region};
use crate::domain::money::{Money, Rate};
use crate::domain::time::Timestamp;

/// A claim with everything that its order needs, as it was when the claim was decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Claim {
    /// The claiming post.
    pub post: PostId,
    /// When the post was published, by the network's clock.
    pub posted_at: Timestamp,
    /// The author of the post.
    pub account: Account,
    /// Units that the claim asks for.
    pub units: u32,
    /// Price of these units, with tax.
    pub amount: Money,
    /// The agreed tax rate, which also applies to a part of the claim.
    pub rate: Rate,
    /// The token of the card that pays.
    pub card: CompactString,
    /// Whether the account has an address for letters.
    #[serde(rename = "has_address")]
    pub email: HasAddress,
    /// The billing region of the link, as `US-NY`; `None` if the claim was recorded without it.
    #[serde(default)]
    pub region: Option<Region>,
    /// The last four digits of the card; `None` if the claim was recorded without them.
    #[serde(default)]
    pub last4: Option<Last4>,
    /// The author's handle as the claiming post had it, for people; `None` if the post had none, or if the claim
    /// was recorded without it.
    #[serde(default)]
    pub handle: Option<CompactString>,
    /// The hash of the claiming post, if a stream told of it that nobody has to trust: the order then waits until the
    /// post is read again.
    #[serde(default)]
    pub cid: Option<Box<Cid>>,
}

/// The fields of a claim, for both of its forms.
const FIELDS: usize = 12;

impl Serialize for Claim {
    /// The stored form has every field; the text form leaves unknown fields out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = !serializer.is_human_readable();
        let Self { post, posted_at, account, units, amount, rate, card, email, region, last4, handle, cid } =
            self;
        let (with_region, with_last4) = (stored || region.is_some(), stored || last4.is_some());
        let (with_handle, with_cid) = (stored || handle.is_some(), stored || cid.is_some());
        let left_out = [with_region, with_last4, with_handle, with_cid].into_iter().filter(|with| !with);
        let unknown = left_out.count();
        let mut out = serializer.serialize_struct("Claim", FIELDS - unknown)?;
        out.serialize_field("post", post)?;
        out.serialize_field("posted_at", posted_at)?;
        out.serialize_field("account", account)?;
        out.serialize_field("units", units)?;
        out.serialize_field("amount", amount)?;
        out.serialize_field("rate", rate)?;
        out.serialize_field("card", card)?;
        out.serialize_field("has_address", email)?;
        if with_region {
            out.serialize_field("region", region)?;
        } else {
            out.skip_field("region")?;
        }
        if with_last4 {
            out.serialize_field("last4", last4)?;
        } else {
            out.skip_field("last4")?;
        }
        if with_handle {
            out.serialize_field("handle", handle)?;
        } else {
            out.skip_field("handle")?;
        }
        if with_cid {
            out.serialize_field("cid", cid)?;
        } else {
            out.skip_field("cid")?;
        }
        out.end()
    }
}
