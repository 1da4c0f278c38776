//! Why a line cannot be understood.

use crate::domain::id::IdFault;

/// A fault of one line. It names fields and places and repeats no value: values are strangers' words, and
/// faults are logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No JSON.
    #[error("not JSON (see column {column})")]
    NotJson {
        /// Where reading stopped, from 1.
        column: usize,
    },
    /// Brackets in brackets without end.
    #[error("nested more than 32 deep")]
    TooDeep,
    /// Bytes that are no text, or text that no post has.
    #[error("not plain UTF-8: it holds {what}")]
    BadEncoding {
        /// What is there that should not be.
        what: &'static str,
    },
    /// A field stands twice in one object; which one counts would depend on who reads it.
    #[error("`{field}` is there twice")]
    DuplicateKey {
        /// Which field.
        field: String,
    },
    /// A field that nobody knows, where everything must be known.
    #[error("`{field}` is no field of this line")]
    UnknownField {
        /// Its name, or a description of one that cannot be shown.
        field: String,
    },
    /// A field is not there.
    #[error("`{field}` is missing")]
    MissingField {
        /// Which field.
        field: &'static str,
    },
    /// A field holds another type of value.
    #[error("`{field}` is not {expected}")]
    BadType {
        /// Which field.
        field: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// An id is none.
    #[error("`{field}`: {fault}")]
    BadId {
        /// Which id.
        field: &'static str,
        /// What is wrong with it.
        fault: IdFault,
    },
    /// An id stands there as a number or something else. Numbers lose digits on their way through programs
    /// that read them as floating point, so one may be another post's id by now.
    #[error("`{field}`: an id must be a string, as its network gives it")]
    IdNotText {
        /// Which id.
        field: &'static str,
    },
    /// An instant is none.
    #[error("`{field}` is not an instant between the years 1970 and 9998")]
    BadTime {
        /// Which instant.
        field: &'static str,
    },
    /// The line is longer than anybody needs.
    #[error("the line is longer than {bytes_max} bytes")]
    TooLong {
        /// How long it may be.
        bytes_max: usize,
    },
    /// The author's words are longer than any network lets them be.
    #[error("{what} is longer than {bytes_max} bytes")]
    WordsTooLong {
        /// Which words.
        what: &'static str,
        /// How long it may be.
        bytes_max: usize,
    },
    /// A link would bring a card number in.
    #[error("`{field}` holds a card number; only tokens may come here")]
    CardNumber {
        /// Which field.
        field: &'static str,
    },
    /// An e-mail address is none, or could end a header line.
    #[error("`{field}` is not a plain e-mail address as ana@example.com")]
    BadAddress {
        /// Which field.
        field: &'static str,
    },
    /// A value of the right type that is none of those allowed.
    #[error("`{field}` is not {expected}")]
    BadValue {
        /// Which field.
        field: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
}

impl Fault {
    /// The fault's name in counters and problems.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::TooDeep => "too_deep",
            Self::BadEncoding { .. } => "bad_encoding",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingField { .. } => "missing_field",
            Self::BadType { .. } => "bad_type",
            Self::BadId { .. } | Self::IdNotText { .. } => "bad_id",
            Self::BadTime { .. } => "bad_time",
            Self::TooLong { .. } | Self::WordsTooLong { .. } => "too_long",
            Self::CardNumber { .. } => "pan_not_allowed",
            Self::BadAddress { .. } => "bad_address",
            Self::BadValue { .. } => "bad_value",
        }
    }

    /// The fault of a text that the parser refused. The parser's errors can only be told apart by their
    /// messages; the tests of `source` hold each of these to its code.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let named = |start: &str, end: &str| message.strip_prefix(start)?.split(end).next().map(presentable);
        if let Some(field) = named("duplicate field `", "`") {
            Self::DuplicateKey { field }
        } else if let Some(field) = named("unknown field `", "`, ") {
            Self::UnknownField { field }
        } else if message.starts_with("lone ") || message.starts_with("unexpected end of hex escape") {
            Self::BadEncoding { what: "half of a surrogate pair" }
        } else {
            Self::NotJson { column: error.column() }
        }
    }
}

/// A stranger's name for a field, if it is harmless to repeat.
fn presentable(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if (1..=40).contains(&name.len()) && name.bytes().all(plain) {
        name.to_owned()
    } else {
        "a strange name".to_owned()
    }
}
