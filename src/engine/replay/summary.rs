//! The summary of a sale.

use serde::Serialize;

use super::input::{BadLine, Input};
use crate::api::offer_view::OfferView;

/// The result of a replay, as `summary.json`.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The offers at the end, with their counts.
    pub offers: Vec<OfferView>,
    /// Counts of what was read.
    pub input: Input,
    /// Commands that could not be executed at their time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_commands: Vec<BadLine>,
    /// When nothing was pending any more, by the clock of the sale.
    pub ended_at: String,
}
