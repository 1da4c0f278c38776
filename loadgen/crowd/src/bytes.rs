//! Text and numbers appended to a line in place, without an allocation.

/// Appends text unchanged. The caller guarantees that it needs no escaping, or is escaped already.
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

/// Escapes text for the inside of a JSON string.
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
        assert_eq!(escaped("plain #TagText \u{1f600}"), "plain #TagText \u{1f600}");
        assert_eq!(escaped("a\"b\\c\nd\u{1}"), r#"a\"b\\c\nd\u0001"#);
    }
}
