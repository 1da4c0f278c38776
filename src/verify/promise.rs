//! The promises, each with its formula. Tests and metrics use the same names.

/// The source that a promise is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The engine's history.
    History,
    /// The card provider's ledger, compared with the history.
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

            /// The name, the same in reports, tests and metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$promise => $name,)* }
            }

            /// What must hold, in one line.
            #[must_use]
            pub const fn formula(self) -> &'static str {
                match self { $(Self::$promise => $formula,)* }
            }

            /// What each check counts, for example `records`.
            #[must_use]
            pub const fn noun(self) -> &'static str {
                match self { $(Self::$promise => $noun,)* }
            }

            /// The source that it is checked against.
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
    History StockChangesFit = "stock_changes_fit",
        "withdrawn <= available; restocked only while on sale; each key once", "changes";
    History NeverUndersold = "never_undersold",
        "after a record: no waiter whose units are available; no waiter dismissed while units may come back",
        "balances";
    History BackOnSale = "back_on_sale",
        "back on sale only after sold out, with units = available > 0 that no waiter can take", "returns";
    History OneLiveReservation = "one_live_reservation",
        "all reservations and places in line of an account per offer are of one claim", "claims";
    History LimitPerAccount = "limit_per_account",
        "reserved + waiting + sold units of an account <= limit_per_account", "claims";
    History LimitPerCard = "limit_per_card",
        "reserved + waiting + sold units of a card, without those taken back, <= limit_per_card", "claims";
    History SpendCap = "spend_cap",
        "orders of the day + held + waiting amounts of an account in a campaign <= spend_cap", "claims";
    History FirstComeFirstServed = "first_come_first_served",
        "units go to the first in line who can be served, as many as can be, and to newcomers when there is none",
        "turns";
    // The draw.
    History DrawnBeforeServed = "drawn_before_served",
        "where an opening is drawn: entries before, and service after, one draw at >= opens + window + grace",
        "turns";
    History DrawFollowsItsSeed = "draw_follows_its_seed",
        "seed = the one whose hash was published; the line stands in the recomputed order of the lots", "lots";
    // The life of a reservation.
    History ReservationLife = "reservation_life",
        "(Reserved | Promoted) (PromptMailed | Prompted | PromptMailDelivered | ReminderDue)* (Expired | Released | Joined | Confirmed (TakenBack | Declined | \
         Authorized TakeBackNoted? (Declined | Sold (OrderFinal | TakenBack Refunded)?))); (Disputed | FraudWarned)* of what was Confirmed",
        "facts";
    History EveryReservationEnds = "every_reservation_ends",
        "reservations, entries and orders that can be taken back, pending at the end = 0", "reservations";
    History WindowIsWhole = "window_is_whole",
        "made + confirm_within <= deadline <= made + prompt_patience + confirm_within", "deadlines";
    History ExpiryNotEarly = "expiry_not_early",
        "Expired.at >= deadline + late_grace; ParkingEnded.at >= until", "expiries";
    History ConfirmInTime = "confirm_in_time",
        "Confirmed.at < deadline + late_grace, if by a post or a link", "confirmations";
    History TakenBackInTime = "taken_back_in_time",
        "taken back once, at < placed + take_back + late_grace", "orders";
    History ShippedOnlyWhenFinal = "shipped_only_when_final",
        "where orders can be taken back: shipped at >= placed + take_back + late_grace", "orders";
    History OfferLife = "offer_life",
        "opened once, at >= opens; closed once, at >= closes or when ordered; sold out only when sold = allotment", "facts";
    History PausedTakesNoClaims = "paused_takes_no_claims",
        "no claim while paused or once closed; frozen deadlines move by the pause when it ends, and by nothing else",
        "claims and changes";
    // Who wrote a post, and when.
    History ConfirmedByTheSameAuthor = "confirmed_by_the_same_author",
        "author of the confirmation = author of the claim; a link was mailed before", "confirmations";
    History WaiterConfirmedAhead = "waiter_confirmed_ahead",
        "ways waiting, parked and one_step refer to earlier posts and apply at once", "confirmations";
    History CalledOffAhead = "called_off_ahead",
        "no claim, confirmation or enrollment counts that its author cancelled or deleted before it came, within 30 s",
        "posts";
    History EachPostDecidedOnce = "each_post_decided_once",
        "a post is accepted once per account; what applies later refers back to it", "posts";
    History WithinSellingTime = "within_selling_time",
        "opens <= claim.posted_at < closes", "claims";
    History PostsBelieved = "posts_believed",
        "posted_at <= at", "posts";
    History FrozenBuysNothing = "frozen_buys_nothing",
        "no claim, confirmation or promotion of an account from its freeze on, in any partition; nothing unconfirmed is kept",
        "facts";
    History LastWordStands = "last_word_stands",
        "each STOP, START and FREEZE is later than the last one, by the posts' own time; only the frozen are unfrozen",
        "words";
    // Money.
    History RightAmount = "right_amount",
        "amount = price x units + shipping + tax rounded half up, at an agreed rate, unless the price includes it", "amounts";
    History NoAuthorizeWithoutConfirmation = "no_authorize_without_confirmation",
        "each Authorize is the only one of a confirmed order, with its account, card and amount", "effects";
    History HeardPostsAttested = "heard_posts_attested",
        "each Authorize waits for the claim and the confirmation that a relay told of, by their hashes, and for no others; \
         only such an order is off because they are not attested",
        "orders";
    History NoCaptureWithoutAuthorization = "no_capture_without_authorization",
        "each Capture is the only one of an authorized order, with its account, card and amount", "effects";
    History OtherPaymentsFit = "other_payments_fit",
        "each Void is of an order declined or taken back, each Refund of one taken back, each shipment of one sold, once",
        "effects";
    History RefundsFollowTakeBacks = "refunds_follow_take_backs",
        "a take-back that was noted applies with the sale; Refunded.amount = Sold.amount", "orders";
    Ledger NoMoneyWithoutEffect = "no_money_without_effect",
        "key, operation, order, card and amount of each ledger line = those of an effect", "lines";
    Ledger NeverChargedTwice = "never_charged_twice",
        "captures taken per order <= 1; keys per order and operation <= 1", "payments";
    Ledger SoldIsCaptured = "sold_is_captured",
        "Sold => a capture taken; a capture taken => Sold, or still pending", "orders";
    Ledger DeclinedIsNotCaptured = "declined_is_not_captured",
        "Declined => captures taken - refunds taken = 0", "orders";
    Ledger RefundedOnce = "refunded_once",
        "a refund taken => taken back and a capture taken before; Refunded => one refund taken", "refunds";
    Ledger TakenBackIsLetGo = "taken_back_is_let_go",
        "TakenBack before the sale => no capture taken; authorized => Void", "orders";
    // Statement credits.
    History EnrollmentsFit = "enrollments_fit",
        "each card once per offer; cards <= enrollments", "enrollments";
    History EachTransactionOnce = "each_transaction_once",
        "each transaction is judged once per offer; what waited, with the purchase or the enrollment that it waited for", "transactions";
    History CreditsHaveGround = "credits_have_ground",
        "credited: by a card enrolled before, in the period, at a merchant, >= min_spend, in the currency, the reward; \
         not counted: for a reason that holds",
        "transactions";
    History CreditsWithinUses = "credits_within_uses",
        "credits of a card + uses_left = uses_per_card", "transactions";
    History ReversedInProportion = "reversed_in_proportion",
        "taken back of a credit = credit x refunded / amount of its purchase, rounded down, <= credit", "refunds";
    History CreditsFollowFacts = "credits_follow_facts",
        "in the same record: credited <=> Credit, taken back <=> ReverseCredit, of that amount; each has its letter", "facts";
    Ledger CreditedOnce = "credited_once",
        "credits taken per purchase <= 1; taken back <= credited; each key taken once", "credits";
    // The outbox.
    History PromptsFollowReservations = "prompts_follow_reservations",
        "one prompt in the record of each reservation that is not confirmed there, one e-mail in that of each \
         PromptMailed, and no others, but for a reply where that e-mail bounced and no reply was delivered",
        "reservations";
    History RemindersFit = "reminders_fit",
        "one reminder per reservation at most, by e-mail to its holder, where the offer has reminders: after the prompt \
         was delivered, at >= deadline - max(confirm_within / 3, 3 min), < deadline, while it is not confirmed; \
         none is sent once its account opted out",
        "reminders";
    History PaymentsFollowFacts = "payments_follow_facts",
        "in the same record: Confirmed => Authorize, Authorized => Capture, Sold => reply, email, order (or \
         OrderFinal => order), Declined after Authorized or by an operator => Void, for a post => email, TakenBack after Sold => Refund, Refunded => reply, email",
        "facts";
    History NewsFollowFacts = "news_follow_facts",
        "in the same record: opened, sold out, closed, drawn, back on sale <=> announced, with its numbers",
        "announcements";
    History EffectsKnown = "effects_known",
        "each settled key is an effect of an earlier record, of the fitting kind, settled once; only what is posted is dropped, a reminder, and a prompt by e-mail whose reservation is over",
        "settled";
    History NothingEndsUndone = "nothing_ends_undone",
        "each unit that is ordered or on its way back has an effect that is not done, or a dead letter that an operator can settle; \
         at the end each authorization, capture, refund and credit is done, or is such a dead letter",
        "effects";
    // The journal.
    History OffersKnown = "offers_known",
        "each fact and effect is of an offer added before, under one number and name", "records";
    History JournalTimeMonotone = "journal_time_monotone",
        "at >= at of the record in front", "records";
    History SequencesDense = "sequences_dense",
        "sequences of a partition are 1, 2, 3, ...", "records";
}
