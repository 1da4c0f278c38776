//! How long Stripe holds the money of payments that are not captured yet.
//!
//! The engine captures at once. Where Stripe is away for days in between, or a capture was given up, the hold may end first, and
//! then nothing can be captured any more: an operator has to know before. Which payments are held follows from the results of
//! attempts. When a hold ends is read from Stripe, where the capture does not follow soon; as long as Stripe does not tell, the
//! shortest hold counts. Nothing but the alarm rests on any of this.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::api::Api;
use super::hold_look::{Look, look_at};
use super::hold_news::HoldNews;
use crate::domain::time::{Millis, Timestamp};
use crate::net::Http;
use crate::ops::{CardHoldRow, OpsDatabase, OpsError};
use crate::telemetry::card_holds::{card_holds_ending, card_holds_unwatched};

/// How long before the end of a hold an operator has to know.
pub const ALARMED_BEFORE: Millis = Millis::from_secs(24 * 3600);

/// The shortest hold: what Visa allows a merchant without the buyer.
const SHORTEST: Millis = Millis::from_secs((4 * 24 + 18) * 3600);
/// The longest hold without a term that Stripe tells.
const LONGEST: Millis = Millis::from_secs(7 * 24 * 3600);

/// Payments that are watched at most: those of an outage in the middle of a sale.
const WATCHED_MOST: usize = 100_000;

/// A payment that is captured sooner is not written to the disk.
const STORED_AFTER: Millis = Millis::from_secs(60);
/// A payment that is captured sooner costs no request.
const LOOKED_AT_AFTER: Millis = Millis::from_secs(600);
/// When a payment is looked at again that an operator knows of.
const LOOKED_AT_AGAIN: Millis = Millis::from_secs(300);
/// Payments that are looked at in one pass.
const LOOKS_MOST: usize = 20;

/// The payments that are held and not captured.
#[derive(Debug, Default)]
pub struct Holds(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    /// By the payment's id.
    held: BTreeMap<String, Hold>,
    /// Those whose row is yet to be removed.
    over: BTreeSet<String>,
}

/// A hold.
#[derive(Debug, Clone)]
struct Hold {
    order: String,
    began_at: Timestamp,
    ends_at: Option<Timestamp>,
    look_at: Timestamp,
    /// Whether the database has it so.
    is_stored: bool,
    /// Whether the database may have a row of it.
    has_row: bool,
    /// Whether an operator is told that it ends soon.
    is_alarmed: bool,
}

/// The holds that end soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingHolds {
    /// How many.
    pub count: usize,
    /// When the first one ends.
    pub first: Timestamp,
}

impl Hold {
    const fn new(order: String, began_at: Timestamp, ends_at: Option<Timestamp>, look_at: Timestamp) -> Self {
        let (is_stored, has_row, is_alarmed) = (false, false, false);
        Self { order, began_at, ends_at, look_at, is_stored, has_row, is_alarmed }
    }

    /// Until when the money is held at least.
    fn until(&self) -> Timestamp {
        self.ends_at.unwrap_or_else(|| self.began_at.plus(SHORTEST))
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends_at.unwrap_or_else(|| self.began_at.plus(LONGEST))
    }

    fn ends_soon(&self, now: Timestamp) -> bool {
        now >= self.until().minus(ALARMED_BEFORE)
    }

    /// Takes in when it ends, if Stripe told.
    fn take(&mut self, ends_at: Option<Timestamp>, now: Timestamp) {
        let ends_at = ends_at.filter(|ends_at| *ends_at > self.began_at).or(self.ends_at);
        self.is_stored &= ends_at == self.ends_at;
        self.ends_at = ends_at;
        self.is_alarmed &= self.ends_soon(now);
        self.look_at = now.plus(LOOKED_AT_AGAIN).max(self.until().minus(ALARMED_BEFORE));
    }
}

impl Watched {
    fn end(&mut self, payment: &str) {
        if self.held.remove(payment).is_some_and(|hold| hold.has_row) {
            self.over.insert(payment.to_owned());
        }
    }
}

impl Holds {
    /// Takes in what an earlier process stored.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, database: &OpsDatabase) -> Result<(), OpsError> {
        let rows = database.card_holds(u32::try_from(WATCHED_MOST).unwrap_or(u32::MAX))?;
        let held = rows.into_iter().map(|CardHoldRow { payment, order, began_at, ends_at }| {
            let hold =
                Hold { is_stored: true, has_row: true, ..Hold::new(order, began_at, ends_at, began_at) };
            (payment, hold)
        });
        self.watched().held.extend(held);
        Ok(())
    }

    /// Takes in what an attempt at `now` tells.
    pub fn follow(&self, news: HoldNews, now: Timestamp) {
        let mut watched = self.watched();
        match news {
            HoldNews::Ends(payment) => watched.end(&payment),
            HoldNews::Held { payment, .. } if watched.held.contains_key(&payment) => {}
            HoldNews::Held { .. } if watched.held.len() >= WATCHED_MOST => {
                card_holds_unwatched().increment(1)
            }
            HoldNews::Held { payment, order, since } => {
                let has_row = watched.over.remove(&payment);
                let hold = Hold::new(order, since, None, now.plus(LOOKED_AT_AFTER));
                watched.held.insert(payment, Hold { has_row, ..hold });
            }
        }
    }

    /// Looks at the payments that are due for it, as far as Stripe answers, and lets those go whose hold has ended. Then it
    /// tells which holds end soon. Waits for the answers.
    pub fn watch(&self, api: &Api, http: &dyn Http, now: Timestamp) {
        for payment in self.due(now) {
            let look = look_at(api, http, &payment);
            let mut watched = self.watched();
            // It may have been captured during the look.
            let Some(hold) = watched.held.get_mut(&payment) else { continue };
            match look {
                Ok(Look::Held(ends_at)) => hold.take(ends_at, now),
                Ok(Look::NotHeld) => watched.end(&payment),
                Err(_) => {
                    // The next pass begins with another one.
                    hold.look_at = now.plus(LOOKED_AT_AGAIN);
                    break;
                }
            }
        }
        self.let_go(now);
        self.alarm(now);
    }

    fn due(&self, now: Timestamp) -> Vec<String> {
        let watched = self.watched();
        let due = watched.held.iter().filter(|(_, hold)| hold.look_at <= now);
        let mut due: Vec<(Timestamp, &String)> = due.map(|(payment, hold)| (hold.look_at, payment)).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, payment)| payment.clone()).take(LOOKS_MOST).collect()
    }

    /// Lets the holds go that have ended.
    fn let_go(&self, now: Timestamp) {
        let mut watched = self.watched();
        let over = watched.held.iter().filter(|(_, hold)| hold.is_over(now));
        let over: Vec<String> = over.map(|(payment, _)| payment.clone()).collect();
        for payment in over {
            if let Some(hold) = watched.held.get(&payment) {
                let (order, until) = (&hold.order, hold.until());
                tracing::error!(payment, order, %until, "Stripe's hold of the money has ended, and the engine knows of no capture");
            }
            watched.end(&payment);
        }
    }

    /// Tells which holds end soon: logs each once, and publishes their number.
    fn alarm(&self, now: Timestamp) {
        let mut watched = self.watched();
        for (payment, hold) in watched.held.iter_mut().filter(|(_, hold)| hold.ends_soon(now)) {
            if std::mem::replace(&mut hold.is_alarmed, true) {
                continue;
            }
            let (order, until) = (&hold.order, hold.until());
            tracing::error!(
                payment, order, %until,
                "the hold of a payment ends soon, and its money is not captured; see `flashtag dead-letters list`"
            );
        }
        drop(watched);
        card_holds_ending().set(self.ending().map_or(0, |ending| ending.count) as f64);
    }

    /// The holds that end soon, as far as the last pass told; `None` if none does.
    #[must_use]
    pub fn ending(&self) -> Option<EndingHolds> {
        let watched = self.watched();
        let ending = || watched.held.values().filter(|hold| hold.is_alarmed);
        let first = ending().map(Hold::until).min()?;
        Some(EndingHolds { count: ending().count(), first })
    }

    /// Until when the money of a payment is held at least; `None` if it is not known to be held.
    #[must_use]
    pub fn until(&self, payment: &str) -> Option<Timestamp> {
        self.watched().held.get(payment).map(Hold::until)
    }

    /// Stores what has changed, durably. What is captured soon is never stored.
    ///
    /// # Errors
    /// When the database fails; then it is stored by the next call.
    pub fn store(&self, database: &OpsDatabase, now: Timestamp) -> Result<(), OpsError> {
        let (held, over) = self.changes(now);
        if held.is_empty() && over.is_empty() {
            return Ok(());
        }
        database.store_card_holds(&held, &over)?;
        let mut watched = self.watched();
        for row in held {
            if let Some(hold) = watched.held.get_mut(&row.payment) {
                hold.is_stored = hold.ends_at == row.ends_at;
            }
        }
        for payment in over {
            watched.over.remove(&payment);
        }
        Ok(())
    }

    fn changes(&self, now: Timestamp) -> (Vec<CardHoldRow>, Vec<String>) {
        let mut watched = self.watched();
        let is_new = |hold: &Hold| !hold.is_stored && now >= hold.began_at.plus(STORED_AFTER);
        let new = watched.held.iter_mut().filter(|(_, hold)| is_new(hold));
        let held = new.map(|(payment, hold)| {
            hold.has_row = true;
            let (payment, order) = (payment.clone(), hold.order.clone());
            CardHoldRow { payment, order, began_at: hold.began_at, ends_at: hold.ends_at }
        });
        let held = held.collect();
        (held, watched.over.iter().cloned().collect())
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EndingHolds {
    /// For operators.
    #[must_use]
    pub fn reason(&self) -> String {
        let Self { count, first } = self;
        match count {
            1 => format!("holds: 1 payment is not captured, and its hold may end at {first}"),
            several => {
                format!("holds: {several} payments are not captured, and the first hold may end at {first}")
            }
        }
    }
}
