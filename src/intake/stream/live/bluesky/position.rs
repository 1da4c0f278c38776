//! Where a stream is resumed.

use std::fmt::Write as _;

use compact_str::CompactString;

use crate::domain::time::Timestamp;
use crate::intake::stream::{Cursor, NotResumed};

/// The kind of a stream, as its cursors name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Jetstream, version 1.
    JetstreamV1,
    /// Jetstream, version 2.
    JetstreamV2,
    /// The stream of repositories.
    Repos,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::JetstreamV1 => "jetstream-v1",
            Self::JetstreamV2 => "jetstream-v2",
            Self::Repos => "repos",
        }
    }
}

/// A position in the stream of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// The host's address. Empty for an instant that no host named.
    pub(super) host: CompactString,
    /// The host's number of the last event; 0 if it numbers none.
    pub(super) seq: u64,
    /// The time of the last event, in microseconds since 1970.
    pub(super) time_us: u64,
}

impl Position {
    /// A position of no host: what was posted from that instant on.
    pub(super) fn from(now: Timestamp) -> Self {
        Self { host: CompactString::default(), seq: 0, time_us: us(now) }
    }

    /// Reads a cursor: `KIND SEQ TIME_US HOST`.
    pub(super) fn parse(kind: Kind, cursor: &Cursor) -> Result<Self, NotResumed> {
        let mut parts = cursor.0.splitn(4, ' ');
        let (Some(name), Some(seq), Some(time_us), Some(host)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotResumed::NotACursor);
        };
        match (seq.parse(), time_us.parse()) {
            (Ok(seq), Ok(time_us)) if name == kind.name() => Ok(Self { host: host.into(), seq, time_us }),
            _ => Err(NotResumed::NotACursor),
        }
    }

    pub(super) fn cursor(&self, kind: Kind) -> Cursor {
        let mut text = CompactString::default();
        write!(text, "{} {} {} {}", kind.name(), self.seq, self.time_us, self.host)
            .expect("texts can be written");
        Cursor(text)
    }

    /// The time of the last event.
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_ms(i64::try_from(self.time_us / 1000).unwrap_or(i64::MAX))
    }
}

/// An instant in microseconds since 1970.
pub(super) fn us(at: Timestamp) -> u64 {
    at.ms().unsigned_abs().saturating_mul(1000)
}
