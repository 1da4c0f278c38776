//! A hash of entries without order: the same entries give the same hash, whatever the order.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Feeds a map's entries to a hasher. Hashes each entry alone and adds the hashes up; sorting millions of entries first
/// would cost many times as much.
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
