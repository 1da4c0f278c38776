//! The source of Bluesky's streams: one connection, one position, and a feed that knows the form of its messages.

use compact_str::{CompactString, format_compact};

use super::link::{LOOK, Link, LinkStep};
use super::position::{Kind, Position};
use super::progress::Progress;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::live::{Health, LiveSource, Step};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};

/// What differs between the streams: how one is opened, and how its messages are read.
pub trait Feed: Send {
    /// What its cursors are called.
    const KIND: Kind;
    /// Failures in a row after which another host is tried.
    const FAILURES_PER_HOST: u32 = 2;
    /// Fresh events in a row that show that nothing old comes any more.
    const FRESH_NEEDED: u32 = 1;

    /// The request whose answer it needs before the stream is opened.
    fn request(&self, _progress: &Progress) -> Option<Request> {
        None
    }

    /// The answer to that request.
    fn answered(&mut self, _answer: &Result<Answer, Unanswered>, _progress: &mut Progress, _now: Timestamp) {}

    /// How the stream is opened behind the position.
    fn opening(&self, progress: &Progress) -> Opening;

    /// The stream is open.
    fn opened(&mut self, progress: &mut Progress, now: Timestamp) {
        let resumes = progress.position.is_some();
        progress.begin(resumes, now);
    }

    /// Reads a refusal; returns whether the same host is to be asked for something else.
    fn asks_otherwise(&mut self, _refusal: &Answer, _progress: &mut Progress) -> bool {
        false
    }

    /// A message of text. A stream that has none counts it as damaged.
    fn text(&mut self, _message: &[u8], progress: &mut Progress, now: Timestamp, _lines: &mut Vec<u8>) {
        progress.damaged(now);
    }

    /// A message of bytes. A stream that has none counts it as damaged.
    fn binary(&mut self, _message: &[u8], progress: &mut Progress, now: Timestamp, _lines: &mut Vec<u8>) {
        progress.damaged(now);
    }
}

/// Reads one of Bluesky's streams.
#[derive(Debug)]
pub struct BlueskySource<F> {
    feed: F,
    progress: Progress,
}

impl<F: Feed> BlueskySource<F> {
    /// Reads `feed` from the first of `hosts` that can be had, from a cursor on, or from now on.
    pub(super) fn resume(
        feed: F,
        hosts: Vec<CompactString>,
        after: Option<&Cursor>,
        seed: u64,
    ) -> Result<Self, NotResumed> {
        let position = after.map(|cursor| Position::parse(F::KIND, cursor)).transpose()?;
        let link = Link::new(hosts, seed, F::FAILURES_PER_HOST, F::FRESH_NEEDED);
        Ok(Self { feed, progress: Progress::new(link, position) })
    }
}

impl<F: Feed> LiveSource for BlueskySource<F> {
    fn format(&self) -> Format {
        Format::Bluesky
    }

    fn next(&mut self, now: Timestamp) -> Step {
        match self.progress.link.next(now) {
            LinkStep::Open => match self.feed.request(&self.progress) {
                Some(request) => Step::Exchange(request),
                None => Step::Open(self.feed.opening(&self.progress)),
            },
            LinkStep::Receive => Step::Receive(LOOK),
            LinkStep::Wait(until) => Step::Wait(until),
            LinkStep::Close => Step::Close,
        }
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, _lines: &mut Vec<u8>) {
        self.feed.answered(&answer, &mut self.progress, now);
    }

    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp) {
        let Err(fault) = opened else { return self.feed.opened(&mut self.progress, now) };
        let (reason, asks_otherwise) = match &fault {
            NotOpened::Refused(answer) => (
                format_compact!("the host answers with status {}", answer.status),
                self.feed.asks_otherwise(answer, &mut self.progress),
            ),
            NotOpened::Unanswered(fault) => (format_compact!("{fault}"), false),
        };
        if asks_otherwise {
            self.progress.link.ask_otherwise(reason, now);
        } else {
            self.progress.link.fail(reason, now);
        }
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        match received {
            Received::Text(message) => self.feed.text(message, &mut self.progress, now, lines),
            Received::Binary(message) => self.feed.binary(message, &mut self.progress, now, lines),
            Received::Alive => self.progress.link.alive(now),
            Received::Nothing => {
                self.progress.link.quiet(now);
                self.progress.settle(now);
            }
            Received::Closed(reason) => self.progress.link.fail(reason, now),
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        self.progress.resumes_behind().map(|position| position.cursor(F::KIND))
    }

    fn health(&self) -> Health {
        self.progress.link.health()
    }

    fn behind(&self, now: Timestamp) -> Millis {
        self.progress.link.behind(now)
    }

    fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.progress.gap.take()
    }

    fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.progress.faults)
    }
}
