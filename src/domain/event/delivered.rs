//! The fact that effects were carried out.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::id::EffectKey;
use crate::domain::provider_ref::{PaymentRef, ProviderRef};

/// Effects that nothing waits for were carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Delivered {
    /// The effects.
    pub keys: Vec<EffectKey>,
    /// What their providers created, as far as a provider gave it an id other than the effect's key.
    #[serde(default)]
    pub references: Vec<Reference>,
}

/// The provider's id of what an effect created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The effect.
    pub key: EffectKey,
    /// The id.
    pub id: ProviderRef,
}

/// The fields in the stored form.
const FIELDS: usize = 2;

impl Delivered {
    /// One effect, and what it created.
    #[must_use]
    pub fn one(key: EffectKey, created: Option<ProviderRef>) -> Self {
        Self { keys: vec![key], references: created.map(|id| Reference { key, id }).into_iter().collect() }
    }

    /// Adds other effects.
    pub fn merge(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.references.extend(other.references);
    }

    /// The payment that an effect created.
    #[must_use]
    pub fn payment_of(&self, key: EffectKey) -> Option<&PaymentRef> {
        self.references.iter().find(|reference| reference.key == key)?.id.payment()
    }
}

impl From<Vec<EffectKey>> for Delivered {
    fn from(keys: Vec<EffectKey>) -> Self {
        Self { keys, references: Vec::new() }
    }
}

impl Serialize for Delivered {
    /// The stored form has every field; the text form leaves an empty list of references out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = !serializer.is_human_readable() || !self.references.is_empty();
        let Self { keys, references } = self;
        let mut out = serializer.serialize_struct("Delivered", FIELDS - usize::from(!shown))?;
        out.serialize_field("keys", keys)?;
        if shown {
            out.serialize_field("references", references)?
        } else {
            out.skip_field("references")?
        }
        out.end()
    }
}
