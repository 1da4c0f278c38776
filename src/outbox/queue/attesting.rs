//! Orders whose posts are read again before their card is asked.
//!
//! They wait apart from the lanes, with places of their own: how an author's server answers says nothing of the card
//! provider, whose lane neither pauses nor slows down for it.

use super::Outbox;
use super::entry::Stage;
use super::readings::Readings;
use super::retry::RetryPolicy;
use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::heard_posts::{HeardPosts, Unattested};
use crate::domain::id::EffectKey;
use crate::domain::time::{Millis, Timestamp};
use crate::outbox::attestor::Finding;

/// The longest wait between two readings of the same posts.
const WAIT_MOST: Millis = Millis::from_secs(30);

/// Why an order is given up that may have been sent before a restart, and whose posts are not attested now.
const IN_DOUBT: &str = "its posts are not attested, and it may have taken effect";

impl Outbox {
    /// Begins the next reading of an order's posts, if one is due and has a place. The caller must settle it.
    pub fn take_attestation(&mut self, now: Timestamp) -> Option<(EffectKey, HeardPosts)> {
        if self.is_quarantined() {
            return None;
        }
        while let Some(key) = self.readings.begin(now) {
            match self.entries.get(&key).map(|entry| &entry.effect) {
                Some(Effect::Authorize(payment)) if payment.heard.is_some() => {
                    return Some((key, payment.heard.as_deref()?.clone()));
                }
                _ => drop(self.readings.end(key)),
            }
        }
        None
    }

    /// Takes what a reading found, and returns the report to the campaign if the order is off.
    pub fn settle_attestation(&mut self, now: Timestamp, key: EffectKey, finding: Finding) -> Option<Report> {
        let reading = self.readings.end(key)?;
        let entry = self.entries.get_mut(&key).filter(|entry| entry.stage == Stage::Attesting)?;
        let Effect::Authorize(payment) = &entry.effect else { return None };
        let (id, until) = (payment.id, payment.heard.as_ref().map_or(Timestamp::MIN, |heard| heard.until));
        let why = match finding {
            Finding::Attested => {
                entry.attested = true;
                self.wait_until(key, now);
                return None;
            }
            Finding::Unreachable if now < until => {
                let policy = RetryPolicy { most: self.policy.most.min(WAIT_MOST), ..self.policy };
                let wait = policy.wait(self.seed, key, Readings::fruitless(&reading));
                // The last reading is at the end of the window.
                self.readings.repeat(key, reading, now.plus(wait).min(until));
                return None;
            }
            Finding::Unreachable => Unattested::Unreachable,
            Finding::Refuted(refuted) => refuted.into(),
        };
        if entry.doubtful {
            return Some(self.give_up(key, IN_DOUBT.into()));
        }
        self.remove(key);
        Some(Report::Unattested { id, key, why })
    }
}
