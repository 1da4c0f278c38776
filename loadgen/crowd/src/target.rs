//! An offer as a crowd sees it: its tags, and how wanted it is.

use serde::{Deserialize, Serialize};

/// The three tags of one offer, without the hash sign, and its popularity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Tag that claims a unit.
    pub buy: String,
    /// Tag that confirms.
    pub confirm: String,
    /// Tag that passes the unit on.
    pub cancel: String,
    /// Weight against the other targets; `None` means 1 / (rank in the list).
    #[serde(default)]
    pub popularity: Option<f64>,
}
