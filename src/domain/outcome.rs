//! The closed set of outcome codes, the same in the API, the metrics and the tests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What became of a post, or what a turn of time or of a provider decided.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Outcome {
            $($(#[$doc])* $name,)*
        }

        impl Outcome {
            /// Every code, in the order in which it is documented.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it is written outside.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

outcomes! {
    /// A unit is kept for the account until its deadline.
    Reserved = "reserved",
    /// The claim is in line.
    Waitlisted = "waitlisted",
    /// A waiter got a unit.
    Promoted = "promoted",
    /// The order is placed.
    Confirmed = "confirmed",
    /// The money is captured; the unit is the buyer's.
    Sold = "sold",
    /// The card was declined; the unit went on.
    Declined = "declined",
    /// The reservation was not confirmed in time.
    Expired = "expired",
    /// The account passed its unit or its place on.
    Released = "released",
    /// The money went back.
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
    /// The account has all the units it may have.
    LimitReached = "limit_reached",
    /// The account has a reservation of this offer.
    AlreadyReserved = "already_reserved",
    /// The account is in line already.
    AlreadyWaiting = "already_waiting",
    /// The card is enrolled already.
    AlreadyEnrolled = "already_enrolled",
    /// There is nothing that the post could confirm or cancel.
    NothingToConfirm = "nothing_to_confirm",
    /// The window had ended.
    ConfirmLate = "confirm_late",
    /// A repost does not buy.
    Repost = "repost",
    /// Nor is a hand-made `RT @...`.
    ManualRepost = "manual_repost",
    /// Nor is a quoting post.
    Quoted = "quoted",
    /// The shop does not buy from itself.
    OwnPost = "own_post",
    /// The first version counts.
    Edited = "edited",
    /// The post was decided before.
    Duplicate = "duplicate",
    /// Too old on arrival to be believed.
    Stale = "stale",
    /// Its time of publication is later than its arrival.
    Future = "future",
    /// Not the offer's tag, though it looks like it.
    LookAlikeTag = "look_alike_tag",
    /// Too many posts in too short a time.
    RateLimited = "rate_limited",
    /// More than the account may spend.
    SpendCap = "spend_cap",
    /// The account stopped its own buying.
    Frozen = "frozen",
    /// The account wants no replies.
    OptedOut = "opted_out",
    /// The engine has more work than it may queue; nothing was decided.
    Overloaded = "overloaded",
    /// No offer is concerned.
    NotRelevant = "not_relevant",
    /// The author's account is younger than the offer asks.
    AccountTooNew = "account_too_new",
    /// The purchase is below the minimum spend.
    BelowMinimum = "below_minimum",
    /// The card is not enrolled, or was not when the purchase was made.
    NotEnrolled = "not_enrolled",
    /// The purchase is in another currency than the offer.
    WrongCurrency = "wrong_currency",
    /// The account wants replies again.
    OptedIn = "opted_in",
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is no outcome code.
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
    fn every_code_reads_back_and_equals_its_stored_form() {
        for &outcome in Outcome::ALL {
            assert_eq!(outcome.code().parse(), Ok(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.code());
        }
    }
}
