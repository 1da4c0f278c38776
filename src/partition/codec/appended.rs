//! Reads a form in which some structs had fewer fields than today's types.
//!
//! The stored form has no names: a struct is its fields, one after the other. So a struct that has gained
//! fields at its end is read by asking for fewer fields; serde then fills in the defaults of the others. All
//! other types are passed through. Each type's choice is made at compile time, so reading an old form costs
//! the same as reading the current one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// An old stored form: which structs have gained fields since.
pub(super) trait Fields {
    /// The number of fields that were appended to the struct of that name.
    fn appended(name: &str) -> usize;

    /// The fields that the struct had in the old form.
    fn then(name: &str, today: &'static [&'static str]) -> &'static [&'static str] {
        let had = today.len().saturating_sub(Self::appended(name));
        today.get(..had).unwrap_or(today)
    }
}

/// Reads a value that was written in the form `F`.
pub(super) fn deserialize<'de, F: Fields, T: DeserializeOwned, D: Deserializer<'de>>(
    reader: D,
) -> Result<T, D::Error> {
    T::deserialize(Old::<F, D>::new(reader))
}

/// Reads the value at the start of `stored`, which was written in the form `F`. Returns it with the bytes after
/// it.
pub(super) fn take_from_bytes<F: Fields, T: DeserializeOwned>(
    stored: &[u8],
) -> Result<(T, &[u8]), postcard::Error> {
    let mut reader = postcard::Deserializer::from_bytes(stored);
    let value = deserialize::<F, T, _>(&mut reader)?;
    Ok((value, reader.finalize()?))
}

/// Wraps a serde deserializer, visitor, seed or access, for the form `F`.
struct Old<F, T> {
    inner: T,
    form: PhantomData<F>,
}

impl<F, T> Old<F, T> {
    fn new(inner: T) -> Self {
        Self { inner, form: PhantomData }
    }
}

macro_rules! forward {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(Old::<F, V>::new(visitor))
        }
    )* };
}

impl<'de, F: Fields, D: Deserializer<'de>> Deserializer<'de> for Old<F, D> {
    type Error = D::Error;

    forward! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
        deserialize_unit deserialize_seq deserialize_map deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, Old::<F, V>::new(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Old::<F, V>::new(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple(len, Old::<F, V>::new(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple_struct(name, len, Old::<F, V>::new(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, F::then(name, fields), Old::<F, V>::new(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Old::<F, V>::new(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visit {
    ($($method:ident($value:ty))*) => { $(
        fn $method<E: serde::de::Error>(self, value: $value) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )* };
}

impl<'de, F: Fields, V: Visitor<'de>> Visitor<'de> for Old<F, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit! {
        visit_bool(bool) visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128) visit_f32(f32) visit_f64(f64)
        visit_char(char) visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, reader: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Old::<F, D>::new(reader))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, reader: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Old::<F, D>::new(reader))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Old::<F, A>::new(access))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Old::<F, A>::new(access))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Old::<F, A>::new(access))
    }
}

impl<'de, F: Fields, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Old<F, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Old::<F, D>::new(reader))
    }
}

impl<'de, F: Fields, A: SeqAccess<'de>> SeqAccess<'de> for Old<F, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Old::<F, S>::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, F: Fields, A: MapAccess<'de>> MapAccess<'de> for Old<F, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(Old::<F, S>::new(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Old::<F, S>::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, F: Fields, A: EnumAccess<'de>> EnumAccess<'de> for Old<F, A> {
    type Error = A::Error;
    type Variant = Old<F, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(Old::<F, S>::new(seed))?;
        Ok((value, Old::new(variant)))
    }
}

impl<'de, F: Fields, A: VariantAccess<'de>> VariantAccess<'de> for Old<F, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Old::<F, S>::new(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Old::<F, V>::new(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Old::<F, V>::new(visitor))
    }
}
