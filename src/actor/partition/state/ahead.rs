//! Looking ahead: what answering many posts will read is read for all of them at first.
//!
//! What is kept for an account lies anywhere in memory, and memory is a hundred times slower than a processor.
//! Post by post, the processor would wait for each word in turn. In these loops no step waits for the one before
//! it, and it asks for many words at once. Nor does a step decide by what it reads: the processor would guess, and
//! where it guessed wrong, ask again.

use std::hint::black_box;

use super::Partition;
use crate::actor::partition::Item;
use crate::domain::command::Said;
use crate::domain::roster::Roster;

impl Partition {
    /// Reads what answering these posts will read. Changes nothing, and nothing depends on it but time.
    pub fn look_ahead(&self, items: &[Item]) {
        let posts = items.iter().filter_map(|item| match item {
            Item::Said { said, .. } => Some(said),
            Item::Noted { .. } => None,
        });
        let links = posts.clone().filter_map(|said| said.link.as_ref());
        black_box(links.map(|link| u32::from(link.letter())).sum::<u32>());

        let campaign = |said: &Said| self.campaigns.get(self.campaign_of(said.wish.offer()?)?);
        let asked = posts.filter_map(|said| Some((campaign(said)?.sessions(), &said.account)));
        let sessions = Roster::look_ahead(asked);
        black_box(sessions.iter().map(|session| u32::from(session.has_more())).sum::<u32>());
        black_box(sessions.iter().map(|session| u32::from(session.is_idle())).sum::<u32>());
    }
}
