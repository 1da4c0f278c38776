//! Prefetches what the posts of a batch read: links, counters, campaigns and sessions.
//!
//! Each loop takes one step for all posts, so that the processor waits for many cache misses at once
//! ([`crate::collections::prefetch`]).

use super::PartitionState;
use crate::collections::prefetch::prefetch;
use crate::collections::stable_map::StableMap;
use crate::domain::campaign::Campaign;
use crate::partition::counters::OfferCounters;
use crate::partition::item::Item;

/// Up to this many campaigns are assumed to stay in the processor's cache, and are not prefetched.
const CACHED_CAMPAIGNS: usize = 64;

impl PartitionState {
    /// Prefetches what answering these posts reads.
    pub fn prefetch(&self, items: &[Item]) {
        let posts = items.iter().filter_map(|item| match item {
            Item::Post { command, .. } => Some(command),
            Item::Answered { .. } => None,
        });
        let links = posts.clone().filter_map(|command| command.link.as_ref());
        prefetch(links.map(|link| usize::from(link.letter())));

        let asked = posts.filter_map(|command| Some((command.intent.offer()?, &command.account)));
        let asked: Vec<_> = asked.filter_map(|(no, who)| Some((no, self.campaign_of(no)?, who))).collect();
        let concerned =
            asked.iter().filter_map(|&(no, index, who)| Some((self.campaigns.get(index)?, no, who)));
        if self.campaigns.len() > CACHED_CAMPAIGNS {
            let counters = asked.iter().filter_map(|(no, _, _)| self.counters_of(*no));
            prefetch(counters.map(OfferCounters::word));
            Campaign::prefetch(concerned.clone().map(|(campaign, no, _)| (campaign, no)));
        }
        let sessions = StableMap::prefetch(concerned.map(|(campaign, _, who)| (campaign.sessions(), who)));
        prefetch(sessions.iter().map(|session| usize::from(session.has_more())));
        prefetch(sessions.iter().map(|session| usize::from(session.is_idle())));
        prefetch(sessions.iter().map(|session| session.refusals()));
    }
}
