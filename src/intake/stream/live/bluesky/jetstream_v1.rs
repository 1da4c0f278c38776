//! Jetstream, version 1: lines of JSON over a WebSocket, resumed by time.

use compact_str::CompactString;
use serde::Deserialize;

use super::line_scan::{append_line, number};
use super::link::{LOOK, Link, LinkStep};
use super::position::{Kind, Position};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::live::{Health, LiveSource, Step};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};
use crate::networks::bluesky::{POSTS, REPOSTS};

/// How far before its position a stream is resumed at another host, whose clock and order differ.
pub(super) const OVERLAP: Millis = Millis::from_secs(30);
/// How long hosts keep events. They begin later posts without a word if more is asked for.
const KEPT: Millis = Millis::from_secs(36 * 3600);
/// Failures in a row after which another host is tried.
pub(super) const FAILURES_PER_HOST: u32 = 2;

/// Jetstream, version 1.
#[derive(Debug)]
pub struct JetstreamV1 {
    link: Link,
    position: Option<Position>,
    gap: Option<(Timestamp, Timestamp)>,
    faults: u64,
}

impl JetstreamV1 {
    /// Reads from the first of `hosts` that can be had, such as `wss://jetstream2.us-east.bsky.network`, from a cursor on,
    /// or from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream.
    pub fn new(hosts: Vec<CompactString>, after: Option<&Cursor>, seed: u64) -> Result<Self, NotResumed> {
        let position = after.map(|cursor| Position::parse(Kind::JetstreamV1, cursor)).transpose()?;
        let mut link = Link::new(hosts, seed, FAILURES_PER_HOST, 1);
        if let Some(position) = &position {
            link.prefer(&position.host);
            link.resume_after(position.time());
        }
        Ok(Self { link, position, gap: None, faults: 0 })
    }

    /// The instant from which to read, in microseconds.
    fn resume_at(&self) -> Option<u64> {
        let position = self.position.as_ref()?;
        let overlap = if position.host == *self.link.host() { Millis::ZERO } else { OVERLAP };
        Some(position.time_us.saturating_sub(overlap.ms().unsigned_abs() * 1000))
    }

    fn opening(&self) -> Opening {
        let host = self.link.host();
        let mut url = format!("{host}/subscribe?wantedCollections={POSTS}&wantedCollections={REPOSTS}");
        if let Some(us) = self.resume_at() {
            url.push_str("&cursor=");
            url.push_str(itoa::Buffer::new().format(us));
        }
        Opening::WebSocket(Request::get(url))
    }

    fn take(&mut self, message: &[u8], now: Timestamp, lines: &mut Vec<u8>) {
        self.link.heard(now);
        match number(message, b"\"time_us\":", 1).or_else(|| parsed_time(message)) {
            Some(time_us) => {
                let position = self.position.get_or_insert_with(|| Position::from(now));
                // Written only when it changes: this is done for each post of the network.
                if position.host != *self.link.host() {
                    position.host = self.link.host().clone();
                }
                position.time_us = time_us;
                let at = position.time();
                self.link.note(at, now);
            }
            None => self.faults += 1,
        }
        append_line(lines, message);
    }
}

/// The time of a line whose fields stand in another order than the servers' own.
fn parsed_time(message: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Line {
        time_us: u64,
    }
    serde_json::from_slice(message).ok().map(|Line { time_us }| time_us)
}

/// Why a host refused the connection.
pub(super) fn refusal(opened: &NotOpened) -> CompactString {
    match opened {
        NotOpened::Refused(answer) => {
            compact_str::format_compact!("the host answers with status {}", answer.status)
        }
        NotOpened::Unanswered(fault) => compact_str::format_compact!("{fault}"),
    }
}

impl LiveSource for JetstreamV1 {
    fn format(&self) -> Format {
        Format::Bluesky
    }

    fn next(&mut self, now: Timestamp) -> Step {
        match self.link.next(now) {
            LinkStep::Open => Step::Open(self.opening()),
            LinkStep::Receive => Step::Receive(LOOK),
            LinkStep::Wait(until) => Step::Wait(until),
            LinkStep::Close => Step::Close,
        }
    }

    fn answered(&mut self, _answer: Result<Answer, Unanswered>, _now: Timestamp, _lines: &mut Vec<u8>) {}

    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp) {
        if let Err(fault) = opened {
            return self.link.fail(refusal(&fault), now);
        }
        if let Some(position) = &self.position
            && now.since(position.time()) > KEPT
        {
            self.gap = Some((position.time(), Timestamp::from_ms(now.ms() - KEPT.ms())));
        }
        self.link.opened(now, self.position.is_some());
        // An interruption before the first event is one as well.
        self.position.get_or_insert_with(|| Position::from(now));
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        match received {
            Received::Text(message) => self.take(message, now, lines),
            Received::Binary(_) => {
                self.link.heard(now);
                self.faults += 1;
            }
            Received::Alive => self.link.alive(now),
            Received::Nothing => self.link.quiet(now),
            Received::Closed(reason) => self.link.fail(reason, now),
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        self.position.as_ref().map(|position| position.cursor(Kind::JetstreamV1))
    }

    fn health(&self) -> Health {
        self.link.health()
    }

    fn behind(&self, now: Timestamp) -> Millis {
        self.link.behind(now)
    }

    fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.gap.take()
    }

    fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.faults)
    }
}
