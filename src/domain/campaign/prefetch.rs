//! Prefetches campaigns: with thousands of them, none stays in the processor's cache.

use super::Campaign;
use super::notes::Notes;
use crate::collections::prefetch::prefetch;
use crate::collections::stable_map::StableMap;
use crate::domain::id::OfferNo;
use crate::domain::offer::Offer;

impl Campaign {
    /// Prefetches what deciding a post about each of these offers reads of its campaign, apart from its
    /// author's session.
    pub fn prefetch<'c>(wanted: impl Iterator<Item = (&'c Self, OfferNo)> + Clone) {
        let campaigns = wanted.clone().map(|(campaign, _)| campaign);
        prefetch(campaigns.clone().map(Self::sizes));
        prefetch(wanted.filter_map(|(campaign, no)| campaign.offer(no)).map(offer_words));
        Notes::prefetch_ends(campaigns.clone().flat_map(|campaign| [&campaign.decided, &campaign.notified]));
        StableMap::prefetch_ends(campaigns.map(|campaign| &campaign.sessions));
    }

    /// Touches each container of the campaign; the value is meaningless.
    fn sizes(&self) -> usize {
        let notes = self.decided.len() ^ self.notified.len() ^ self.spent.len();
        let due = usize::from(self.offers_due.is_empty()) ^ usize::from(self.sessions_due.is_empty());
        self.offers.len() ^ self.sessions.len() ^ notes ^ due
    }
}

/// Touches each cache line of an offer that deciding a claim reads; the value is meaningless.
fn offer_words(offer: &Offer) -> usize {
    let terms = offer.terms();
    let times =
        terms.opens.ms() ^ terms.closes.named().ms() ^ terms.late_grace.ms() ^ terms.max_lateness.ms();
    let limits = terms.units ^ terms.limit_per_account ^ terms.waitlist_max;
    let rules = [
        terms.rules.partial,
        terms.rules.limit_per_card.is_some(),
        terms.rules.pace.is_some(),
        terms.rules.account_age.is_some(),
        offer.is_gathering(),
    ];
    let rules = rules.iter().filter(|rule| **rule).count();
    let counts = offer.counts();
    let units = counts.allotment ^ counts.available ^ counts.reserved ^ counts.sold ^ counts.waiting;
    let lists = terms.fundings.len() ^ terms.brands.len() ^ offer.reservations_len();
    times as usize ^ (limits ^ units) as usize ^ rules ^ lists
}
