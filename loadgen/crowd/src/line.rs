//! The bytes of one NDJSON post, appended in place: no allocation a line.

use crate::handle::push_handle;
use crate::stamp::push_stamp;

/// The network that every generated post and account belongs to.
pub(crate) const NETWORK: &str = "x";

/// Who wrote a post: the immutable id, and the number that the display handle is made of.
#[derive(Clone, Copy)]
pub(crate) struct Author {
    pub(crate) id: u64,
    pub(crate) seed: u64,
    pub(crate) number: u64,
}

/// Appends everything up to and including the quote that opens the text.
pub(crate) fn open_post(out: &mut Vec<u8>, author: Author, post_id: u64, posted_at_ms: i64) {
    push(out, r#"{"network":""#);
    push(out, NETWORK);
    push(out, r#"","id":""#);
    push_number(out, post_id);
    push(out, r#"","author":{"id":""#);
    push_number(out, author.id);
    push(out, r#"","handle":""#);
    push_handle(out, author.seed, author.number);
    push(out, r#""},"posted_at":""#);
    push_stamp(out, posted_at_ms);
    push(out, r#"","text":""#);
}

/// Appends the quote that closes the text, what the post repeats, and the end of the line.
pub(crate) fn close_post(out: &mut Vec<u8>, repost_of: Option<u64>) {
    match repost_of {
        None => push(out, "\"}\n"),
        Some(post_id) => {
            push(out, r#"","repost_of":""#);
            push_number(out, post_id);
            push(out, "\"}\n");
        }
    }
}

/// Appends text as it is: the caller vouches that it is plain or escaped already.
pub(crate) fn push(out: &mut Vec<u8>, json_safe: &str) {
    out.extend_from_slice(json_safe.as_bytes());
}

/// Appends a number in decimal.
pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    push_padded(out, number, 1);
}

/// Appends a number in decimal with at least `width` (up to 20) digits.
pub(crate) fn push_padded(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if rest == 0 && used >= width {
            break;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
    }
    let (_, shown) = digits.split_at(digits.len() - used);
    out.extend_from_slice(shown);
}

/// Text as it stands between the quotes of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.expect("a JSON string is quoted").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_full_and_padded() {
        let mut out = Vec::new();
        for (number, width) in [(0, 1), (7, 3), (1_234, 2), (u64::MAX, 1), (0, 4)] {
            push_padded(&mut out, number, width);
            out.push(b' ');
        }
        assert_eq!(out, b"0 007 1234 18446744073709551615 0000 ");
    }

    #[test]
    fn escaping_is_that_of_json() {
        assert_eq!(escaped("plain #Tag \u{1f600}"), "plain #Tag \u{1f600}");
        assert_eq!(escaped("a\"b\\c\nd\u{1}"), r#"a\"b\\c\nd\u0001"#);
    }
}
