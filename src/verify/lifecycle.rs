//! The promises about the life of a reservation: its steps, its window, its end.

use super::checks::RecordChecks;
use super::entries::{Live, Stage};
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::{Authorized, Event, Way};
use crate::domain::id::{Account, ReservationId};
use crate::domain::time::Timestamp;

impl OfferModel {
    /// Checks an event about a reservation against the model. Must run before the event is applied.
    pub(super) fn check_lifecycle(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        match event {
            Event::Reserved { id, deadline, .. } | Event::Promoted { id, deadline, .. } => {
                let next = self.last_ordinal.saturating_add(1);
                checks.check(Promise::ReservationLife, id.ordinal == next, || {
                    format!("{} is new, and the next is {}", self.public(*id), self.public_ordinal(next))
                });
                self.check_window(checks, *id, self.operated.sale_time(checks.at), *deadline);
            }
            Event::Prompted { id, deadline, .. } => {
                let fits = |live: &Live| live.stage == Stage::Held && !live.prompted;
                if let Some(live) = self.check_step(checks, *id, "prompted", fits) {
                    self.check_window(checks, *id, live.counts_from, *deadline);
                }
            }
            Event::Joined { id, account, units, into } => {
                self.check_joined(checks, *id, account, *units, *into)
            }
            Event::Confirmed { id, units, way, .. } => {
                let fits = |live: &Live| live.stage == Stage::Held && live.claim.units == *units;
                let Some(live) = self.check_step(checks, *id, "confirmed", fits) else { return };
                if matches!(way, Way::Post | Way::Link) {
                    self.check_confirmed_in_time(checks, *id, live);
                }
            }
            Event::PromptMailed { id, key } => {
                let fits = |live: &Live| live.stage == Stage::Held && !live.prompted && !live.mailed;
                let Some(live) = self.check_step(checks, *id, "prompted by e-mail", fits) else { return };
                let (at, patience) = (checks.at, live.made_at.plus(self.terms.prompt_patience));
                checks.check(Promise::PromptsFollowReservations, key.is_some() || at >= patience, || {
                    format!("the prompt of {} was mailed at {at}, before {patience}", self.public(*id))
                });
            }
            Event::PromptMailDelivered { id, .. } => {
                let fits = |live: &Live| live.stage == Stage::Held && live.mailed;
                self.check_step(checks, *id, "prompted by a delivered e-mail", fits);
            }
            Event::ReminderDue { id } => {
                if let Some(live) = self.check_step(checks, *id, "reminded", |live| live.stage == Stage::Held)
                {
                    self.check_reminder_due(checks, *id, live);
                }
            }
            Event::Authorized(Authorized { id, .. }) => {
                self.check_step(checks, *id, "authorized", |live| live.stage == Stage::Confirmed);
            }
            _ => self.check_end(checks, event),
        }
    }

    /// Only held reservations of one claim are joined. Their common order is checked with its confirmation.
    fn check_joined(
        &self,
        checks: &mut RecordChecks<'_>,
        id: ReservationId,
        account: &Account,
        units: u32,
        into: u32,
    ) {
        let kept = self.live.get(&into).filter(|kept| kept.stage == Stage::Held && into != id.ordinal);
        let fits = |live: &Live| {
            let same = |kept: &Live| kept.claim.post == live.claim.post && kept.claim.account == *account;
            let own = live.claim.account == *account && live.claim.units == units;
            live.stage == Stage::Held && own && kept.is_some_and(same)
        };
        if self.check_step(checks, id, "joined", fits).is_some() {
            checks.check(Promise::EveryReservationEnds, true, String::new);
        }
    }

    /// Checks an event about the offer itself against the model. Must run before the event is applied.
    pub(super) fn check_offer_life(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let name = &self.terms.id;
        match event {
            Event::OfferOpened { .. } => {
                let in_time = !self.opened && checks.at >= self.terms.opens;
                checks.check(Promise::OfferLife, in_time, || format!("{name} opened early or again"));
            }
            Event::OfferClosed { .. } => {
                // Earlier releases closed at the beginning of a last second that the file named.
                let due = checks.at >= self.terms.closes.named();
                let in_time = !self.closed && (due || self.operated.close_ordered);
                checks.check(Promise::OfferLife, in_time, || format!("{name} closed early or again"));
            }
            Event::OfferSoldOut { .. } => {
                let true_word = self.sold == self.allotment && !self.sold_out;
                checks.check(Promise::OfferLife, true_word, || {
                    format!("{name} called sold out with {} of {} sold, or again", self.sold, self.allotment)
                });
            }
            _ => {}
        }
    }

    fn check_end(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let own = |live: &Live, account: &Account| live.claim.account == *account;
        let (id, live) = match event {
            Event::Sold { id, account, .. } => {
                let fits = |live: &Live| live.stage == Stage::Authorized && own(live, account);
                (id, self.check_step(checks, *id, "sold", fits))
            }
            Event::Declined { id, account, .. } => {
                let asked = |live: &Live| matches!(live.stage, Stage::Confirmed | Stage::Authorized);
                let fits = |live: &Live| asked(live) && own(live, account);
                (id, self.check_step(checks, *id, "declined", fits))
            }
            Event::Released { id, account, .. } => {
                let fits = |live: &Live| live.stage == Stage::Held && own(live, account);
                (id, self.check_step(checks, *id, "released", fits))
            }
            Event::Expired { id, account, .. } => {
                let fits = |live: &Live| live.stage == Stage::Held && own(live, account);
                (id, self.check_step(checks, *id, "expired", fits))
            }
            Event::ParkingEnded { account, post, .. } => {
                let confirms = self.parked.get(account).filter(|parked| parked.post == *post);
                if let Some(parked) = confirms.or_else(|| self.cancel(account, post)) {
                    let (at, until) = (checks.at, parked.until);
                    checks.check(Promise::ExpiryNotEarly, at >= until, || {
                        format!("post {post} of {account} was parked until {until}, not {at}")
                    });
                }
                return;
            }
            _ => return,
        };
        let Some(live) = live else { return };
        checks.check(Promise::EveryReservationEnds, true, String::new);
        if matches!(event, Event::Expired { .. }) {
            let (at, due) = (self.operated.sale_time(checks.at), live.deadline.plus(self.terms.late_grace));
            checks.check(Promise::ExpiryNotEarly, at >= due, || {
                format!("{} expired at {at}, and was kept until {due}", self.public(*id))
            });
        }
    }

    fn check_confirmed_in_time(&self, checks: &mut RecordChecks<'_>, id: ReservationId, live: &Live) {
        let (at, end) = (self.operated.sale_time(checks.at), live.deadline.plus(self.terms.late_grace));
        checks.check(Promise::ConfirmInTime, at < end, || {
            format!("{} was confirmed at {at}, and its window with grace ended at {end}", self.public(id))
        });
    }

    /// The window starts when the prompt is delivered: not before the unit was reserved, and not after the
    /// longest wait for the prompt.
    fn check_window(
        &self,
        checks: &mut RecordChecks<'_>,
        id: ReservationId,
        made_at: Timestamp,
        deadline: Timestamp,
    ) {
        let shortest = made_at.plus(self.terms.confirm_within);
        let longest = made_at.plus(self.terms.prompt_patience).plus(self.terms.confirm_within);
        checks.check(Promise::WindowIsWhole, (shortest..=longest).contains(&deadline), || {
            format!("the deadline of {} is {deadline}, not in {shortest} to {longest}", self.public(id))
        });
    }

    pub(super) fn check_step(
        &self,
        checks: &mut RecordChecks<'_>,
        id: ReservationId,
        step: &str,
        fits: impl FnOnce(&Live) -> bool,
    ) -> Option<&Live> {
        let live = self.live.get(&id.ordinal);
        checks.check(Promise::ReservationLife, live.is_some_and(fits), || match live {
            Some(live) => {
                let (account, stage) = (&live.claim.account, live.stage);
                format!("{} of {account} was {step} out of turn; it was {stage:?}", self.public(id))
            }
            None => format!("{} was {step}, and is no live reservation", self.public(id)),
        });
        live
    }

    pub(super) fn public(&self, id: ReservationId) -> String {
        id.public(&self.terms.id)
    }

    fn public_ordinal(&self, ordinal: u32) -> String {
        format!("{}.{ordinal}", self.terms.id)
    }
}
