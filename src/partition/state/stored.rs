//! The stored form of a partition's state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PartitionState;
use crate::collections::deadline_map::DeadlineMap;
use crate::collections::stored::{Put, Take};
use crate::domain::account_status::AccountStatuses;
use crate::domain::campaign::Campaign;
use crate::domain::parked_deletions::ParkedDeletions;
use crate::domain::time::Timestamp;
use crate::partition::handlers::Handlers;

/// The part of the state that is stored first.
#[derive(Serialize, Deserialize)]
struct StoredHead {
    no: u32,
    journal_time: Timestamp,
    last_sequence: u64,
    #[serde(default)]
    deletions: ParkedDeletions,
}

impl PartitionState {
    /// Stores the part of the state that a replay of the same records would restore.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { no, campaigns, by_name, by_offer, counters, statuses, deadlines, .. } = self;
        let Self { added, journal_time, last_sequence, deletions, .. } = self;
        out.put(&StoredHead {
            no: *no,
            journal_time: *journal_time,
            last_sequence: *last_sequence,
            deletions: deletions.clone(),
        })?;
        out.put(&campaigns.len())?;
        for campaign in campaigns {
            campaign.store(out)?;
        }
        out.put_all(by_name.iter())?;
        out.put_all(by_offer.iter())?;
        out.put_all(counters.iter())?;
        statuses.store(out)?;
        deadlines.store(out)?;
        out.put(added)
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// When the source fails.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let StoredHead { no, journal_time, last_sequence, deletions } = from.take()?;
        let mut campaigns = Vec::new();
        for _ in 0..from.take::<usize>()? {
            campaigns.push(Campaign::restore(from)?);
        }
        Ok(Self {
            no,
            campaigns,
            by_name: from.take_map()?,
            by_offer: from.take_list()?,
            counters: from.take_list()?,
            statuses: AccountStatuses::restore(from)?,
            deletions,
            deadlines: DeadlineMap::restore(from)?,
            added: from.take_since(6)?,
            journal_time,
            last_sequence,
            // Recovery sets them, from the effects that the same records ask for.
            dead_letters: BTreeSet::new(),
            handlers: Handlers::PLAIN,
        })
    }
}
