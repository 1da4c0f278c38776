//! What may leave the engine once a batch is durable.

use super::decision_batch::DecisionBatch;

/// Runs once a batch is durable, and may read what was decided.
pub type OnDurable = Box<dyn FnOnce(&DecisionBatch) + Send>;

/// Travels to the journal with its batch's records, and comes out of the journal's tail.
pub struct Committed {
    /// The partition.
    pub partition: u32,
    /// What was decided.
    pub batch: DecisionBatch,
    /// Runs once the batch is durable.
    pub then: Option<OnDurable>,
}

impl std::fmt::Debug for Committed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committed").field("partition", &self.partition).finish_non_exhaustive()
    }
}
