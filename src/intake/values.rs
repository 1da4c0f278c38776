//! Converts ids and instants of an untrusted object to the domain's types.

use std::borrow::Cow;

use super::fault::Fault;
use super::field::{Field, Word};
use crate::domain::id::{Account, Authors, Network, PostId};
use crate::domain::time::Timestamp;

/// Posts from the year 9999 on are refused, so that deadlines computed from a post stay representable.
const YEAR_9999_MS: i64 = 253_370_764_800_000;

/// The text of a required id.
pub(super) fn id_text<'a>(field: &'static str, id: Word<'a>) -> Result<Cow<'a, str>, Fault> {
    match id {
        Field::Is(id) => Ok(id),
        Field::Absent => Err(Fault::MissingField { field }),
        Field::Null | Field::Other => Err(Fault::IdNotText { field }),
    }
}

pub(super) fn account(
    authors: Authors,
    network: Network,
    field: &'static str,
    id: Word<'_>,
) -> Result<Account, Fault> {
    authors.account(network, &id_text(field, id)?).map_err(|fault| Fault::BadId { field, fault })
}

pub(super) fn post_id(network: Network, field: &'static str, id: &str) -> Result<PostId, Fault> {
    PostId::parse(network, id).map_err(|fault| Fault::BadId { field, fault })
}

/// The post that an optional reference points to.
pub(super) fn reference(field: &'static str, id: Word<'_>) -> Result<Option<PostId>, Fault> {
    if !id.is_present() {
        return Ok(None);
    }
    let id = id_text(field, id)?;
    PostId::parse_reference(&id).map(Some).map_err(|fault| Fault::BadId { field, fault })
}

pub(super) fn instant(field: &'static str, text: &str) -> Result<Timestamp, Fault> {
    let instant = text.parse().map_err(|_| Fault::BadTime { field })?;
    if instant < Timestamp::from_ms(YEAR_9999_MS) { Ok(instant) } else { Err(Fault::BadTime { field }) }
}

/// An instant in a field without a guaranteed format: an unreadable one counts as absent.
pub(super) fn lenient_instant(text: Word<'_>) -> Option<Timestamp> {
    instant("", &text.lenient()?).ok()
}

/// An instant from a count of microseconds since 1970.
pub(super) fn instant_of_us(field: &'static str, us: i64) -> Result<Timestamp, Fault> {
    let ms = us.div_euclid(1000);
    let good = (Timestamp::MIN.ms()..YEAR_9999_MS).contains(&ms);
    if good { Ok(Timestamp::from_ms(ms)) } else { Err(Fault::BadTime { field }) }
}
