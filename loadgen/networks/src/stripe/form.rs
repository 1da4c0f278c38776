//! What a form of the shop holds.

use std::collections::BTreeMap;

use crate::call::Call;

/// What the shop writes to an object.
pub(super) fn metadata(call: &Call) -> BTreeMap<String, String> {
    let named = call.body.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((name.to_owned(), value.as_str()?.to_owned()))
    });
    named.collect()
}
