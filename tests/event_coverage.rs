//! The kinds of events that a test has seen. An event that is missing from the list below does not compile.

use std::collections::BTreeMap;

use flashtag::domain::event::Event;

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// The names of all kinds of events.
        pub(crate) const ALL: &[&str] = &[$(stringify!($kind)),*];

        /// The kind of an event.
        pub(crate) fn of(event: &Event) -> &'static str {
            match event {
                $(Event::$kind { .. } => stringify!($kind)),*
            }
        }
    };
}

kinds! {
    OfferAdded OfferOpened OfferSoldOut OfferClosed Reserved Waitlisted WaiterConfirmed Promoted
    ConfirmParked ParkingEnded Prompted Confirmed Authorized Sold Declined Expired Released LeftLine
    LineEnded Delivered DeadLettered Restocked BackOnSale Withdrawn Entered Drawn TakeBackNoted TakenBack
    Refunded OrderFinal PromptMailed Dropped AccountFrozen AccountUnfrozen AccountSilenced AccountOptedIn
    CreditOfferAdded Enrolled PurchaseCredited PurchaseNotCounted RefundParked CreditReversed
    LanePaused LaneProbed LaneResumed
    OfferPaused OfferResumed CloseOrdered LineReleased
    Joined CancelParked ClaimCancelled DeletionParked TransactionParked
    OfferCorrected CreditOfferCorrected
    DeadLetterRetried DeadLetterSettled
    PromptMailDelivered ReminderDue ConfirmationHeard MailBounced
    Disputed FraudWarned
}

/// Counts per kind of event.
#[derive(Default)]
pub(crate) struct EventCoverage(BTreeMap<&'static str, u32>);

impl EventCoverage {
    pub(crate) fn see(&mut self, event: &Event) {
        *self.0.entry(of(event)).or_default() += 1;
    }

    pub(crate) fn assert_all_seen(&self) {
        let unseen: Vec<_> = ALL.iter().filter(|kind| !self.0.contains_key(*kind)).collect();
        assert!(unseen.is_empty(), "nothing was restarted around {unseen:?}: {:?}", self.0);
    }
}
