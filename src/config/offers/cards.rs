//! The cards that an offer accepts.

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use crate::domain::link::{Funding, Fundings};
use crate::domain::terms::Terms;

use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;
use crate::text::nearest::nearest;

const BRAND_BYTES_MAX: usize = 32;

pub(super) struct Cards {
    pub(super) brands: Vec<CompactString>,
    pub(super) fundings: Fundings,
}

pub(super) fn read(keys: &Keys<'_>) -> Option<Cards> {
    let brands = match keys.get("brands") {
        Some(field) => named(&field, "[\"amex\"]", brand),
        None => Some(Vec::new()),
    };
    let fundings = match keys.get("fundings") {
        Some(field) => named(&field, "[\"credit\", \"debit\", \"charge\"]", funding).map(Fundings::from),
        None => Some(Terms::FUNDINGS.as_slice().into()),
    };
    Some(Cards { brands: brands?, fundings: fundings? })
}

/// A list of names: not empty, because "none" could be read as "all", and without duplicates.
fn named<T: PartialEq>(
    field: &Field<'_>,
    example: &str,
    read: impl Fn(&Field<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let elements = field.list(example)?;
    if elements.is_empty() {
        return field
            .advise(format!("`{}` names none", field.name), "leave the key out, or name at least one");
    }
    let (mut names, mut sound) = (Vec::new(), true);
    for element in &elements {
        match read(element) {
            Some(name) if names.contains(&name) => {
                element.fault::<()>(format!("`{}` names this twice", field.name));
                sound = false;
            }
            Some(name) => names.push(name),
            None => sound = false,
        }
    }
    sound.then_some(names)
}

fn brand(field: &Field<'_>) -> Option<CompactString> {
    let text = field.text("\"amex\"")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if (1..=BRAND_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain) {
        return Some(text.into());
    }
    field.advise(format!("{} is no brand", quoted(text)), "write it in lower case, as \"amex\"")
}

fn funding(field: &Field<'_>) -> Option<Funding> {
    const NAMES: [&str; 5] = ["credit", "debit", "charge", "prepaid", "corporate"];
    let text = field.text("\"credit\"")?;
    let read: Result<Funding, Error> = Funding::deserialize(text.into_deserializer());
    if let Ok(funding) = read {
        return Some(funding);
    }
    let hint = nearest(text, NAMES).map(|near| format!("did you mean \"{near}\"?"));
    let hint = hint.unwrap_or_else(|| format!("the kinds are {}", NAMES.join(", ")));
    field.advise(format!("no card is funded as {}", quoted(text)), hint)
}
