//! The kinds of facts: what a day of everything must have seen. A kind that is not named here does not
//! compile.

use std::collections::BTreeMap;

use flashtag::domain::event::Event;

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// The names of all kinds.
        pub(crate) const ALL: &[&str] = &[$(stringify!($kind)),*];

        /// The name of the kind.
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
}

/// How often each kind was seen.
#[derive(Default)]
pub(crate) struct Kinds(BTreeMap<&'static str, u32>);

impl Kinds {
    pub(crate) fn see(&mut self, event: &Event) {
        *self.0.entry(of(event)).or_default() += 1;
    }

    pub(crate) fn assert_all_seen(&self) {
        let unseen: Vec<_> = ALL.iter().filter(|kind| !self.0.contains_key(*kind)).collect();
        assert!(unseen.is_empty(), "nothing was restarted around {unseen:?}: {:?}", self.0);
    }
}
