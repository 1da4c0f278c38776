//! The stream of repositories of a relay or of a single server: signed commits, read without their signatures.

use compact_str::{CompactString, format_compact};

use super::commit_lines::append_lines;
use super::frame::Frame;
use super::jetstream_v1::refusal;
use super::link::{LOOK, Link, LinkStep};
use super::position::{Kind, Position, us};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::live::{Health, LiveSource, Step};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};

/// Failures in a row after which another host is tried: late, because a host's numbers are its own, so that what was
/// posted in between is lost at another one.
const FAILURES_PER_HOST: u32 = 8;
/// Fresh events in a row that show that nothing old comes any more. An event's time is its author's server's word.
const FRESH_NEEDED: u32 = 16;

/// The stream of repositories (`com.atproto.sync.subscribeRepos`).
///
/// The time of a post is that of its arrival, and in a catch-up the time that its author's server claims, but never before
/// the interruption.
#[derive(Debug)]
pub struct Repos {
    link: Link,
    position: Option<Position>,
    /// The beginning of a gap; the next event ends it.
    gap_from: Option<Timestamp>,
    gap: Option<(Timestamp, Timestamp)>,
    faults: u64,
}

impl Repos {
    /// Reads from the first of `hosts` that can be had, such as `wss://bsky.network`, from a cursor on, or from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream.
    pub fn new(hosts: Vec<CompactString>, after: Option<&Cursor>, seed: u64) -> Result<Self, NotResumed> {
        let position = after.map(|cursor| Position::parse(Kind::Repos, cursor)).transpose()?;
        let mut link = Link::new(hosts, seed, FAILURES_PER_HOST, FRESH_NEEDED);
        if let Some(position) = &position {
            link.prefer(&position.host);
            link.resume_after(position.time());
        }
        Ok(Self { link, position, gap_from: None, gap: None, faults: 0 })
    }

    /// The number of the last event, if the host knows it.
    fn resume_at(&self) -> Option<u64> {
        let position = self.position.as_ref().filter(|position| position.host == *self.link.host())?;
        Some(position.seq).filter(|seq| *seq > 0)
    }

    fn opening(&self) -> Opening {
        let mut url = format!("{}/xrpc/com.atproto.sync.subscribeRepos", self.link.host());
        if let Some(seq) = self.resume_at() {
            url.push_str("?cursor=");
            url.push_str(itoa::Buffer::new().format(seq));
        }
        Opening::WebSocket(Request::get(url))
    }

    fn take(&mut self, message: &[u8], now: Timestamp, lines: &mut Vec<u8>) {
        self.link.heard(now);
        match Frame::read(message) {
            Some(Frame::Commit(commit)) => {
                let at = self.move_to(commit.seq, Some(commit.time), now);
                self.faults += append_lines(lines, &commit, us(at));
            }
            Some(Frame::Other(event)) => {
                if let Some(seq) = event.seq {
                    self.move_to(seq, event.time, now);
                }
            }
            Some(Frame::Info(name)) if name == "OutdatedCursor" => {
                self.gap_from = self.position.as_ref().map(Position::time);
            }
            Some(Frame::Info(_)) => {}
            Some(Frame::Error(name)) => self.take_error(&name, now),
            None => self.faults += 1,
        }
    }

    fn take_error(&mut self, name: &str, now: Timestamp) {
        // The host began to number anew, so nobody knows what it had in between.
        if name == "FutureCursor" {
            self.gap_from = self.position.as_ref().map(Position::time);
            self.position = self.position.take().map(|position| Position { seq: 0, ..position });
        }
        self.link.fail(format_compact!("the host says {name}"), now);
    }

    /// Moves behind an event, and returns its time.
    fn move_to(&mut self, seq: u64, claimed: Option<&str>, now: Timestamp) -> Timestamp {
        let claimed = claimed.and_then(|time| time.parse().ok());
        let at = self.link.believed(claimed, now);
        self.link.note(claimed.unwrap_or(now), now);
        let position = self.position.get_or_insert_with(|| Position::from(now));
        if position.host != *self.link.host() {
            position.host = self.link.host().clone();
        }
        (position.seq, position.time_us) = (seq, us(at));
        if let Some(from) = self.gap_from.take() {
            self.gap = Some((from, at.max(from)));
        }
        at
    }
}

impl LiveSource for Repos {
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
        let resumes = self.resume_at().is_some();
        if !resumes && let Some(position) = &self.position {
            // At another host nothing of the interruption can be asked for.
            self.gap = Some((self.gap_from.take().unwrap_or_else(|| position.time()), now));
        }
        self.link.opened(now, resumes);
        if !resumes {
            // An interruption before the first event is one as well.
            self.position = Some(Position::from(now));
        }
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        match received {
            Received::Binary(message) => self.take(message, now, lines),
            Received::Text(_) => {
                self.link.heard(now);
                self.faults += 1;
            }
            Received::Alive => self.link.alive(now),
            Received::Nothing => self.link.quiet(now),
            Received::Closed(reason) => self.link.fail(reason, now),
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        self.position.as_ref().map(|position| position.cursor(Kind::Repos))
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
