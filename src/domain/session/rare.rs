//! What few sessions have: a parked confirmation, spending that counts against a cap, and posts that count
//! against a pace.

use serde::{Deserialize, Serialize};

use super::parked::Parked;
use crate::domain::rules::PostRate;
use crate::domain::time::{Millis, Timestamp};

/// The day (UTC) of an instant, as the number of days since 1970-01-01.
#[must_use]
pub fn day_of(at: Timestamp) -> i64 {
    at.ms().div_euclid(86_400_000)
}

/// What an account spent on one day (UTC), in minor units of its campaign's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Spent {
    day: i64,
    minor: i64,
}

/// Boxed, so that all other sessions stay small.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RareExtras {
    pub(super) parked: Vec<Parked>,
    /// None unless an offer of the campaign has a spend cap.
    spent: Option<Spent>,
    /// When the account's posts would be used up at an even pace. Refused posts count as well, so the journal
    /// cannot restore this.
    paced_until: Timestamp,
    /// The cancellations that wait for their claims.
    #[serde(default)]
    pub(super) cancels: Vec<Parked>,
}

impl RareExtras {
    /// The journaled part.
    pub(super) fn stored(&self) -> Option<impl std::hash::Hash> {
        let anything = !self.parked.is_empty() || !self.cancels.is_empty() || self.spent.is_some();
        anything.then_some((&self.parked, self.spent, &self.cancels))
    }

    /// Whether nothing is left that needs the box.
    pub(super) fn is_empty(&self) -> bool {
        self.stored().is_none() && self.paced_until == Timestamp::default()
    }

    /// What the account spent on the day (UTC) of `at`, in minor units.
    pub(super) fn spent_on(&self, at: Timestamp) -> i64 {
        self.spent.filter(|spent| spent.day == day_of(at)).map_or(0, |spent| spent.minor)
    }

    pub(super) fn spend(&mut self, at: Timestamp, minor: i64) {
        let minor = self.spent_on(at).saturating_add(minor);
        self.spent = Some(Spent { day: day_of(at), minor });
    }

    pub(super) fn unspend(&mut self, placed_at: Timestamp, minor: i64) {
        if let Some(spent) = self.spent.as_mut().filter(|spent| spent.day == day_of(placed_at)) {
            spent.minor = spent.minor.saturating_sub(minor).max(0);
        }
    }

    pub(super) fn forget_spent(&mut self, at: Timestamp) {
        self.spent.take_if(|spent| spent.day < day_of(at));
    }

    /// Whether the account posts faster than `pace` at `now`. An even flow of posts never does; after a
    /// pause, `pace.posts` may arrive at once (the virtual scheduling form of the leaky bucket: ITU-T I.371).
    pub(super) fn is_too_fast(&self, now: Timestamp, pace: PostRate) -> bool {
        let spacing = pace.per.ms() / i64::from(pace.posts.max(1));
        self.paced_until.ms() > now.ms() + pace.per.ms() - spacing
    }

    pub(super) fn count_post(&mut self, at: Timestamp, pace: PostRate) {
        let spacing = Millis::from_ms(pace.per.ms() / i64::from(pace.posts.max(1)));
        self.paced_until = self.paced_until.max(at).plus(spacing);
    }
}
