//! The cursor: the positions of all feeds.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::feed::{Feed, Name};
use crate::intake::stream::{Cursor, NotResumed};

/// The stored form.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Positions {
    /// The server, because positions are its own.
    host: CompactString,
    /// Id of a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notifications: Option<CompactString>,
    /// Ids of statuses, by hashtag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<CompactString, CompactString>,
}

impl Positions {
    /// Reads a cursor of `host`.
    ///
    /// # Errors
    /// When it is none of this kind, or another server's.
    pub(super) fn read(cursor: Option<&Cursor>, host: &str) -> Result<Self, NotResumed> {
        let Some(Cursor(text)) = cursor else { return Ok(Self::default()) };
        let positions: Self = serde_json::from_str(text).map_err(|_| NotResumed::NotACursor)?;
        if positions.host == host { Ok(positions) } else { Err(NotResumed::OtherSource) }
    }

    /// The position of a feed.
    pub(super) fn of(&self, name: &Name) -> Option<CompactString> {
        match name {
            Name::Notifications => self.notifications.clone(),
            Name::Tag(tag) => self.tags.get(tag).cloned(),
        }
    }

    /// The cursor of these feeds; `None` as long as none has a position. A feed without one is left out: it begins where
    /// it is when it is read first.
    pub(super) fn cursor(host: &str, feeds: &[Feed]) -> Option<Cursor> {
        let mut positions = Self { host: host.into(), ..Self::default() };
        for feed in feeds {
            match (&feed.name, feed.resumes_behind().cloned()) {
                (Name::Notifications, position) => positions.notifications = position,
                (Name::Tag(tag), Some(position)) => _ = positions.tags.insert(tag.clone(), position),
                (Name::Tag(_), None) => {}
            }
        }
        let is_empty = positions.notifications.is_none() && positions.tags.is_empty();
        let text = serde_json::to_string(&positions).ok().filter(|_| !is_empty)?;
        Some(Cursor(text.into()))
    }
}
