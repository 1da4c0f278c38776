//! The templates of each outcome, and their names.

use crate::domain::effect::ReplyRequest;
use crate::domain::outcome::Outcome;

/// The outcomes that get a reply.
pub(super) const ANSWERED: &[Outcome] = &[
    Outcome::Reserved,
    Outcome::Promoted,
    Outcome::Waitlisted,
    Outcome::AlreadyWaiting,
    Outcome::Confirmed,
    Outcome::Sold,
    Outcome::Declined,
    Outcome::Expired,
    Outcome::Released,
    Outcome::Refunded,
    Outcome::Enrolled,
    Outcome::AlreadyEnrolled,
    Outcome::Credited,
    Outcome::CreditReversed,
    Outcome::BelowMinimum,
    Outcome::NotEnrolled,
    Outcome::WrongCurrency,
    Outcome::NotLinked,
    Outcome::CardIneligible,
    Outcome::NotOpen,
    Outcome::Closed,
    Outcome::Paused,
    Outcome::SoldOut,
    Outcome::FullyReserved,
    Outcome::LimitReached,
    Outcome::AlreadyReserved,
    Outcome::NothingToConfirm,
    Outcome::ConfirmLate,
    Outcome::LookAlikeTag,
    Outcome::RateLimited,
    Outcome::SpendCap,
    Outcome::Frozen,
    Outcome::AccountTooNew,
];

/// The outcomes with a letter template of their own, as reminders have one. All others share the template `notice`.
const LETTERS: &[Outcome] = &[
    Outcome::Reserved,
    Outcome::Promoted,
    Outcome::Sold,
    Outcome::Declined,
    Outcome::Refunded,
    Outcome::Enrolled,
    Outcome::Credited,
    Outcome::CreditReversed,
];

/// Name of the part of a letter that says how to confirm.
pub(super) const CONFIRM: &str = "letter/confirm.txt";

/// Name of the reply template of an outcome.
pub(super) fn reply(outcome: Outcome) -> String {
    format!("reply/{}.txt", outcome.code())
}

/// Name of the short form of that template.
pub(super) fn short_reply(outcome: Outcome) -> String {
    format!("reply/{}.short.txt", outcome.code())
}

/// Names of the subject, text and HTML templates of the letter that a request asks for.
pub(super) fn letter(request: &ReplyRequest) -> [String; 3] {
    let code = match request.outcome {
        _ if request.reminds() => "reminder",
        outcome if LETTERS.contains(&outcome) => outcome.code(),
        _ => "notice",
    };
    ["subject.txt", "txt", "html"].map(|part| format!("letter/{code}.{part}"))
}
