//! The form of effect keys that providers see.

use serde::{Deserialize, Serialize};

/// The form in which a provider sees the key of an effect. It is stored in the record that asks for the
/// effect: retries and lookups use the same key even if the data directory was restored since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub enum KeyForm {
    /// The bare key, `0/12/0`: for replayed recordings, and for records from before data directories had an
    /// instance.
    #[default]
    Bare,
    /// The key with the data directory's instance as a prefix, and the number of restores at that time.
    Epoch(u32),
}

// Stored as one number; 0 is the bare form.
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
