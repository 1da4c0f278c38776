//! Counts of what a run has seen. A run in which something never happens proves nothing about it.

use std::collections::BTreeMap;

/// What must happen besides every kind of event: failures, and answers to posts.
const AWAITED: &[&str] = &[
    "power loss",
    "kill",
    "fault of the disk",
    "failed commit",
    "failed history",
    "gap in the history",
    "crash in recovery",
    "snapshot",
    "start from a snapshot",
    "clock set",
    "clock set while running",
    "clock accepted",
    "pause",
    "offer corrected",
    "correction refused",
    "unlinked",
    "linked again",
    "released at a start",
    "leap to a closing",
    "long outage",
    "outage",
    "authors' servers away",
    "attested",
    "gone",
    "differs",
    "unreachable",
    "post delivered again",
    "post told again",
    "reserved",
    "waitlisted",
    "confirmed",
    "released",
    "enrolled",
    "frozen",
    "opted_out",
    "credited",
    "credit_reversed",
    "confirm_late",
    "nothing_to_confirm",
    "already_reserved",
    "limit_reached",
    "sold_out",
    "fully_reserved",
    "spend_cap",
    "rate_limited",
    "look_alike_tag",
    "manual_repost",
    "quoted",
    "repost",
    "edited",
    "own_post",
    "stale",
    "future",
    "not_linked",
    "overloaded",
];

/// Counts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    pub(super) fn see(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (name, times) in &other.0 {
            *self.0.entry(name).or_default() += times;
        }
    }

    pub(super) fn assert_seen(&self) {
        // Offers are added and corrected at a start, before the counting begins.
        let facts = crate::event_coverage::ALL.iter();
        let facts = facts.filter(|kind| !kind.ends_with("OfferAdded") && !kind.ends_with("OfferCorrected"));
        let unseen: Vec<_> = facts.chain(AWAITED).filter(|name| self.count(name) == 0).collect();
        assert!(unseen.is_empty(), "nothing was seen of {unseen:?}: {self:?}");
    }
}
