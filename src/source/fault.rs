//! Why a line cannot be understood.

use crate::domain::id::IdFault;

/// A fault of one line. Nothing of the line is repeated: it may be anybody's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No JSON.
    #[error("not a JSON object (column {column})")]
    NotJson {
        /// Where reading stopped, from 1.
        column: usize,
    },
    /// Something is missing, twice there, or of another type than expected.
    #[error("{what} (column {column})")]
    BadField {
        /// What is wrong, with the field's name.
        what: String,
        /// Where, from 1.
        column: usize,
    },
    /// Brackets in brackets without end.
    #[error("nested more than 32 deep")]
    TooDeep,
    /// Not UTF-8, or it holds NUL or a byte order mark.
    #[error("not plain UTF-8: a byte order mark, a NUL or bytes that are no character")]
    BadEncoding,
    /// An id is none.
    #[error("{field}: {fault}")]
    BadId {
        /// Which id.
        field: &'static str,
        /// What is wrong with it.
        fault: IdFault,
    },
    /// An instant is none.
    #[error("{field}: not an RFC 3339 instant between the years 1970 and 9999, as 2013-02-13T17:00:00.123Z")]
    BadTime {
        /// Which instant.
        field: &'static str,
    },
    /// The line or its text is too long.
    #[error("longer than {bytes_max} bytes")]
    TooLong {
        /// How long it may be.
        bytes_max: usize,
    },
    /// A link would bring in what must not be stored, or is no link.
    #[error("{field}: {why}")]
    BadLink {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Fault {
    /// The fault's name in counters and problems.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::BadField { .. } => "bad_field",
            Self::TooDeep => "too_deep",
            Self::BadEncoding => "bad_encoding",
            Self::BadId { .. } => "bad_id",
            Self::BadTime { .. } => "bad_time",
            Self::TooLong { .. } => "too_long",
            Self::BadLink { .. } => "bad_link",
        }
    }

    /// The fault of a text that serde refused. Its own messages repeat values; names and places do not.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let column = error.column();
        if !error.is_data() {
            return Self::NotJson { column };
        }
        let message = error.to_string();
        let named = |start: &str| {
            let rest = message.strip_prefix(start)?;
            rest.split('`').next().map(ToOwned::to_owned)
        };
        let what = if let Some(field) = named("missing field `") {
            format!("{field} is missing")
        } else if let Some(field) = named("duplicate field `") {
            format!("{field} is there twice")
        } else if message.starts_with("unknown field `") {
            "there is a field that nobody knows".to_owned()
        } else {
            "a field is of the wrong type".to_owned()
        };
        Self::BadField { what, column }
    }
}
