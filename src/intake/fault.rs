//! Why a line cannot be decoded.

use crate::domain::id::IdFault;

/// A fault of one line. It names fields and positions and repeats no value: values are untrusted, and faults
/// are logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line is not JSON.
    #[error("not JSON (see column {column})")]
    NotJson {
        /// Column where parsing stopped, from 1.
        column: usize,
    },
    /// The line nests too deep.
    #[error("nested more than 32 deep")]
    TooDeep,
    /// The line is not valid text, or contains characters that no post has.
    #[error("not plain UTF-8: it holds {what}")]
    BadEncoding {
        /// The invalid content.
        what: &'static str,
    },
    /// The text has half of a surrogate pair, which programs make that cut texts in the middle of an emoji.
    #[error("not plain UTF-8: it holds half of a surrogate pair")]
    LoneSurrogate,
    /// The hash of a record is that of another one.
    #[error("`cid` is not the hash of the record")]
    ForeignHash,
    /// A number is larger than any program reads.
    #[error("a number is out of range")]
    NumberRange,
    /// A field occurs twice in one object; parsers differ in which one they use.
    #[error("`{field}` is there twice")]
    DuplicateKey {
        /// Name of the field.
        field: String,
    },
    /// An unknown field, in a format that allows known ones only.
    #[error("`{field}` is no field of this line")]
    UnknownField {
        /// Name of the field, or a description of a name that cannot be shown.
        field: String,
    },
    /// A required field is missing.
    #[error("`{field}` is missing")]
    MissingField {
        /// Name of the field.
        field: &'static str,
    },
    /// A field has a value of the wrong type.
    #[error("`{field}` is not {expected}")]
    BadType {
        /// Name of the field.
        field: &'static str,
        /// The expected type.
        expected: &'static str,
    },
    /// An id is invalid.
    #[error("`{field}`: {fault}")]
    BadId {
        /// Field of the id.
        field: &'static str,
        /// What is wrong with the id.
        fault: IdFault,
    },
    /// An id is a number or another type instead of text. Numbers lose digits in programs that read them as
    /// floating point, so the id may by now be another post's.
    #[error("`{field}`: an id must be a string, as its network gives it")]
    IdNotText {
        /// Field of the id.
        field: &'static str,
    },
    /// An instant is invalid or out of range.
    #[error("`{field}` is not an instant between the years 1970 and 9998")]
    BadTime {
        /// Field of the instant.
        field: &'static str,
    },
    /// The line exceeds the bound.
    #[error("the line is longer than {bytes_max} bytes")]
    TooLong {
        /// The bound, in bytes.
        bytes_max: usize,
    },
    /// The author's text is longer than any network allows.
    #[error("{what} is longer than {bytes_max} bytes")]
    WordsTooLong {
        /// Name of the text.
        what: &'static str,
        /// The bound, in bytes.
        bytes_max: usize,
    },
    /// A link or a transaction contains a card number, which must not be stored.
    #[error("`{field}` holds a card number; only tokens may come here")]
    CardNumber {
        /// Field of the card number.
        field: &'static str,
    },
    /// An e-mail address is invalid, or could end a header line.
    #[error("`{field}` is not a plain e-mail address as ana@example.com")]
    BadAddress {
        /// Field of the address.
        field: &'static str,
    },
    /// A value has the right type, but is not one of those allowed.
    #[error("`{field}` is not {expected}")]
    BadValue {
        /// Name of the field.
        field: &'static str,
        /// The allowed values.
        expected: &'static str,
    },
}

impl Fault {
    /// Name of the fault in counters and problem responses.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::TooDeep => "too_deep",
            Self::BadEncoding { .. } | Self::LoneSurrogate => "bad_encoding",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingField { .. } => "missing_field",
            Self::BadType { .. } => "bad_type",
            Self::BadId { .. } | Self::IdNotText { .. } => "bad_id",
            Self::BadTime { .. } => "bad_time",
            Self::TooLong { .. } | Self::WordsTooLong { .. } => "too_long",
            Self::CardNumber { .. } => "pan_not_allowed",
            Self::BadAddress { .. } => "bad_address",
            Self::BadValue { .. } | Self::NumberRange | Self::ForeignHash => "bad_value",
        }
    }

    /// The fault of a text that the parser refused. The parser's errors differ only in their messages; the
    /// tests of `source` check the code for each of them.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let named = |start: &str, end: &str| message.strip_prefix(start)?.split(end).next().map(presentable);
        if let Some(field) = named("duplicate field `", "`") {
            Self::DuplicateKey { field }
        } else if let Some(field) = named("unknown field `", "`, ") {
            Self::UnknownField { field }
        } else if message.starts_with("lone ") || message.starts_with("unexpected end of hex escape") {
            Self::LoneSurrogate
        } else if message.starts_with("number out of range") {
            Self::NumberRange
        } else {
            Self::NotJson { column: error.column() }
        }
    }
}

/// A field's untrusted name, if it is harmless to repeat.
fn presentable(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if (1..=40).contains(&name.len()) && name.bytes().all(plain) {
        name.to_owned()
    } else {
        "a strange name".to_owned()
    }
}
