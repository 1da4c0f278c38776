//! Recognizes inputs that are no lines of JSON, by their beginning.

use std::io;

/// Why an input cannot be read by lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLines {
    /// Each character takes four bytes.
    #[error("it is UTF-32; convert it: iconv -f UTF-32 -t UTF-8")]
    Utf32,
    /// Each character takes two bytes or more.
    #[error("it is UTF-16; convert it: iconv -f UTF-16 -t UTF-8")]
    Utf16,
    /// All objects are in one array.
    #[error("it is one JSON array; write one object a line: jq -c '.[]'")]
    Array,
    /// Lines came, and not one of them could be understood.
    #[error("not one of its {lines} lines can be understood; is it in another format?")]
    NothingRead {
        /// The lines that are not blank.
        lines: u64,
    },
}

impl NotLines {
    /// Judges an input by its first bytes, without a byte-order mark of UTF-8.
    pub(super) fn of_beginning(bytes: &[u8]) -> Option<Self> {
        if let [0xFF, 0xFE, 0, 0, ..]
        | [0, 0, 0xFE, 0xFF, ..]
        | [0, 0, 0, b'{' | b'[', ..]
        | [b'{' | b'[', 0, 0, 0, ..] = bytes
        {
            return Some(Self::Utf32);
        }
        if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..] = bytes {
            return Some(Self::Utf16);
        }
        // A line may be a list, and is then left out. Objects in a list are an array of what should be lines.
        let list = bytes.trim_ascii_start().strip_prefix(b"[")?.trim_ascii_start();
        (list.is_empty() || list.starts_with(b"{")).then_some(Self::Array)
    }

    /// Whether this is the reason of a reader's error.
    #[must_use]
    pub fn explains(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl From<NotLines> for io::Error {
    fn from(reason: NotLines) -> Self {
        Self::new(io::ErrorKind::InvalidData, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::NotLines;

    #[test]
    fn an_input_is_judged_by_its_beginning() {
        let table: [(&[u8], Option<NotLines>); 17] = [
            (b"", None),
            (b"{", None),
            (b"{\"a\":1}\n", None),
            (b"\n{\"a\":1}\n", None),
            (b"data: {", None),
            (b"[1,2]\n{", None),
            (b"[]\n{", None),
            (b"[{\"a\":1}]", Some(NotLines::Array)),
            (b" [ {", Some(NotLines::Array)),
            (b"[\n", Some(NotLines::Array)),
            (b"[\r\n  {\r\n", Some(NotLines::Array)),
            (b"\xFF\xFE{\0", Some(NotLines::Utf16)),
            (b"\xFE\xFF\0{", Some(NotLines::Utf16)),
            (b"{\0\"\0", Some(NotLines::Utf16)),
            (b"\xFF\xFE\0\0{\0\0\0", Some(NotLines::Utf32)),
            (b"\0\0\xFE\xFF\0\0\0{", Some(NotLines::Utf32)),
            (b"{\0\0\0\"\0\0\0", Some(NotLines::Utf32)),
        ];
        for (beginning, expected) in table {
            assert_eq!(NotLines::of_beginning(beginning), expected, "{}", beginning.escape_ascii());
        }
    }
}
