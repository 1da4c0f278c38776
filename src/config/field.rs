//! One value of a document, read as the type that its key requires.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::de::DeValue;

use super::document::{Document, FieldPlace};
use crate::domain::time::{Millis, Timestamp};
use crate::text::file_fault::quoted;

/// A value as it was found. A variable has no type of its own: it is read as the required type.
#[derive(Clone, Copy)]
pub(super) enum Raw<'d> {
    Toml(&'d DeValue<'d>),
    Variable(&'d str),
}

/// A value and its place. A reader that returns `None` has recorded the fault.
#[derive(Clone)]
pub(super) struct Field<'d> {
    pub(super) document: &'d Document,
    pub(super) name: String,
    pub(super) place: FieldPlace,
    pub(super) raw: Raw<'d>,
}

impl<'d> Field<'d> {
    /// Records a fault of this value and returns `None`.
    pub(super) fn fault<T>(&self, message: impl Into<String>) -> Option<T> {
        self.document.note(&self.place, message.into(), None);
        None
    }

    /// Records a fault with advice and returns `None`.
    pub(super) fn advise<T>(&self, message: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.document.note(&self.place, message.into(), Some(hint.into()));
        None
    }

    /// The line of the value.
    pub(super) fn line(&self) -> u32 {
        self.document.line(&self.place)
    }

    /// The value as a text.
    pub(super) fn text(&self, example: &str) -> Option<&'d str> {
        match self.raw {
            Raw::Toml(DeValue::String(text)) => Some(text),
            Raw::Variable(text) => Some(text),
            Raw::Toml(_) => self.wrong_type(&format!("text in quotes, as {example}")),
        }
    }

    /// The value as a text that parses as `T`.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&self, example: &str) -> Option<T> {
        let text = self.text(example)?;
        text.parse().map_or_else(
            |error| {
                self.advise(
                    format!("`{}` is {}: {error}", self.name, quoted(text)),
                    format!("write {example}"),
                )
            },
            Some,
        )
    }

    /// The value as a whole number within bounds.
    pub(super) fn number(&self, bounds: RangeInclusive<u64>) -> Option<u64> {
        let example = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let (text, number) = match self.raw {
            Raw::Toml(DeValue::Integer(digits)) => {
                (digits.to_string(), i128::from_str_radix(digits.as_str(), digits.radix()).ok())
            }
            Raw::Variable(text) => (text.to_owned(), text.trim().parse().ok()),
            Raw::Toml(_) => return self.wrong_type(&example),
        };
        let number = number.and_then(|number| u64::try_from(number).ok());
        match number.filter(|number| bounds.contains(number)) {
            Some(number) => Some(number),
            None => self.advise(format!("`{}` is {}", self.name, shorten(&text)), format!("write {example}")),
        }
    }

    /// The value as `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.raw {
            Raw::Toml(DeValue::Boolean(yes)) => Some(*yes),
            Raw::Variable("true") => Some(true),
            Raw::Variable("false") => Some(false),
            Raw::Variable(_) | Raw::Toml(_) => self.wrong_type("true or false"),
        }
    }

    /// The value as a length of time.
    pub(super) fn length(&self, example: &str) -> Option<Millis> {
        self.parsed(example)
    }

    /// The value as an instant, in quotes or as a TOML date-time with an offset.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        const EXAMPLE: &str = "\"2013-02-13T12:00:00-05:00\"";
        let text = match self.raw {
            Raw::Toml(DeValue::Datetime(instant)) => instant.to_string(),
            _ => self.text(EXAMPLE)?.to_owned(),
        };
        if let Ok(instant) = text.parse() {
            return Some(instant);
        }
        let problem = format!("`{}` is {}", self.name, quoted(&text));
        // A local time is another instant in every zone, and the machine's zone need not be the author's.
        if text.parse::<jiff::civil::DateTime>().is_ok() && !text.contains(['Z', 'z', '[']) && !offset(&text)
        {
            return self.advise(
                format!("{problem}, which names no time zone"),
                format!("end it with Z or an offset, as {EXAMPLE}"),
            );
        }
        self.advise(format!("{problem}: {}", crate::domain::time::NotAnInstant), format!("write {EXAMPLE}"))
    }

    /// The value as a list: its elements.
    pub(super) fn list(&self, example: &str) -> Option<Vec<Self>> {
        let Raw::Toml(DeValue::Array(elements)) = self.raw else {
            return self.wrong_type(&format!("a list, as {example}"));
        };
        let field = |element: &'d toml::Spanned<DeValue<'d>>| {
            let (place, raw) = (FieldPlace::Byte(element.span().start), Raw::Toml(element.get_ref()));
            Self { document: self.document, name: self.name.clone(), place, raw }
        };
        Some(elements.iter().map(field).collect())
    }

    /// Whether the value is a table.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.raw, Raw::Toml(DeValue::Table(_)))
    }

    pub(super) fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = match self.raw {
            Raw::Variable(_) | Raw::Toml(DeValue::String(_)) => "text",
            Raw::Toml(DeValue::Integer(_)) => "a number",
            Raw::Toml(DeValue::Float(_)) => "a fraction",
            Raw::Toml(DeValue::Boolean(_)) => "true or false",
            Raw::Toml(DeValue::Datetime(_)) => "a date",
            Raw::Toml(DeValue::Array(_)) => "a list",
            Raw::Toml(DeValue::Table(_)) => "a table",
        };
        self.advise(format!("`{}` is {found}", self.name), format!("write {expected}"))
    }
}

/// Whether an offset follows the time of day.
fn offset(text: &str) -> bool {
    text.get(11..).is_some_and(|time| time.contains(['+', '-']))
}

fn shorten(number: &str) -> String {
    quoted(number).replace('"', "")
}
