//! Actions that wait until a batch is durable.

use super::decision_batch::DecisionBatch;

/// Runs once a batch is durable, and may read its decisions.
pub type OnDurable = Box<dyn FnOnce(&DecisionBatch) + Send>;

/// Accompanies its batch's records to the journal. The journal's tail receives it once they are durable.
pub struct Committed {
    /// The number of the partition that decided the batch.
    pub partition: u32,
    /// The batch.
    pub batch: DecisionBatch,
    /// Runs once the batch is durable; none if nothing waits for it.
    pub then: Option<OnDurable>,
}

impl std::fmt::Debug for Committed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committed").field("partition", &self.partition).finish_non_exhaustive()
    }
}
