//! The times of an offer: when it is on sale, and how long each step may take.

use crate::domain::end::End;
use crate::domain::time::{Millis, Timestamp};

use crate::config::field::Field;
use crate::config::keys::Keys;

/// Upper bound on the confirmation window: 4 days and 18 hours, for which a card authorization surely holds.
const CONFIRM_WITHIN_MAX: Millis = Millis::from_secs((4 * 24 + 18) * 3600);

pub(super) const INSTANT: &str = "\"2013-02-13T12:00:00-05:00\"";

/// When posts count, for an offer of either kind. A time that could not be read is `None`.
pub(super) struct Span {
    pub(super) opens: Option<Timestamp>,
    pub(super) closes: Option<End>,
    pub(super) late_grace: Option<Millis>,
    pub(super) max_lateness: Option<Millis>,
}

/// The times of a purchase offer.
pub(super) struct Times {
    pub(super) span: Span,
    pub(super) confirm_within: Option<Millis>,
    pub(super) prompt_patience: Option<Millis>,
}

pub(super) fn read(keys: &Keys<'_>) -> Times {
    Times {
        span: span(keys),
        confirm_within: match keys.get("confirm_within") {
            Some(field) => window(&field),
            None => Some(Millis::from_secs(15 * 60)),
        },
        prompt_patience: length(keys, "prompt_patience", Millis::from_secs(2 * 60)),
    }
}

pub(super) fn span(keys: &Keys<'_>) -> Span {
    let opens = keys.need("opens", &format!("opens = {INSTANT}")).and_then(|field| field.instant());
    let closes = keys.need("closes", &format!("closes = {INSTANT}"));
    let late_grace = length(keys, "late_grace", Millis::from_secs(30));
    let max_lateness = length(keys, "max_lateness", Millis::from_secs(60 * 60));
    Span {
        opens,
        closes: closes.and_then(|field| later(&field, opens)),
        late_grace: late_grace.filter(|grace| believed(keys, *grace, max_lateness)),
        max_lateness,
    }
}

/// Whether the posts that the grace waits for are still believed when they come. Records a fault if not.
fn believed(keys: &Keys<'_>, late_grace: Millis, max_lateness: Option<Millis>) -> bool {
    let Some(max_lateness) = max_lateness.filter(|lateness| late_grace > *lateness) else { return true };
    if let Some(field) = keys.get("late_grace").or_else(|| keys.get("max_lateness")) {
        field.advise::<()>(
            format!(
                "`late_grace` is {late_grace}, longer than `max_lateness`, which is {max_lateness}: a post that the \
                 offer waits for would be too old to be believed"
            ),
            "lower `late_grace` or raise `max_lateness`",
        );
    }
    false
}

fn length(keys: &Keys<'_>, key: &'static str, default: Millis) -> Option<Millis> {
    match keys.get(key) {
        Some(field) => field.length(&format!("\"{default}\"")),
        None => Some(default),
    }
}

fn later(field: &Field<'_>, opens: Option<Timestamp>) -> Option<End> {
    let closes = field.instant()?;
    match opens {
        Some(opens) if closes <= opens => {
            field.fault(format!("the offer closes at {closes}, and that is not after it opens at {opens}"))
        }
        _ => Some(closes.into()),
    }
}

fn window(field: &Field<'_>) -> Option<Millis> {
    let window = field.length("\"15m\"")?;
    if window <= CONFIRM_WITHIN_MAX {
        return Some(window);
    }
    let message = format!(
        "`confirm_within` is {window}, longer than 4d 18h: the shortest time for which a card authorization holds"
    );
    field.advise(message, "write a shorter window, as \"15m\"")
}
