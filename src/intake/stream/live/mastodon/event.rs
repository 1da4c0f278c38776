//! What comes on a stream: frames of the WebSocket, or server-sent events.

use std::borrow::Cow;

use serde::Deserialize;

/// Bytes of one server-sent event that are kept; a longer one is skipped.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A status, new or edited.
    Status(Cow<'a, str>),
    /// A notification.
    Notification(Cow<'a, str>),
    /// The id of a status that was deleted.
    Deleted(Cow<'a, str>),
    /// An error, with its status.
    Error(u16),
    /// Something else.
    Other,
    /// Nothing that can be read.
    Damaged,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Option<Cow<'a, str>>,
    error: Option<serde::de::IgnoredAny>,
    status: Option<u16>,
}

/// Reads a frame of the WebSocket.
pub(super) fn frame(text: &[u8]) -> Event<'_> {
    match serde_json::from_slice(text) {
        Ok(Frame { event: Some(event), payload: Some(payload), .. }) => named(&event, payload),
        Ok(Frame { error: Some(_), status, .. }) => Event::Error(status.unwrap_or(500)),
        Ok(_) => Event::Other,
        Err(_) => Event::Damaged,
    }
}

fn named<'a>(event: &str, payload: Cow<'a, str>) -> Event<'a> {
    match event {
        // An edit that adds the tag is told that edits do not buy.
        "update" | "status.update" => Event::Status(payload),
        "notification" => Event::Notification(payload),
        "delete" => Event::Deleted(payload),
        _ => Event::Other,
    }
}

/// Joins the lines of server-sent events.
#[derive(Debug, Default)]
pub(super) struct EventLines {
    event: String,
    data: String,
    is_overlong: bool,
}

impl EventLines {
    /// Takes a line; an empty one ends the event.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<Event<'static>> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            let Self { event, data, is_overlong } = std::mem::take(self);
            return (!event.is_empty() && !is_overlong).then(|| named(&event, Cow::Owned(data)));
        }
        // A line without a colon is a field without a value, and one that begins with a colon is a heartbeat.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => self.add(value),
            _ => {}
        }
        None
    }

    fn add(&mut self, value: &str) {
        if self.data.len() + value.len() > EVENT_BYTES_MAX {
            self.data.clear();
            self.is_overlong = true;
        } else if !self.is_overlong {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(value);
        }
    }
}
