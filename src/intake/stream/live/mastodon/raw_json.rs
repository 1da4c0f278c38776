//! The parts of a JSON text, as texts: what is not looked into stays as the server wrote it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// A field of an object.
pub(super) struct RawField<'a> {
    /// The name.
    pub(super) name: Cow<'a, str>,
    /// The name with its quotes, as it was written.
    pub(super) written: &'a str,
    /// The value.
    pub(super) value: &'a str,
}

/// The values of an array; `None` if the text is none.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let mut elements = Vec::new();
    let end = each_part(text, '[', ']', |rest| {
        let (value, rest) = split_value(rest)?;
        elements.push(value);
        Some(rest)
    })?;
    end.trim_ascii().is_empty().then_some(elements)
}

/// The fields of an object; `None` if the text is none.
pub(super) fn fields(text: &str) -> Option<Vec<RawField<'_>>> {
    let mut fields = Vec::new();
    let end = each_part(text, '{', '}', |rest| {
        let (written, rest) = split_value(rest)?;
        let (value, rest) = split_value(rest.trim_ascii_start().strip_prefix(':')?)?;
        fields.push(RawField { name: string(written)?, written, value });
        Some(rest)
    })?;
    end.trim_ascii().is_empty().then_some(fields)
}

/// The content of a JSON string; `None` if the text is another value.
pub(super) fn string(text: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str(text).ok().map(|Text(text)| text)
}

/// Takes part after part, with commas between them, until the closing bracket. Returns what follows it.
fn each_part<'a>(
    text: &'a str,
    opening: char,
    closing: char,
    mut part: impl FnMut(&'a str) -> Option<&'a str>,
) -> Option<&'a str> {
    let mut rest = text.trim_ascii_start().strip_prefix(opening)?.trim_ascii_start();
    if let Some(end) = rest.strip_prefix(closing) {
        return Some(end);
    }
    loop {
        rest = part(rest)?.trim_ascii_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => return rest.strip_prefix(closing),
        }
    }
}

/// The value at the start of the text, and the rest. The parser skips values without recursion.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_ascii_start();
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    text.split_at_checked(values.byte_offset())
}

#[cfg(test)]
mod tests {
    use super::{elements, fields, string};

    #[test]
    fn an_array_is_split_into_its_values() {
        for (text, values) in [
            ("[]", Some(vec![])),
            (" [ ] ", Some(vec![])),
            (r#"[1,"a,]",{"b":[2]},null]"#, Some(vec!["1", r#""a,]""#, r#"{"b":[2]}"#, "null"])),
            ("[ true , 2.5e3 ]", Some(vec!["true", "2.5e3"])),
            ("[1,]", None),
            ("[1 2]", None),
            ("[1", None),
            ("[1]x", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(elements(text), values, "{text}");
        }
    }

    #[test]
    fn an_object_is_split_into_its_fields() {
        let split = |text| {
            let each = |fields: Vec<super::RawField<'_>>| {
                fields
                    .iter()
                    .map(|field| format!("{}={}", field.name, field.value))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            fields(text).map(each)
        };
        for (text, shown) in [
            ("{}", Some("")),
            (r#"{"id":"1","a":{"id":"2"}}"#, Some(r#"id="1" a={"id":"2"}"#)),
            (r#"{ "\u0069d" : "1" , "b" : [ 1 ] }"#, Some(r#"id="1" b=[ 1 ]"#)),
            (r#"{"a"}"#, None),
            (r#"{"a":1,}"#, None),
            (r#"{1:2}"#, None),
            ("[]", None),
        ] {
            assert_eq!(split(text).as_deref(), shown, "{text}");
        }
        assert_eq!(string(r#""a\/b""#).as_deref(), Some("a/b"));
        assert_eq!(string("7"), None);
    }
}
