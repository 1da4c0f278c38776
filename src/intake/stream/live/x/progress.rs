//! Up to which post everything was delivered.

use compact_str::format_compact;

use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::Cursor;
use crate::networks::x::snowflake;

/// What a cursor begins with.
const PREFIX: &str = "x/";

/// The progress of a source, by the ids of posts, which hold their times.
#[derive(Debug)]
pub(super) struct Progress {
    /// Every post up to this id was delivered; 0 before there is such an id.
    complete_to: u64,
    /// The newest post that was delivered.
    newest: u64,
    /// How long a post may take to show.
    margin: Millis,
}

impl Progress {
    /// Resumes at a cursor `x/ID`; anything else is none.
    pub(super) fn resume(cursor: Option<&Cursor>, margin: Millis) -> Self {
        let id = cursor.and_then(|cursor| cursor.0.strip_prefix(PREFIX)).and_then(snowflake::parse);
        let complete_to = id.unwrap_or(0);
        Self { complete_to, newest: complete_to, margin }
    }

    /// Begins now, if there is no cursor.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.complete_to == 0 {
            self.complete_to = snowflake::first_at(now.minus(self.margin));
        }
    }

    /// Notes a post that was delivered.
    pub(super) fn see(&mut self, id: u64) {
        self.newest = self.newest.max(id);
    }

    /// Notes that the stream has come to the newest post. Posts come out of order by up to the margin, and others may
    /// wait unread behind this one, however late it is read.
    pub(super) fn advance(&mut self, now: Timestamp) {
        let shown = snowflake::first_at(now.minus(self.margin));
        let ordered = snowflake::earlier(self.newest, self.margin);
        self.complete_to = self.complete_to.max(ordered.min(shown));
    }

    /// Notes that everything that showed until `at` was delivered. What is younger than the margin may not have
    /// shown yet, so it comes again after an interruption.
    pub(super) fn settle(&mut self, at: Timestamp) {
        let shown = snowflake::first_at(at.minus(self.margin));
        self.complete_to = self.complete_to.max(self.newest.min(shown));
    }

    /// Gives up what is older than `oldest`, and returns the gap.
    pub(super) fn give_up(&mut self, oldest: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let from = self.since();
        let first = snowflake::first_at(oldest);
        if first <= self.complete_to {
            return None;
        }
        self.complete_to = first;
        Some((from, oldest))
    }

    /// The id behind which pages are asked for.
    pub(super) const fn complete_to(&self) -> u64 {
        self.complete_to
    }

    /// The time until which everything was delivered.
    pub(super) fn since(&self) -> Timestamp {
        snowflake::time_of(self.complete_to)
    }

    pub(super) fn cursor(&self) -> Option<Cursor> {
        (self.complete_to > 0).then(|| Cursor(format_compact!("{PREFIX}{}", self.complete_to)))
    }
}
