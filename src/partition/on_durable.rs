//! A release: what may leave the engine once the page it belongs to is durable.

use super::decision_batch::Page;

/// Runs once a page is durable, and may read what was decided on it.
pub type Then = Box<dyn FnOnce(&Page) + Send>;

/// Travels to the journal with its page's records, and comes out of the journal's tail.
pub struct Release {
    /// Whose page.
    pub partition: u32,
    /// What was decided.
    pub page: Page,
    /// Who waits for it.
    pub then: Option<Then>,
}

impl std::fmt::Debug for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Release").field("partition", &self.partition).finish_non_exhaustive()
    }
}
