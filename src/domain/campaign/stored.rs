//! The stored form of a campaign.

use super::Campaign;
use super::notes::Notes;
use crate::collections::deadline_map::DeadlineMap;
use crate::collections::stable_map::SlotId;
use crate::collections::stored::{Put, Take};
use crate::domain::offers::Offers;
use crate::domain::time::Timestamp;

impl Campaign {
    /// Stores the campaign.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        let Self { offers, sessions, offers_due, sessions_due, decided, notified, spent, .. } = self;
        let Self { memory, capped, paced, quiet_periods, .. } = self;
        offers.store(out)?;
        out.put_stable_map(sessions)?;
        offers_due.store(out)?;
        sessions_due.store(out)?;
        let order = sessions.order();
        let renamed = |(at, slot): (Timestamp, SlotId)| Some((at, (*order.get(slot.index())?)?));
        for queue in [decided, notified] {
            out.put(&self.naming(queue).filter_map(renamed).count())?;
            self.naming(queue).filter_map(renamed).try_for_each(|entry| out.put(&entry))?;
        }
        let spent: Vec<_> = spent.iter().filter_map(renamed).collect();
        out.put_all(spent.iter())?;
        out.put(&(memory, capped, paced))?;
        out.put(quiet_periods)
    }

    /// Reads a stored campaign.
    ///
    /// # Errors
    /// When the source fails.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let offers = Offers::restore(from)?;
        let sessions = from.take_stable_map()?;
        let (offers_due, sessions_due) = (DeadlineMap::restore(from)?, DeadlineMap::restore(from)?);
        let (decided, notified, spent) =
            (Notes::restore(from)?, Notes::restore(from)?, Notes::restore(from)?);
        let (memory, capped, paced) = from.take()?;
        let mut campaign = Self {
            offers,
            sessions,
            recent: None,
            offers_due,
            sessions_due,
            decided,
            notified,
            spent,
            memory,
            capped,
            paced,
            quiet_periods: from.take_since(6)?,
        };
        campaign.note_parking();
        Ok(campaign)
    }
}
