//! The closed set of outcome codes, shared by the API, the metrics and the tests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The result of a post, or of a step that time or a provider decides.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Outcome {
            $($(#[$doc])* $name,)*
        }

        impl Outcome {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code in the API and the metrics.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

outcomes! {
    /// Units are reserved for the account until the deadline.
    Reserved = "reserved",
    /// The claim waits in line.
    Waitlisted = "waitlisted",
    /// A waiter got units.
    Promoted = "promoted",
    /// The order is placed.
    Confirmed = "confirmed",
    /// The payment is captured; the units are the buyer's.
    Sold = "sold",
    /// The card was declined; the units are available again.
    Declined = "declined",
    /// The reservation was not confirmed in time.
    Expired = "expired",
    /// The account passed its units or its place on, or takes its order back.
    Released = "released",
    /// The payment was refunded.
    Refunded = "refunded",
    /// The card is enrolled in a statement-credit offer.
    Enrolled = "enrolled",
    /// A statement credit was earned.
    Credited = "credited",
    /// A statement credit was taken back.
    CreditReversed = "credit_reversed",
    /// The author has no linked card.
    NotLinked = "not_linked",
    /// The linked card may not buy this offer.
    CardIneligible = "card_ineligible",
    /// The sale has not begun.
    NotOpen = "not_open",
    /// The sale is over.
    Closed = "closed",
    /// The sale is paused.
    Paused = "paused",
    /// Every unit is sold.
    SoldOut = "sold_out",
    /// Every unit is reserved and the line takes no more.
    FullyReserved = "fully_reserved",
    /// The account has all the units that it may have.
    LimitReached = "limit_reached",
    /// The account already has a reservation of this offer.
    AlreadyReserved = "already_reserved",
    /// The account is already in line.
    AlreadyWaiting = "already_waiting",
    /// The card is already enrolled.
    AlreadyEnrolled = "already_enrolled",
    /// The post finds nothing to confirm or cancel.
    NothingToConfirm = "nothing_to_confirm",
    /// The confirmation window was over.
    ConfirmLate = "confirm_late",
    /// A repost does not buy.
    Repost = "repost",
    /// The post is a hand-made repost, `RT @...`; it does not buy.
    ManualRepost = "manual_repost",
    /// The post is a quote; it does not buy.
    Quoted = "quoted",
    /// The author is the shop itself, which does not buy.
    OwnPost = "own_post",
    /// The post is a later version; only the first version counts.
    Edited = "edited",
    /// The post was decided before.
    Duplicate = "duplicate",
    /// The post is too old on arrival for its own time to be believed.
    Stale = "stale",
    /// The publication time is later than the arrival.
    Future = "future",
    /// The tag looks like the offer's tag, but is another one.
    LookAlikeTag = "look_alike_tag",
    /// The account posts faster than the offer allows.
    RateLimited = "rate_limited",
    /// The claim would exceed what the account may spend.
    SpendCap = "spend_cap",
    /// The account froze itself.
    Frozen = "frozen",
    /// The account opted out of replies.
    OptedOut = "opted_out",
    /// The engine is overloaded; nothing was decided.
    Overloaded = "overloaded",
    /// The post concerns no offer.
    NotRelevant = "not_relevant",
    /// The author's account is younger than the offer requires.
    AccountTooNew = "account_too_new",
    /// The purchase is below the minimum spend.
    BelowMinimum = "below_minimum",
    /// The card is not enrolled, or was not enrolled at the time of the purchase.
    NotEnrolled = "not_enrolled",
    /// The purchase is in another currency than the offer.
    WrongCurrency = "wrong_currency",
    /// The account opted in to replies again.
    OptedIn = "opted_in",
    /// The line is JSON and cannot be understood.
    Unreadable = "unreadable",
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The error of a text that is no outcome code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such outcome code")]
pub struct NotAnOutcome;

impl FromStr for Outcome {
    type Err = NotAnOutcome;

    fn from_str(code: &str) -> Result<Self, NotAnOutcome> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code).ok_or(NotAnOutcome)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn every_code_reads_back_and_equals_the_stored_form() {
        for &outcome in Outcome::ALL {
            assert_eq!(outcome.code().parse(), Ok(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.code());
        }
    }
}
