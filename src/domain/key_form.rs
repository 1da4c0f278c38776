//! The form in which the world outside knows the effects of a record.

use serde::{Deserialize, Serialize};

/// How the key of an effect is written outside. It is a part of the record that asks for the effect: what was asked
/// under one key is looked up and asked again under the same key, whatever the data directory has become since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub enum KeyForm {
    /// The bare key, `0/12/0`: of a replayed recording, and of records from before data directories had an instance.
    #[default]
    Bare,
    /// The key after the data directory's instance and the number of restores that it had seen by then.
    Epoch(u32),
}

// Stored as one number, 0 for the bare form.
impl From<u32> for KeyForm {
    fn from(stored: u32) -> Self {
        stored.checked_sub(1).map_or(Self::Bare, Self::Epoch)
    }
}

impl From<KeyForm> for u32 {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Bare => 0,
            KeyForm::Epoch(epoch) => epoch.saturating_add(1),
        }
    }
}
