//! A reading of all feeds, page by page in turn, and the posts that wait for its end.

use std::collections::VecDeque;

use super::feed::Name;
use super::line::{Line, Tells};
use crate::domain::time::Timestamp;

/// Bytes of posts from the stream that wait until what was missed is read. If there are more, none waits any longer.
const HELD_BYTES_MAX: usize = 1 << 20;

/// A reading that is under way.
#[derive(Debug)]
pub(super) struct Round {
    /// When it began: everything that the server had then is delivered when it ends.
    pub(super) began_at: Timestamp,
    /// The feeds whose next page is to be read.
    pub(super) due: VecDeque<Name>,
    /// The feeds with more pages than the last one.
    pub(super) more: VecDeque<Name>,
    /// The posts of the pages of this turn.
    lines: Vec<Line>,
}

impl Round {
    pub(super) fn new(began_at: Timestamp, feeds: impl Iterator<Item = Name>) -> Self {
        Self { began_at, due: feeds.collect(), more: VecDeque::new(), lines: Vec::new() }
    }

    /// Adds the posts of a page.
    pub(super) fn add(&mut self, lines: Vec<Line>) {
        self.lines.extend(lines);
    }

    /// The posts of the turn.
    pub(super) fn take(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }
}

/// Posts of the stream that wait.
#[derive(Debug, Default)]
pub(super) struct Held {
    lines: Vec<Line>,
    bytes: usize,
}

impl Held {
    /// Keeps a post. Returns whether too many wait.
    pub(super) fn add(&mut self, line: Line) -> bool {
        self.bytes += if let Tells::Post(text) = &line.tells { text.len() } else { line.id.len() };
        self.lines.push(line);
        self.bytes > HELD_BYTES_MAX
    }

    /// The posts.
    pub(super) fn take(&mut self) -> Vec<Line> {
        std::mem::take(self).lines
    }
}
