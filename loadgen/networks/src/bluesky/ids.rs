//! Names of records and accounts.

use sha2::{Digest, Sha256};

const SORTABLE: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Length of a DID's part behind `did:plc:`.
const PLC_LENGTH: usize = 24;

/// A record key that sorts by time.
pub(crate) fn tid(unix_us: u64, clock: u64) -> String {
    let value = (unix_us << 10) | (clock & 0x3ff);
    (0..13).rev().map(|place| letter(SORTABLE, value >> (place * 5))).collect()
}

/// The DID of an account that was founded with this handle.
pub(crate) fn did_plc(handle: &str) -> String {
    let hash = Sha256::digest(handle.as_bytes());
    let letters = hash.iter().take(PLC_LENGTH).map(|byte| letter(BASE32, u64::from(*byte)));
    format!("did:plc:{}", letters.collect::<String>())
}

fn letter(alphabet: &[u8; 32], value: u64) -> char {
    let index = usize::try_from(value & 31).unwrap_or_default();
    alphabet.get(index).copied().map_or('2', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_keys_sort_by_time() {
        assert_eq!(tid(0, 0), "2222222222222");
        assert_eq!(tid(1, 0), "2222222222322");
        assert_eq!(tid(0, 33), "2222222222233");
        let keys =
            [tid(1_796_050_800_000_000, 0), tid(1_796_050_800_000_001, 0), tid(1_896_050_800_000_000, 0)];
        assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == 13));
    }

    #[test]
    fn a_did_belongs_to_its_handle() {
        assert_eq!(did_plc("ann.example"), did_plc("ann.example"));
        assert_ne!(did_plc("ann.example"), did_plc("ben.example"));
        assert_eq!(did_plc("ann.example").len(), "did:plc:".len() + 24);
    }
}
