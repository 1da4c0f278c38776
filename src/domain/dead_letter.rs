//! Dead letters: effects that were given up. Each is kept until an operator lets it be tried again, or settles it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::id::EffectKey;
use super::key_form::KeyForm;
use super::provider_ref::PaymentRef;
use super::time::Timestamp;

/// An effect that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The form of its key outside the engine.
    pub form: KeyForm,
    /// Time of the record that asks for it.
    pub recorded_at: Timestamp,
    /// The effect.
    pub effect: Effect,
    /// The last error of its provider.
    pub reason: CompactString,
    /// When it was given up.
    pub given_up_at: Timestamp,
}

/// What an operator found out about a dead letter at its provider. The order of the variants is the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It has taken effect, or was done by hand.
    Done {
        /// The provider's id of the payment; every payment needs one.
        reference: Option<PaymentRef>,
    },
    /// It has not taken effect, and never will.
    Declined {
        /// The operator's reason.
        reason: CompactString,
    },
}

/// An operator's request to settle a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleDeadLetter {
    /// The key of the effect.
    pub key: EffectKey,
    /// The effect.
    pub effect: Effect,
    /// What the operator found out.
    pub settlement: Settlement,
}
