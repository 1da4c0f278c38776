//! Finds a line's position without parsing it. Every line of the network passes here: this takes a tenth of a microsecond
//! for each, where a parser takes several.

use memchr::{memchr, memchr_iter, memmem};

/// The number of an outer field, as `"time_us":`, in a line whose object nests `depth` levels around the field: an author
/// may put a field of the same name into the own record, which lies deeper. `None` if the line has it elsewhere.
pub(super) fn number(line: &[u8], field: &[u8], depth: usize) -> Option<u64> {
    let digits = value(line, field, depth)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

/// The text of an outer field, as `"time":`; texts with escapes are none.
pub(super) fn text<'a>(line: &'a [u8], field: &[u8], depth: usize) -> Option<&'a str> {
    let quoted = value(line, field, depth)?.strip_prefix(b"\"")?;
    let text = quoted.get(..memchr(b'"', quoted)?)?;
    if text.contains(&b'\\') { None } else { str::from_utf8(text).ok() }
}

/// What stands behind the first occurrence of a field.
fn value<'a>(line: &'a [u8], field: &[u8], depth: usize) -> Option<&'a [u8]> {
    let at = memmem::find(line, field)?;
    // Quotes within texts are escaped, so the field's name with its quotes and colon is no part of a text.
    let is_outer = memchr_iter(b'{', line.get(..at)?).count() == depth;
    let rest = line.get(at + field.len()..).filter(|_| is_outer)?;
    Some(rest.trim_ascii_start())
}

/// Appends a message as one line. A line feed within it is white space between two parts of the JSON, since texts have
/// none.
pub(super) fn append_line(lines: &mut Vec<u8>, message: &[u8]) {
    let begins = lines.len();
    lines.extend_from_slice(message);
    if memchr(b'\n', message).is_some() {
        for byte in lines.iter_mut().skip(begins).filter(|byte| **byte == b'\n') {
            *byte = b' ';
        }
    }
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::{append_line, number, text};

    #[test]
    fn only_outer_fields_are_found() {
        let table: &[(&str, Option<u64>)] = &[
            (
                r#"{"did":"did:plc:a","time_us":1796050801204137,"kind":"commit"}"#,
                Some(1_796_050_801_204_137),
            ),
            (r#"{"time_us": 7}"#, Some(7)),
            (r#"{"kind":"commit","commit":{"record":{"time_us":9}},"time_us":7}"#, None),
            (r#"{"did":"\"time_us\":9","time_us":7}"#, Some(7)),
            (r#"{"time_us":"7"}"#, None),
            (r#"{"time_us":99999999999999999999999}"#, None),
            (r#"{"time_us":"#, None),
            (r#"time_us"#, None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(number(line.as_bytes(), b"\"time_us\":", 1), *expected, "{line}");
        }
        let line = br#"{"$type":"message","payload":{"seq":7,"time":"2026","record":{"time":"x"}}}"#;
        assert_eq!(number(line, b"\"seq\":", 2), Some(7));
        assert_eq!(text(line, b"\"time\":", 2), Some("2026"));
        assert_eq!(text(line, b"\"time\":", 1), None);
        assert_eq!(text(br#"{"a":{"time":"20\"26"}}"#, b"\"time\":", 2), None);
        assert_eq!(text(br#"{"a":{"time":"20"#, b"\"time\":", 2), None);
    }

    #[test]
    fn a_message_is_one_line() {
        let mut lines = b"before\n".to_vec();
        append_line(&mut lines, b"{\n \"a\":1\r\n}");
        assert_eq!(lines, b"before\n{  \"a\":1\r }\n");
    }
}
