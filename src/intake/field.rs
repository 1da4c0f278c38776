//! A field of an untrusted object: absent, null, of the expected type, or of another type.
//!
//! Serde reports a wrong type in a message that contains the value, and it accepts an array for a struct.
//! Here the shape of each value is recorded while it is read, and judged afterwards by code that knows
//! whether the field matters and how it is named: one pass, no copies, and faults that name the field.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;

use super::fault::Fault;

/// The value of an object's field.
#[derive(Debug, Default)]
pub(super) enum Field<T> {
    /// The object has no such field.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// The value has the expected type.
    Is(T),
    /// The value has another type.
    Other,
}

/// A string, borrowed from the line unless it contains an escape.
pub(super) type Word<'a> = Field<Cow<'a, str>>;
/// An object within an object.
pub(super) type Part<T> = Field<Object<T>>;
/// A list of objects. Lists in posts mostly have one entry.
pub(super) type Parts<T> = Field<SmallVec<[Part<T>; 1]>>;

impl<T> Field<T> {
    /// The value of a required field.
    pub(super) fn required<'de>(self, field: &'static str) -> Result<T, Fault>
    where
        T: Shape<'de>,
    {
        match self {
            Self::Is(value) => Ok(value),
            Self::Absent => Err(Fault::MissingField { field }),
            Self::Null | Self::Other => Err(Fault::BadType { field, expected: T::NAME }),
        }
    }

    /// The value of a field that may be absent or null.
    pub(super) fn optional<'de>(self, field: &'static str) -> Result<Option<T>, Fault>
    where
        T: Shape<'de>,
    {
        match self {
            Self::Absent | Self::Null => Ok(None),
            present => present.required(field).map(Some),
        }
    }

    /// The value, if it has the expected type: for fields whose format the network does not guarantee.
    pub(super) fn lenient(self) -> Option<T> {
        if let Self::Is(value) = self { Some(value) } else { None }
    }

    /// Whether the field is present and not null.
    pub(super) const fn is_present(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }
}

/// A type that a value may be expected to have. Methods that are not overridden reject their kind of value.
pub(super) trait Shape<'de>: Sized {
    /// Name of the type in faults.
    const NAME: &'static str;

    fn of_text(_text: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn of_flag(_flag: bool) -> Option<Self> {
        None
    }

    fn of_whole(_number: i64) -> Option<Self> {
        None
    }

    fn of_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
    }

    fn of_list<A: SeqAccess<'de>>(list: A) -> Result<Option<Self>, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| None)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Cow<'a, str> {
    const NAME: &'static str = "a string";

    fn of_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

impl Shape<'_> for bool {
    const NAME: &'static str = "true or false";

    fn of_flag(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl Shape<'_> for i64 {
    const NAME: &'static str = "a whole number";

    fn of_whole(number: i64) -> Option<Self> {
        Some(number)
    }
}

/// A struct that is read from an object only; serde alone would also accept an array of its values.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Shape<'de> for Object<T> {
    const NAME: &'static str = "an object";

    fn of_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Some(Self(object)))
    }
}

impl<'de, T: Deserialize<'de>> Shape<'de> for SmallVec<[T; 1]> {
    const NAME: &'static str = "a list";

    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut entries = Self::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Some(entries))
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<T>, E> {
        Ok(seen(T::of_text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<T>, E> {
        Ok(seen(T::of_text(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Field<T>, E> {
        Ok(seen(T::of_flag(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Field<T>, E> {
        Ok(seen(T::of_whole(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Field<T>, E> {
        Ok(seen(i64::try_from(number).ok().and_then(T::of_whole)))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field<T>, E> {
        Ok(Field::Other)
    }

    fn visit_unit<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<T>, A::Error> {
        T::of_map(map).map(seen)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Field<T>, A::Error> {
        T::of_list(list).map(seen)
    }
}

fn seen<T>(value: Option<T>) -> Field<T> {
    value.map_or(Field::Other, Field::Is)
}
