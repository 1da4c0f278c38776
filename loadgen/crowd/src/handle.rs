//! Display handles of invented syllables. A handle is never an identity, and no real person's name.

use crate::bytes::push;
use crate::hashing::{RandomStream, choose, hash_bits};

const SYLLABLES: [&str; 24] = [
    "zub", "vok", "mip", "tez", "gol", "quo", "pif", "rux", "dax", "fen", "kib", "lor", "nuv", "sot", "wum",
    "yeg", "bix", "cim", "hob", "jat", "plo", "stru", "gri", "owk",
];

/// Appends a handle that is unique to `number` under any seed: two syllables, then the number in base 36.
///
/// Consists of ASCII letters, digits and an underscore, so it needs no escaping in JSON or in an e-mail
/// address.
pub(crate) fn push_handle(out: &mut Vec<u8>, seed: u64, number: u64) {
    let bits = hash_bits(seed, number, RandomStream::Handle);
    push(out, choose(bits, &SYLLABLES));
    push(out, choose(bits.rotate_left(32), &SYLLABLES));
    out.push(b'_');
    push_base36(out, number);
}

fn push_base36(out: &mut Vec<u8>, number: u64) {
    let start = out.len();
    let mut rest = number;
    loop {
        let digit = (rest % 36) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + (digit - 10) });
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    let (_, digits) = out.split_at_mut(start);
    digits.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn handles_are_unique_short_and_plain() {
        let mut seen = HashSet::new();
        for number in 0..20_000 {
            let mut handle = Vec::new();
            push_handle(&mut handle, 3, number);
            assert!(handle.len() <= 15, "too long for X");
            assert!(handle.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'));
            assert!(seen.insert(handle), "{number} shares a handle");
        }
    }
}
