//! What hearing a post reads of a campaign, for whoever reads ahead for many posts: where there are thousands of
//! campaigns, none of it is in the processor's cache. Numbers that are worth nothing but to have been read for.

use super::Campaign;
use crate::domain::id::OfferNo;
use crate::domain::offer::Offer;

impl Campaign {
    /// The first step: what lies in the campaign itself.
    #[must_use]
    pub fn glance(&self) -> usize {
        let queues = self.decided.glance() + self.told.glance() + self.spent.glance();
        let due = usize::from(self.offers_due.is_empty()) + usize::from(self.sessions_due.is_empty());
        self.offers.len() + self.credits.len() + self.sessions.len() + queues + due
    }

    /// The second: what the campaign knows the places of.
    #[must_use]
    pub fn glance_behind(&self, no: OfferNo) -> usize {
        let offer = self.offer(no).map_or(0, Offer::glance);
        // Not a sum: an offer's is of instants, which may be long ago.
        offer ^ self.decided.glance_behind() ^ self.told.glance_behind() ^ self.sessions.glance()
    }
}
