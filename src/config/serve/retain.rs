//! How much history a data directory keeps.

use std::fmt;
use std::str::FromStr;

/// Upper bound on the snapshots that are kept.
const SNAPSHOTS_MOST: u8 = 100;

/// Snapshots that are kept along with all segments. There they only make a start quick.
const BESIDE_HISTORY: usize = 2;

/// What is kept after a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retain {
    /// Every segment: the history can be verified from its first record on.
    #[default]
    History,
    /// That many snapshots, and the segments that the oldest of them does not cover.
    Snapshots(u8),
}

impl Retain {
    /// The number of snapshots that are kept.
    #[must_use]
    pub fn snapshots(self) -> usize {
        match self {
            Self::History => BESIDE_HISTORY,
            Self::Snapshots(count) => usize::from(count),
        }
    }
}

/// The error of a text that is no retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither \"history\" nor a number of snapshots (1 to {SNAPSHOTS_MOST}), as \"2 snapshots\"")]
pub struct NotARetention;

impl FromStr for Retain {
    type Err = NotARetention;

    fn from_str(text: &str) -> Result<Self, NotARetention> {
        if text == "history" {
            return Ok(Self::History);
        }
        let (count, noun) = text.split_once(' ').ok_or(NotARetention)?;
        let count = count.parse().map_err(|_| NotARetention)?;
        let noun_fits = noun == if count == 1 { "snapshot" } else { "snapshots" };
        let sound = noun_fits && (1..=SNAPSHOTS_MOST).contains(&count);
        sound.then_some(Self::Snapshots(count)).ok_or(NotARetention)
    }
}

impl fmt::Display for Retain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::History => f.write_str("history"),
            Self::Snapshots(1) => f.write_str("1 snapshot"),
            Self::Snapshots(count) => write!(f, "{count} snapshots"),
        }
    }
}
