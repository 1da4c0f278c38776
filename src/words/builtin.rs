//! The templates that come with the house, by the names under which a shop may replace them.

use std::sync::LazyLock;

use super::layer::Layer;
use crate::domain::outcome::Outcome;

macro_rules! templates {
    ($($name:literal)*) => {
        /// Every template.
        pub(super) const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("templates/", $name)))),*];
    };
}

templates! {
    "letter/button.html"
    "letter/confirm.txt"
    "letter/credit_reversed.html"
    "letter/credit_reversed.subject.txt"
    "letter/credit_reversed.txt"
    "letter/credited.html"
    "letter/credited.subject.txt"
    "letter/credited.txt"
    "letter/declined.html"
    "letter/declined.subject.txt"
    "letter/declined.txt"
    "letter/details.html"
    "letter/details.txt"
    "letter/enrolled.html"
    "letter/enrolled.subject.txt"
    "letter/enrolled.txt"
    "letter/layout.html"
    "letter/notice.html"
    "letter/notice.subject.txt"
    "letter/notice.txt"
    "letter/promoted.html"
    "letter/promoted.subject.txt"
    "letter/promoted.txt"
    "letter/refunded.html"
    "letter/refunded.subject.txt"
    "letter/refunded.txt"
    "letter/reserved.html"
    "letter/reserved.subject.txt"
    "letter/reserved.txt"
    "letter/sold.html"
    "letter/sold.subject.txt"
    "letter/sold.txt"
    "reply/account_too_new.short.txt"
    "reply/account_too_new.txt"
    "reply/already_enrolled.short.txt"
    "reply/already_enrolled.txt"
    "reply/already_reserved.short.txt"
    "reply/already_reserved.txt"
    "reply/already_waiting.short.txt"
    "reply/already_waiting.txt"
    "reply/below_minimum.short.txt"
    "reply/below_minimum.txt"
    "reply/card_ineligible.short.txt"
    "reply/card_ineligible.txt"
    "reply/closed.short.txt"
    "reply/closed.txt"
    "reply/confirm_late.short.txt"
    "reply/confirm_late.txt"
    "reply/confirmed.short.txt"
    "reply/confirmed.txt"
    "reply/credit_reversed.short.txt"
    "reply/credit_reversed.txt"
    "reply/credited.short.txt"
    "reply/credited.txt"
    "reply/declined.short.txt"
    "reply/declined.txt"
    "reply/enrolled.short.txt"
    "reply/enrolled.txt"
    "reply/expired.short.txt"
    "reply/expired.txt"
    "reply/frozen.short.txt"
    "reply/frozen.txt"
    "reply/fully_reserved.short.txt"
    "reply/fully_reserved.txt"
    "reply/limit_reached.short.txt"
    "reply/limit_reached.txt"
    "reply/look_alike_tag.short.txt"
    "reply/look_alike_tag.txt"
    "reply/not_enrolled.short.txt"
    "reply/not_enrolled.txt"
    "reply/not_linked.short.txt"
    "reply/not_linked.txt"
    "reply/not_open.short.txt"
    "reply/not_open.txt"
    "reply/nothing_to_confirm.short.txt"
    "reply/nothing_to_confirm.txt"
    "reply/paused.short.txt"
    "reply/paused.txt"
    "reply/promoted.short.txt"
    "reply/promoted.txt"
    "reply/rate_limited.short.txt"
    "reply/rate_limited.txt"
    "reply/refunded.short.txt"
    "reply/refunded.txt"
    "reply/released.short.txt"
    "reply/released.txt"
    "reply/reserved.short.txt"
    "reply/reserved.txt"
    "reply/sold.short.txt"
    "reply/sold.txt"
    "reply/sold_out.short.txt"
    "reply/sold_out.txt"
    "reply/spend_cap.short.txt"
    "reply/spend_cap.txt"
    "reply/waitlisted.short.txt"
    "reply/waitlisted.txt"
    "reply/wrong_currency.short.txt"
    "reply/wrong_currency.txt"
}

/// The outcomes that are told to the account that they concern. The others are met with silence.
pub(super) const TOLD: &[Outcome] = &[
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

/// The outcomes that have a letter of their own; that of all others is the `notice`.
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

/// All of them, ready to be rendered.
pub(super) static SHIPPED: LazyLock<Layer> = LazyLock::new(Layer::shipped);

/// The source of a template; none if there is no template of that name.
pub(super) fn source(name: &str) -> Option<&'static str> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
}

/// The name of the reply to an outcome.
pub(super) fn reply(outcome: Outcome) -> String {
    format!("reply/{}.txt", outcome.code())
}

/// The name of its short form.
pub(super) fn short_reply(outcome: Outcome) -> String {
    format!("reply/{}.short.txt", outcome.code())
}

/// The names of the subject, the text and the HTML of the letter about an outcome.
pub(super) fn letter(outcome: Outcome) -> [String; 3] {
    let code = if LETTERS.contains(&outcome) { outcome.code() } else { "notice" };
    ["subject.txt", "txt", "html"].map(|part| format!("letter/{code}.{part}"))
}
