//! What an operator should know of the offers on sale, until those are over.

use std::sync::Mutex;

use crate::domain::id::OfferId;
use crate::domain::time::Timestamp;

/// Something about an offer that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferNotice {
    /// The offer whose end settles it.
    pub offer: OfferId,
    /// When the offer ends.
    pub until: Timestamp,
    /// What is to be known.
    pub text: String,
}

/// The notices of a node.
#[derive(Debug, Default)]
pub struct OfferNotices(Mutex<Vec<OfferNotice>>);

impl OfferNotices {
    /// Creates the notices that a start found.
    #[must_use]
    pub fn new(notices: Vec<OfferNotice>) -> Self {
        Self(Mutex::new(notices))
    }

    /// An operator closed the offer.
    pub fn closed(&self, offer: &OfferId) {
        self.0.lock().expect("no panic is survived").retain(|notice| notice.offer != *offer);
    }

    /// What is to be known at `now`.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Vec<String> {
        let notices = self.0.lock().expect("no panic is survived");
        let current = notices.iter().filter(|notice| now < notice.until);
        current.map(|notice| notice.text.clone()).collect()
    }
}
