//! Jetstream, version 1: lines of JSON over a WebSocket, resumed by time.

use compact_str::CompactString;
use serde::Deserialize;

use super::line_scan::{append_line, number};
use super::position::{Kind, Position};
use super::progress::Progress;
use super::source::{BlueskySource, Feed};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Opening, Request};
use crate::networks::bluesky::{POSTS, REPOSTS};

/// How far before its position a stream is resumed at another host, whose clock and order differ.
pub(super) const OVERLAP: Millis = Millis::from_secs(30);
/// How long hosts keep events. They begin later without a word if more is asked for.
const KEPT: Millis = Millis::from_secs(36 * 3600);

/// Jetstream, version 1.
pub type JetstreamV1 = BlueskySource<TimedEvents>;

/// The events of version 1, each with its time.
#[derive(Debug)]
pub struct TimedEvents;

impl JetstreamV1 {
    /// Reads from the first of `hosts` that can be had, such as `wss://jetstream2.us-east.bsky.network`, from a cursor on,
    /// or from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream.
    pub fn new(hosts: Vec<CompactString>, after: Option<&Cursor>, seed: u64) -> Result<Self, NotResumed> {
        Self::resume(TimedEvents, hosts, after, seed)
    }
}

/// The instant from which to read, in microseconds.
fn resume_at(progress: &Progress) -> Option<u64> {
    let position = progress.resumes_behind()?;
    let overlap = if position.host == *progress.link.host() { Millis::ZERO } else { OVERLAP };
    Some(position.time_us.saturating_sub(overlap.ms().unsigned_abs() * 1000))
}

/// The time of a line whose fields stand in another order than the servers' own.
fn parsed_time(message: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Line {
        time_us: u64,
    }
    serde_json::from_slice(message).ok().map(|Line { time_us }| time_us)
}

impl Feed for TimedEvents {
    const KIND: Kind = Kind::JetstreamV1;

    fn opening(&self, progress: &Progress) -> Opening {
        let host = progress.link.host();
        let mut url = format!("{host}/subscribe?wantedCollections={POSTS}&wantedCollections={REPOSTS}");
        if let Some(us) = resume_at(progress) {
            url.push_str("&cursor=");
            url.push_str(itoa::Buffer::new().format(us));
        }
        Opening::WebSocket(Request::get(url))
    }

    fn opened(&mut self, progress: &mut Progress, now: Timestamp) {
        let asked = progress.resumes_behind().map(Position::time);
        match asked {
            Some(from) if now.since(from) > KEPT => {
                let oldest = now.minus(KEPT);
                progress.gap.widen((from, oldest));
                progress.expect_from(oldest);
            }
            _ => progress.expect_position(),
        }
        progress.begin(asked.is_some(), now);
    }

    fn text(&mut self, message: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        progress.link.heard(now);
        match number(message, b"\"time_us\":", 1).or_else(|| parsed_time(message)) {
            Some(time_us) => {
                let position = progress.position_here(now);
                position.time_us = time_us;
                let at = position.time();
                progress.link.note(at, now);
                progress.find(time_us, now);
                progress.settle(now);
            }
            None => progress.faults += 1,
        }
        append_line(lines, message);
    }
}
