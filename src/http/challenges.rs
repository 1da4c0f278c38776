//! The payments that buyers authenticate, and how many questions about them are open.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::outbox::provider::stripe::OnSession;

/// Questions to Stripe that are open at once; a further one is told to come again.
const ASKED_MOST: usize = 16;

/// The payments that buyers authenticate.
pub struct Challenges {
    pub(super) payments: OnSession,
    room: Semaphore,
}

impl Challenges {
    /// Authenticates these payments.
    #[must_use]
    pub const fn new(payments: OnSession) -> Self {
        Self { payments, room: Semaphore::const_new(ASKED_MOST) }
    }

    /// Room for a question, as long as it is kept; `None` if too many are open.
    pub(super) fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.room.try_acquire().ok()
    }
}
