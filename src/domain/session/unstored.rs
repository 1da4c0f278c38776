//! What a session remembers and the journal does not: refusals write nothing, so a restart forgets them.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::seen::Seen;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::outcome::Outcome;
use crate::domain::rules::Pace;
use crate::domain::time::{Millis, Timestamp};

/// Refused posts that one account's session remembers; the oldest gives way.
const REFUSED_MAX: usize = 8;

/// How long an account is not told the same "no" about the same offer again.
pub const TOLD_FOR: Millis = Millis::from_secs(3600);

/// Different refusals of which one account is told within that time; who collects more hears nothing.
const TOLD_MAX: usize = 32;

/// Refused posts, what the account was told, and how fast it posts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Unstored {
    refused: SmallVec<[Seen; 1]>,
    /// Of which refusals the account was told, and when.
    told: SmallVec<[(OfferNo, Outcome, Timestamp); 1]>,
    /// When the account's posts would be used up at an even pace.
    paced_until: Timestamp,
}

impl Unstored {
    pub(super) fn refused(&self, post: &PostId) -> Option<&Seen> {
        self.refused.iter().find(|seen| seen.post == *post)
    }

    pub(super) fn refuse(&mut self, seen: Seen) {
        if self.refused.len() == REFUSED_MAX {
            self.refused.remove(0);
        }
        self.refused.push(seen);
    }

    /// Whether the account is to be told this about this offer: it was not told so lately. Notes that it
    /// is told.
    pub(super) fn tell(&mut self, offer: OfferNo, outcome: Outcome, at: Timestamp) -> bool {
        self.forget_told(at);
        let known = self.told.iter().any(|told| (told.0, told.1) == (offer, outcome));
        if known || self.told.len() == TOLD_MAX {
            return false;
        }
        self.told.push((offer, outcome, at));
        true
    }

    pub(super) fn forget_told(&mut self, at: Timestamp) {
        self.told.retain(|(_, _, told_at)| at.since(*told_at) < TOLD_FOR);
    }

    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.refused.retain(|seen| seen.at >= horizon);
    }

    /// Whether the account posts faster than that at `now`. An even flow of posts never does; after a
    /// pause, so many may come at once (the virtual scheduling form of the leaky bucket: ITU-T I.371).
    pub(super) fn is_too_fast(&self, now: Timestamp, pace: Pace) -> bool {
        let spacing = pace.per.ms() / i64::from(pace.posts.max(1));
        self.paced_until.ms() > now.ms() + pace.per.ms() - spacing
    }

    pub(super) fn count_post(&mut self, at: Timestamp, pace: Pace) {
        let spacing = Millis::from_ms(pace.per.ms() / i64::from(pace.posts.max(1)));
        self.paced_until = self.paced_until.max(at).plus(spacing);
    }

    /// Whether nothing is remembered that must be. How fast the account posts is not: sessions last for as
    /// long as that matters.
    pub(super) fn is_over(&self) -> bool {
        self.refused.is_empty() && self.told.is_empty()
    }
}
