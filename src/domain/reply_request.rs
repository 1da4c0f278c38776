//! The content of a reply or an e-mail.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::about::About;
use super::id::{Account, OfferNo, PostId, ReservationId};
use super::left::Left;
use super::money::Money;
use super::outcome::Outcome;
use super::time::Timestamp;

/// The content of a reply or an e-mail. A template turns it into text when it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReplyRequest {
    /// The recipient.
    pub account: Account,
    /// The post that is answered.
    pub post: PostId,
    /// The offer that it is about.
    pub offer: OfferNo,
    /// The outcome that it reports. `reserved` and `promoted` make it a prompt: it asks for the confirmation.
    pub outcome: Outcome,
    /// The reservation that it is about.
    pub reservation: Option<u32>,
    /// The place in line, from 1.
    pub place: Option<u32>,
    /// The deadline for the confirmation, if it is known already.
    pub deadline: Option<Timestamp>,
    /// The order's total; for a statement credit, the amount that is credited or taken back.
    pub amount: Option<Money>,
    /// Units that it is about.
    pub units: u32,
    /// What it reports in addition to the outcome.
    pub about: Option<About>,
    /// How few units the decision leaves for others to claim.
    #[serde(default)]
    pub left: Left,
}

/// The fields of a request, for both of its forms.
const FIELDS: usize = 11;

impl Serialize for ReplyRequest {
    /// The stored form has every field; the text form leaves out how few units are left where that is not told.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = !serializer.is_human_readable() || self.left != Left::Untold;
        let Self { account, post, offer, outcome, reservation, place, deadline, amount, units, about, left } =
            self;
        let mut out = serializer.serialize_struct("ReplyRequest", FIELDS - usize::from(!shown))?;
        out.serialize_field("account", account)?;
        out.serialize_field("post", post)?;
        out.serialize_field("offer", offer)?;
        out.serialize_field("outcome", outcome)?;
        out.serialize_field("reservation", reservation)?;
        out.serialize_field("place", place)?;
        out.serialize_field("deadline", deadline)?;
        out.serialize_field("amount", amount)?;
        out.serialize_field("units", units)?;
        out.serialize_field("about", about)?;
        if shown {
            out.serialize_field("left", left)?;
        } else {
            out.skip_field("left")?;
        }
        out.end()
    }
}

impl ReplyRequest {
    /// A reply that reports only its outcome.
    #[must_use]
    pub fn new(account: Account, post: PostId, offer: OfferNo, outcome: Outcome) -> Self {
        let (reservation, place, deadline, amount, units, about) = (None, None, None, None, 0, None);
        let left = Left::Untold;
        Self { account, post, offer, outcome, reservation, place, deadline, amount, units, about, left }
    }

    /// The reservation to confirm, if this is a prompt, or the reminder of one.
    #[must_use]
    pub fn asks(&self) -> Option<ReservationId> {
        let prompt = matches!(self.outcome, Outcome::Reserved | Outcome::Promoted);
        self.reservation.filter(|_| prompt).map(|ordinal| ReservationId { offer: self.offer, ordinal })
    }

    /// Whether it reminds of a prompt that was delivered before.
    #[must_use]
    pub fn reminds(&self) -> bool {
        matches!(self.about, Some(About::Reminder))
    }
}
