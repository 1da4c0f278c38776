//! The checks that every decoder begins with: a line must be text, and the text an object.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::depth::check_depth;
use super::fault::Fault;
use super::field::{Field, Object};

/// The line as text. A byte order mark is refused instead of skipped: in the middle of a stream it shows that
/// files were joined, so the line before it may be broken as well.
pub(super) fn plain_text(line: &[u8]) -> Result<&str, Fault> {
    let bad = |what| Fault::BadEncoding { what };
    let text = std::str::from_utf8(line).map_err(|_| bad("bytes that are no character"))?;
    if text.starts_with('\u{feff}') {
        Err(bad("a byte order mark"))
    } else if memchr::memchr(0, line).is_some() {
        Err(bad("a NUL"))
    } else {
        Ok(text)
    }
}

/// Whether a text is JSON, however deep and of whatever type. The parser skips values without recursion.
#[must_use]
pub fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Parses an object. Duplicate fields are refused, unknown ones are ignored.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    check_depth(text)?;
    let line: Field<Object<T>> = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    line.required("the line").map(|Object(object)| object)
}
