//! What looks like an e-mail address in bytes of any form: in text, in a record, in a page of a database.

use std::ops::Range;

use memchr::memchr_iter;

/// The longest part of an address that is looked at, in bytes.
const PART_BYTES_MAX: usize = 254;

/// Where something looks like an e-mail address, in order. What begins with an `@`, as `@ana@mastodon.example` does, mentions an
/// account of a network and is none.
pub fn address_like(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr_iter(b'@', bytes).filter_map(|at| {
        let (before, after) = (bytes.get(..at)?, bytes.get(at + 1..)?);
        let local =
            before.iter().rev().take(PART_BYTES_MAX).take_while(|byte| is_of_local_part(**byte)).count();
        let is_mention = before.len() > local && before.get(before.len() - local - 1) == Some(&b'@');
        let domain = after.iter().take(PART_BYTES_MAX).take_while(|byte| is_of_domain(**byte)).count();
        let domain = after.get(..domain)?;
        let length = domain_bytes(domain)?;
        (local > 0 && !is_mention).then(|| at - local..at + 1 + length)
    })
}

/// The bytes at the beginning that are a domain of two labels or more, the last of which has letters alone.
fn domain_bytes(text: &[u8]) -> Option<usize> {
    let text = text.get(..text.iter().rposition(|byte| byte.is_ascii_alphanumeric())? + 1)?;
    let labels = text.split(|byte| *byte == b'.');
    let has_empty = labels.clone().any(<[u8]>::is_empty);
    let last = labels.clone().next_back()?;
    let is_top = last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic);
    (is_top && !has_empty && labels.count() >= 2).then_some(text.len())
}

const fn is_of_local_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'%')
}

const fn is_of_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_wherever_they_stand_and_mentions_are_none() {
        let table: &[(&[u8], &[&str])] = &[
            (b"ana@example.com", &["ana@example.com"]),
            (b"\x0f1@example.com\x00\xff", &["1@example.com"]),
            (
                b"<Ana.Perez+shop@mail.example.co.uk>, bob@b.de.",
                &["Ana.Perez+shop@mail.example.co.uk", "bob@b.de"],
            ),
            (b"{\"email\":\"a_b@xn--mnchen-3ya.de\"}", &["a_b@xn--mnchen-3ya.de"]),
            (b"@ana@mastodon.example you are next", &[]),
            (b"RT @ana: hello", &[]),
            (b"@", &[]),
            (b"a@b", &[]),
            (b"a@b..de", &[]),
            (b"root@10.0.0.1", &[]),
            (b"1@2.3", &[]),
            (b"@example.com", &[]),
        ];
        for (bytes, found) in table {
            let texts = address_like(bytes)
                .map(|range| String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned());
            assert_eq!(texts.collect::<Vec<_>>(), *found, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
