//! The promise about sales that an operator paused or closed: no claim is taken, and frozen deadlines stand
//! still.

use super::checks::RecordChecks;
use super::promise::Promise;
use crate::domain::event::Event;
use crate::domain::sale_order::{Deadlines, LineAtClose};
use crate::domain::time::{Millis, Timestamp};

/// What an operator ordered for an offer.
#[derive(Debug, Default)]
pub(super) struct Operated {
    /// Since when the sale is paused, and whether its deadlines are frozen.
    pub(super) paused: Option<(Timestamp, bool)>,
    pub(super) close_ordered: bool,
    pub(super) line_released: bool,
}

impl Operated {
    /// The instant by which deadlines are judged at `at`: while they are frozen, that of the pause.
    pub(super) fn sale_time(&self, at: Timestamp) -> Timestamp {
        match self.paused {
            Some((since, true)) => at.min(since),
            _ => at,
        }
    }

    /// Checks an event of an offer that is closed or not. Must run before the event is applied.
    pub(super) fn check(&self, checks: &mut RecordChecks<'_>, closed: bool, event: &Event) {
        let holds = match event {
            Event::Reserved { .. }
            | Event::Waitlisted { .. }
            | Event::Entered { .. }
            | Event::Enrolled { .. } => self.paused.is_none() && !closed,
            Event::OfferPaused { .. } | Event::CloseOrdered { .. } => self.paused.is_none() && !closed,
            Event::OfferResumed { moved, .. } => match self.paused {
                Some((since, true)) => checks.at.ms() - since.ms() == moved.ms(),
                Some((_, false)) => *moved == Millis::ZERO,
                None => false,
            },
            Event::LineReleased { .. } => self.line_released,
            _ => return,
        };
        checks.check(Promise::PausedTakesNoClaims, holds, || {
            format!("{event:?} does not fit a sale that is paused: {:?}, closed: {closed}", self.paused)
        });
    }

    /// Applies an event.
    pub(super) fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::OfferPaused { deadlines, .. } => self.paused = Some((at, *deadlines == Deadlines::Freeze)),
            Event::OfferResumed { .. } => self.paused = None,
            Event::CloseOrdered { line, .. } => {
                self.close_ordered = true;
                self.line_released |= *line == LineAtClose::Release;
            }
            _ => {}
        }
    }
}
