//! What an operator decided about a sale: whether it is paused, and whether it was closed before its time.
//!
//! While deadlines are frozen, the sale's clock stands still at the instant of the pause: confirmations are
//! judged by it, nothing expires, and what is reserved meanwhile gets its deadline from it. Resuming moves all
//! deadlines that had not passed by the length of the pause.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::id::OfferNo;
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};
use super::time::{Millis, Timestamp};

/// A pause that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pause {
    /// When the sale was paused.
    pub since: Timestamp,
    /// Whether deadlines go on meanwhile.
    pub deadlines: Deadlines,
}

/// The operator's part of an offer's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SaleControl {
    pause: Option<Pause>,
    /// When the operator closed the sale; `None` if its terms end it.
    closed_at: Option<Timestamp>,
    releases_line: bool,
}

impl SaleControl {
    /// The pause; `None` if the sale takes claims.
    #[must_use]
    pub fn pause(&self) -> Option<Pause> {
        self.pause
    }

    /// When the operator closed the sale.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// Whether the operator decided that nobody in line is served any more.
    #[must_use]
    pub fn releases_line(&self) -> bool {
        self.releases_line
    }

    /// Whether confirmation deadlines are frozen.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.pause.is_some_and(|pause| pause.deadlines == Deadlines::Freeze)
    }

    /// The sale's clock at `at`: it stands still while deadlines are frozen.
    #[must_use]
    pub fn sale_time(&self, at: Timestamp) -> Timestamp {
        match self.pause {
            Some(Pause { since, deadlines: Deadlines::Freeze }) => at.min(since),
            _ => at,
        }
    }

    /// Decides the order for an offer that is over or not.
    ///
    /// # Errors
    /// `Repeated` if the sale is in that state already, `closed` if it is over.
    pub fn decide(&self, now: Timestamp, is_over: bool, order: &SaleOrder) -> Result<Vec<Event>, Refusal> {
        let SaleOrder { offer, change, reason } = order.clone();
        let mut events: Vec<_> =
            self.pause.map(|pause| resumed(offer, pause, now, &reason)).into_iter().collect();
        match (change, self.pause) {
            (SaleChange::Close(_), _) if is_over => return Err(Refusal::Repeated),
            (SaleChange::Close(line), _) => {
                events.push(Event::CloseOrdered { offer, line, reason });
                events.push(Event::OfferClosed { offer });
            }
            // A sale may end while it is paused; then its frozen deadlines still need to be resumed.
            (SaleChange::Resume, Some(_)) => {}
            (SaleChange::Pause(_) | SaleChange::Resume, _) if is_over => return Err(Outcome::Closed.into()),
            (SaleChange::Resume, None) => return Err(Refusal::Repeated),
            (SaleChange::Pause(deadlines), Some(pause)) if pause.deadlines == deadlines => {
                return Err(Refusal::Repeated);
            }
            (SaleChange::Pause(deadlines), _) => events.push(Event::OfferPaused { offer, deadlines, reason }),
        }
        Ok(events)
    }

    /// Applies an event that was recorded at `at`, if it is an operator's.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::OfferPaused { deadlines, .. } => {
                self.pause = Some(Pause { since: at, deadlines: *deadlines })
            }
            Event::OfferResumed { .. } => self.pause = None,
            Event::CloseOrdered { line, .. } => {
                (self.closed_at, self.releases_line) = (Some(at), *line == LineAtClose::Release);
            }
            _ => {}
        }
    }
}

fn resumed(offer: OfferNo, pause: Pause, now: Timestamp, reason: &CompactString) -> Event {
    let moved = match pause.deadlines {
        Deadlines::Freeze => now.since(pause.since),
        Deadlines::Run => Millis::ZERO,
    };
    Event::OfferResumed { offer, moved, reason: reason.clone() }
}
