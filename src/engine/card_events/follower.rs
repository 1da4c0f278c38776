//! What becomes of an event.

use crate::actors::node::ObjectionNoted;
use crate::actors::port::Overloaded;
use crate::domain::time::Timestamp;
use crate::net::Http;
use crate::ops::{CardEventBounds, OpsDatabase, OpsError};
use crate::outbox::instance_id::InstanceId;
use crate::outbox::provider::stripe::{
    Api, CardEvent, FoundObjection, LISTED_LATE_SECS, LISTED_SECS, Unread, event, events_since,
    read_objection,
};
use crate::telemetry::objections::card_events;

/// The place of the cursor. No network of a configuration has a blank in its name.
const CURSOR: (&str, &str) = ("card processor", "events");

/// Where it is remembered which events were followed.
pub trait EventMemory {
    /// Whether an event was followed.
    ///
    /// # Errors
    /// When it cannot be known now.
    fn is_followed(&self, event: &str) -> Result<bool, OpsError>;

    /// Remembers that an event was followed, which is durable when this returns.
    ///
    /// # Errors
    /// When it cannot be remembered now.
    fn store_followed(&self, event: &str, created: i64) -> Result<(), OpsError>;

    /// Until when the list was followed to its end, in seconds since 1970; `None` if it never was.
    ///
    /// # Errors
    /// When it cannot be known now.
    fn followed_until(&self) -> Result<Option<i64>, OpsError>;

    /// Remembers until when the list was followed to its end.
    ///
    /// # Errors
    /// When it cannot be remembered now.
    fn store_followed_until(&self, second: i64, now: Timestamp) -> Result<(), OpsError>;
}

impl EventMemory for OpsDatabase {
    fn is_followed(&self, event: &str) -> Result<bool, OpsError> {
        self.has_card_event(event)
    }

    fn store_followed(&self, event: &str, created: i64) -> Result<(), OpsError> {
        self.store_card_event(event, created, CardEventBounds::default())
    }

    fn followed_until(&self) -> Result<Option<i64>, OpsError> {
        let (place, stream) = CURSOR;
        Ok(self.cursor(place, stream)?.and_then(|cursor| cursor.parse().ok()))
    }

    fn store_followed_until(&self, second: i64, now: Timestamp) -> Result<(), OpsError> {
        let (place, stream) = CURSOR;
        self.store_cursor(place, stream, &second.to_string(), now)
    }
}

/// Where objections are noted.
pub trait ObjectionNotes {
    /// Notes an objection beside its order; when this returns, it is durable.
    ///
    /// # Errors
    /// When there is no room for it now.
    fn note(&self, found: FoundObjection) -> Result<ObjectionNoted, Overloaded>;
}

/// Follows events, one after the other, so that what was read later is noted later.
pub struct EventFollower<'a> {
    /// Where Stripe is.
    pub api: &'a Api,
    /// Asks it in the shop's name.
    pub http: &'a dyn Http,
    /// Remembers which events were followed.
    pub memory: &'a dyn EventMemory,
    /// The data directory whose payments count.
    pub instance: InstanceId,
    /// Where objections are noted.
    pub notes: &'a dyn ObjectionNotes,
}

/// What an event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Something new was recorded.
    Recorded,
    /// What it tells of was known.
    Known,
    /// It was followed before.
    Repeated,
    /// It tells of nothing that is this data directory's.
    Unrelated,
    /// It names an order that is not there.
    NoOrder,
    /// The processor has no such event.
    NoEvent,
}

impl Followed {
    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Known => "known",
            Self::Repeated => "repeated",
            Self::Unrelated => "unrelated",
            Self::NoOrder => "no_order",
            Self::NoEvent => "no_event",
        }
    }
}

/// Why an event was not followed. It is followed later.
#[derive(Debug, thiserror::Error)]
pub enum NotFollowed {
    /// The processor does not tell.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// What was followed cannot be remembered.
    #[error(transparent)]
    NotRemembered(#[from] OpsError),
    /// The partition has no room now.
    #[error(transparent)]
    NoRoom(#[from] Overloaded),
}

impl EventFollower<'_> {
    /// Follows the event of a webhook.
    ///
    /// # Errors
    /// When it has to be followed later.
    pub fn follow_hint(&self, id: &str) -> Result<Followed, NotFollowed> {
        let followed = self.hint(id)?;
        card_events(followed.name()).increment(1);
        Ok(followed)
    }

    fn hint(&self, id: &str) -> Result<Followed, NotFollowed> {
        if self.memory.is_followed(id)? {
            return Ok(Followed::Repeated);
        }
        match event(self.api, self.http, id)? {
            Some(event) => self.follow(&event),
            None => Ok(Followed::NoEvent),
        }
    }

    /// Follows every event that is listed and was not followed, the oldest first. Returns what they came to.
    ///
    /// # Errors
    /// At the first event that has to be followed later: the list is then read from the same time again.
    pub fn catch_up(&self, now: Timestamp) -> Result<Vec<Followed>, NotFollowed> {
        let cursor = self.memory.followed_until()?;
        let earliest = now.ms().div_euclid(1000) - LISTED_SECS;
        let since = cursor.map_or(earliest, |cursor| cursor - LISTED_LATE_SECS);
        let listed = events_since(self.api, self.http, Timestamp::from_ms(since.saturating_mul(1000)))?;
        let mut all = Vec::new();
        for event in &listed {
            if self.memory.is_followed(&event.id)? {
                continue;
            }
            let followed = self.follow(event)?;
            card_events(followed.name()).increment(1);
            all.push(followed);
        }
        let newest = listed.iter().map(|event| event.created).max();
        if let Some(newest) = newest.filter(|newest| cursor.is_none_or(|cursor| *newest > cursor)) {
            self.memory.store_followed_until(newest, now)?;
        }
        Ok(all)
    }

    fn follow(&self, event: &CardEvent) -> Result<Followed, NotFollowed> {
        let found = read_objection(self.api, self.http, event, self.instance)?;
        let followed = match found {
            None => Followed::Unrelated,
            Some(found) => {
                let (order, objection) = (found.order.clone(), found.objection.reference().clone());
                match self.notes.note(found)? {
                    ObjectionNoted::Recorded => Followed::Recorded,
                    ObjectionNoted::Known => Followed::Known,
                    ObjectionNoted::NoOrder => {
                        tracing::error!(%order, %objection, "a bank objects to the payment of an order that is not there");
                        Followed::NoOrder
                    }
                }
            }
        };
        self.memory.store_followed(&event.id, event.created)?;
        Ok(followed)
    }
}
