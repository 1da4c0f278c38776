//! The order of a draw, derived a second time.

use sha2::{Digest, Sha256};

use crate::domain::event::Claim;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the entries' original places in draw order: sorted by the digest of three lines, which are the
/// seed, the digest of the sorted list of all entries, and the entry.
pub(super) fn lots<'c>(seed: &str, claims: impl Iterator<Item = &'c Claim>) -> Vec<usize> {
    let line = |claim: &Claim| format!("{} {}", claim.account, claim.post);
    let entries: Vec<String> = claims.map(line).collect();
    let mut list = entries.clone();
    list.sort();
    let list: String = list.into_iter().map(|entry| entry + "\n").collect();
    let list = hex(&Sha256::digest(list));
    let lot = |entry: &String| hex(&Sha256::digest(format!("{seed}\n{list}\n{entry}")));
    let mut lots: Vec<(String, usize)> = entries.iter().map(lot).zip(0..).collect();
    lots.sort();
    lots.into_iter().map(|(_, place)| place).collect()
}
