//! A hash of a map's entries that does not depend on their order.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Feeds a map's entries to a hasher. Hashes each entry alone and adds the hashes; sorting millions of
/// entries first would take many times as long.
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
