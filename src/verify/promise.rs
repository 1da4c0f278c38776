//! The promises, each with its formula. The names are those of the tests and the metrics.

/// What a promise is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The engine's history.
    History,
    /// The card provider's ledger, with the history beside it.
    Ledger,
}

macro_rules! promises {
    ($($evidence:ident $promise:ident = $name:literal, $formula:literal, $noun:literal;)*) => {
        /// One promise of the design.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Promise {
            $(#[doc = $formula] $promise,)*
        }

        impl Promise {
            /// Every promise, in the order of the report.
            pub const ALL: &[Self] = &[$(Self::$promise,)*];

            /// The name, the same everywhere.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$promise => $name,)* }
            }

            /// What must hold, in one line.
            #[must_use]
            pub const fn formula(self) -> &'static str {
                match self { $(Self::$promise => $formula,)* }
            }

            /// What is counted when it is checked.
            #[must_use]
            pub const fn noun(self) -> &'static str {
                match self { $(Self::$promise => $noun,)* }
            }

            /// What it is held against.
            #[must_use]
            pub const fn evidence(self) -> Evidence {
                match self { $(Self::$promise => Evidence::$evidence,)* }
            }
        }
    };
}

promises! {
    // Stock.
    Ledger NeverOversold = "never_oversold",
        "units captured - units refunded <= allotment, by the ledger", "payments";
    History Conservation = "conservation",
        "available + reserved + sold = allotment, each >= 0", "balances";
    History NeverUndersold = "never_undersold",
        "after a record: no head of the line whose units are available; nobody sent home before all is sold",
        "balances";
    History OneLiveReservation = "one_live_reservation",
        "reservations + places in line of an account per offer <= 1", "claims";
    History LimitPerAccount = "limit_per_account",
        "reserved + sold units of an account <= limit_per_account", "reservations";
    History FirstComeFirstServed = "first_come_first_served",
        "units go to the head of the line, and to newcomers only when nobody waits", "turns";
    // The life of a reservation.
    History ReservationLife = "reservation_life",
        "(Reserved | Promoted) Prompted? (Expired | Released | Confirmed (Declined | Authorized (Sold | Declined)))",
        "facts";
    History EveryReservationEnds = "every_reservation_ends",
        "reservations pending at the end = 0", "reservations";
    History WindowIsWhole = "window_is_whole",
        "made + confirm_within <= deadline <= made + prompt_patience + confirm_within", "deadlines";
    History ExpiryNotEarly = "expiry_not_early",
        "Expired.at >= deadline + late_grace; ParkingEnded.at >= until", "expiries";
    History ConfirmInTime = "confirm_in_time",
        "Confirmed.at < deadline + late_grace, if by a post", "confirmations";
    History OfferLife = "offer_life",
        "opened once, at >= opens; closed once, at >= closes; sold out only when sold = allotment", "facts";
    // Whose words, and when.
    History ConfirmedByTheSameAuthor = "confirmed_by_the_same_author",
        "author of the confirmation = author of the claim", "confirmations";
    History WaiterConfirmedAhead = "waiter_confirmed_ahead",
        "ways waiting, parked and one_step refer to words said before and apply at once", "confirmations";
    History EachPostDecidedOnce = "each_post_decided_once",
        "a post is accepted once per account; what applies later refers back to it", "posts";
    History WithinSellingTime = "within_selling_time",
        "opens <= claim.posted_at < closes", "claims";
    History PostsBelieved = "posts_believed",
        "posted_at <= at <= posted_at + max_lateness", "posts";
    // Money.
    History RightAmount = "right_amount",
        "amount = price x units + tax rounded half up", "amounts";
    History NoAuthorizeWithoutConfirmation = "no_authorize_without_confirmation",
        "each Authorize is the only one of a confirmed order, with its account, card and amount", "effects";
    History NoCaptureWithoutAuthorization = "no_capture_without_authorization",
        "each Capture is the only one of an authorized order, with its account, card and amount", "effects";
    History OtherPaymentsFit = "other_payments_fit",
        "each Void is of a declined order, each Refund and each shipment of a sold one, once", "effects";
    Ledger NoMoneyWithoutEffect = "no_money_without_effect",
        "key, operation, order, card and amount of each ledger line = those of an effect", "lines";
    Ledger NeverChargedTwice = "never_charged_twice",
        "captures taken per order <= 1; keys per order and operation <= 1", "payments";
    Ledger SoldIsCaptured = "sold_is_captured",
        "Sold => a capture taken; a capture taken => Sold, or still pending", "orders";
    Ledger DeclinedIsNotCaptured = "declined_is_not_captured",
        "Declined => captures taken - refunds taken = 0", "orders";
    // The outbox.
    History PromptsFollowReservations = "prompts_follow_reservations",
        "one prompt in the record of each reservation that is not confirmed there, and no others", "reservations";
    History PaymentsFollowFacts = "payments_follow_facts",
        "in the same record: Confirmed => Authorize, Authorized => Capture, Sold => reply, email, order, \
         Declined after Authorized => Void",
        "facts";
    History EffectsKnown = "effects_known",
        "each settled key is an effect of an earlier record, of the fitting kind, settled once", "settled";
    // The journal.
    History OffersKnown = "offers_known",
        "each fact and effect is of an offer added before, under one number and name", "records";
    History JournalTimeMonotone = "journal_time_monotone",
        "at >= at of the record in front", "records";
    History SequencesDense = "sequences_dense",
        "sequences of a partition are 1, 2, 3, ...", "records";
}
