//! The fact that a payment is authorized.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::id::{EffectKey, ReservationId};
use crate::domain::provider_ref::PaymentRef;

/// The card processor authorized a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Authorized {
    /// The reservation that became the order.
    pub id: ReservationId,
    /// The effect that this settles.
    pub key: EffectKey,
    /// The processor's id of the payment; `None` if it gives none, or if it was recorded without it.
    #[serde(default)]
    pub reference: Option<PaymentRef>,
}

/// The fields in the stored form.
const FIELDS: usize = 3;

impl Serialize for Authorized {
    /// The stored form has every field; the text form leaves an unknown reference out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = !serializer.is_human_readable() || self.reference.is_some();
        let Self { id, key, reference } = self;
        let mut out = serializer.serialize_struct("Authorized", FIELDS - usize::from(!shown))?;
        out.serialize_field("id", id)?;
        out.serialize_field("key", key)?;
        if shown {
            out.serialize_field("reference", reference)?
        } else {
            out.skip_field("reference")?
        }
        out.end()
    }
}
