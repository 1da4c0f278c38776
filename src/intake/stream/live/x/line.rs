//! What came on a stream, as far as the stream must know it.

use compact_str::CompactString;
use serde::Deserialize;

use crate::networks::x::{Problem, snowflake};

/// A line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing: the stream is alive.
    Heartbeat,
    /// An item; the id of its post, if it has one.
    Item(Option<u64>),
    /// A message of a kind that is not known, which X asks clients to skip.
    Other,
    /// Why the stream ends now.
    End(Problem),
    /// No JSON, as when the stream broke within a line.
    Broken,
}

#[derive(Deserialize)]
struct Body {
    data: Option<Item>,
    #[serde(default)]
    errors: Vec<serde::de::IgnoredAny>,
    connection_issue: Option<CompactString>,
}

/// A post, or an event with one.
#[derive(Deserialize)]
struct Item {
    id: Option<CompactString>,
    payload: Option<Post>,
}

#[derive(Deserialize)]
struct Post {
    id: Option<CompactString>,
}

impl Line {
    /// Reads a line without its end.
    pub(super) fn read(line: &[u8]) -> Self {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Self::Heartbeat;
        }
        match serde_json::from_slice::<Body>(line) {
            Ok(Body { data: Some(item), .. }) => {
                let id = item.id.or_else(|| item.payload.and_then(|post| post.id));
                Self::Item(id.and_then(|id| snowflake::parse(&id)))
            }
            Ok(body) if !body.errors.is_empty() || body.connection_issue.is_some() => {
                Self::End(Problem::read(line))
            }
            Ok(_) => Self::Other,
            // Whatever its fields are, JSON came whole; the format tells what is wrong with it.
            Err(_) if serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok() => Self::Item(None),
            Err(_) => Self::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_line_is_an_item_a_sign_of_life_an_end_or_broken() {
        let table = [
            ("", "Heartbeat"),
            ("\r", "Heartbeat"),
            (r#"{"data":{"id":"7"},"errors":[{"title":"t"}]}"#, "Item(Some(7))"),
            (r#"{"data":{"event_uuid":"1","payload":{"id":"8"}}}"#, "Item(Some(8))"),
            (r#"{"data":{"id":7}}"#, "Item(None)"),
            (r#"{"data":{}}"#, "Item(None)"),
            ("[1]", "Item(None)"),
            (r#"{"system":1}"#, "Other"),
            (r#"{"data":{"id":"7"#, "Broken"),
            ("\u{0}", "Broken"),
        ];
        for (line, expected) in table {
            assert_eq!(format!("{:?}", Line::read(line.as_bytes())), expected, "{line}");
        }
        let ends = [
            r#"{"errors":[{"title":"operational-disconnect","disconnect_type":"SlowReader"}]}"#,
            r#"{"title":"ConnectionException","connection_issue":"TooManyConnections"}"#,
        ];
        for line in ends {
            assert!(matches!(Line::read(line.as_bytes()), Line::End(_)), "{line}");
        }
    }
}
