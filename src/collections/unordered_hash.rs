//! The hash of what has no order: the same for the same entries, however they are kept.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Feeds a map's entries to a hasher. Each is hashed alone and they are added up: to sort millions of them
/// first would cost many times as much.
pub fn hash_all<H: Hasher>(entries: impl Iterator<Item: Hash>, hasher: &mut H) {
    let (mut count, mut sum) = (0_u64, 0_u64);
    for entry in entries {
        let mut own = DefaultHasher::new();
        entry.hash(&mut own);
        sum = sum.wrapping_add(own.finish());
        count += 1;
    }
    (count, sum).hash(hasher);
}
