//! Looking ahead: what answering many posts will read is read for all of them at first.
//!
//! What is kept for an account lies anywhere in memory, and memory is a hundred times slower than a processor.
//! Post by post, the processor would wait for each word in turn. In these loops no step waits for the one before
//! it, and it asks for many words at once. Nor does a step decide by what it reads: the processor would guess, and
//! where it guessed wrong, ask again.

use std::hint::black_box;

use super::PartitionState;
use crate::collections::stable_map::StableMap;
use crate::partition::counters::OfferCounters;
use crate::partition::item::Item;

/// So many campaigns are in the processor's cache before anybody looks.
const CACHED_CAMPAIGNS: usize = 64;

impl PartitionState {
    /// Reads what answering these posts will read. Changes nothing, and nothing depends on it but time.
    pub fn look_ahead(&self, items: &[Item]) {
        let posts = items.iter().filter_map(|item| match item {
            Item::Post { post, .. } => Some(post),
            Item::Answered { .. } => None,
        });
        let links = posts.clone().filter_map(|said| said.link.as_ref());
        black_box(links.map(|link| u32::from(link.letter())).sum::<u32>());

        let asked = posts.filter_map(|said| Some((said.intent.offer()?, &said.account)));
        let asked: Vec<_> = asked.filter_map(|(no, who)| Some((no, self.campaign_of(no)?, who))).collect();
        let heard_in =
            asked.iter().filter_map(|&(no, index, who)| Some((self.campaigns.get(index)?, no, who)));
        if self.campaigns.len() > CACHED_CAMPAIGNS {
            let tallies = asked.iter().filter_map(|(no, _, _)| self.tally(*no));
            black_box(tallies.map(OfferCounters::glance).fold(0, u64::wrapping_add));
            let first = heard_in.clone().map(|(campaign, _, _)| campaign.glance());
            black_box(first.fold(0, usize::wrapping_add));
            let second = heard_in.clone().map(|(campaign, no, _)| campaign.glance_behind(no));
            black_box(second.fold(0, usize::wrapping_add));
        }
        let sessions = StableMap::prefetch(heard_in.map(|(campaign, _, who)| (campaign.sessions(), who)));
        black_box(sessions.iter().map(|session| usize::from(session.has_more())).sum::<usize>());
        black_box(sessions.iter().map(|session| usize::from(session.is_idle())).sum::<usize>());
        black_box(sessions.iter().map(|session| session.refusals()).sum::<usize>());
    }
}
