//! The source: what it does next, and what it makes of the stream.

use compact_str::CompactString;
use serde::de::IgnoredAny;

use super::connection::{Connection, Transport};
use super::delivered::Delivered;
use super::event::{Event, EventLines, frame};
use super::feed::{self, Feed, Name};
use super::line::{self, Line, Tells};
use super::pace::Backoff;
use super::position::Positions;
use super::round::{Held, Round};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::live::gap::Gap;
use crate::intake::stream::live::{Health, LiveSource, Step};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, NotOpened, Received, Unanswered};
use crate::networks::mastodon::Server;

/// Messages of the stream that are taken between two pages.
const BETWEEN_PAGES: u32 = 200;

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account's server.
    pub server: Server,
    /// The address of its streams, as the server names it.
    pub streaming: Option<String>,
    /// How posts come as they are made.
    pub transport: Transport,
    /// Whether to read mentions of the account, and reposts of its statuses.
    pub notifications: bool,
    /// Hashtags to read, without their signs.
    pub tags: Vec<CompactString>,
    /// Seed of the jitter of waits.
    pub seed: u64,
}

/// Reads the account's feeds at one server.
#[derive(Debug)]
pub struct MastodonSource {
    pub(super) server: Server,
    pub(super) feeds: Vec<Feed>,
    pub(super) connection: Connection,
    pub(super) delivered: Delivered,
    event_lines: EventLines,
    /// Messages that may still be taken before the next request.
    pub(super) to_take: u32,
    /// The reading that is under way.
    pub(super) round: Option<Round>,
    /// The feed whose page was asked for.
    pub(super) asked: Option<Name>,
    /// When the next reading begins.
    pub(super) next_round_at: Timestamp,
    /// When the next request may be made.
    pub(super) reads_from: Timestamp,
    pub(super) read_backoff: Backoff,
    pub(super) reading_is_signed_out: bool,
    /// Whether posts were missed that are still to be read.
    pub(super) is_resuming: bool,
    /// Whether each feed that is given has a position. Before that there is no cursor: a process that resumed at it would
    /// begin a feed without one behind what was posted since.
    pub(super) has_begun: bool,
    /// Whether the connection carries a feed that is not wanted any more.
    has_other_feed: bool,
    /// Posts of the stream that wait for those; `None` if none waits.
    pub(super) held: Option<Held>,
    /// Everything that the server had at this time is delivered.
    pub(super) current_until: Option<Timestamp>,
    /// What cannot be read any more.
    pub(super) gap: Gap,
    /// Events of the stream that could not be read.
    faults: u64,
}

impl MastodonSource {
    /// Resumes at `cursor`; without one, begins with what is posted from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream or of another server.
    pub fn new(settings: Settings, cursor: Option<&Cursor>) -> Result<Self, NotResumed> {
        let Settings { server, streaming, transport, notifications, tags, seed } = settings;
        let positions = Positions::read(cursor, server.host())?;
        let names = notifications.then_some(Name::Notifications).into_iter().chain(names(tags));
        let feeds = names.map(|name| Feed::new(name.clone(), positions.of(&name))).collect();
        let streaming = streaming.unwrap_or_else(|| server.default_streaming());
        Ok(Self {
            server,
            feeds,
            connection: Connection::new(transport, streaming, seed),
            delivered: Delivered::default(),
            event_lines: EventLines::default(),
            to_take: 0,
            round: None,
            asked: None,
            next_round_at: Timestamp::MIN,
            reads_from: Timestamp::MIN,
            read_backoff: Backoff::new(!seed),
            reading_is_signed_out: false,
            is_resuming: true,
            has_begun: cursor.is_some(),
            has_other_feed: false,
            held: None,
            current_until: None,
            gap: Gap::default(),
            faults: 0,
        })
    }

    /// Reads these hashtags, and no others.
    fn follow(&mut self, wanted: &[Name]) {
        let first = self.first().cloned();
        let is_wanted = |feed: &Feed| feed.name == Name::Notifications || wanted.contains(&feed.name);
        let (kept, dropped): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.feeds).into_iter().partition(is_wanted);
        let kept_only = kept.len();
        self.feeds = kept;
        for feed in &dropped {
            self.connection.say("unsubscribe", &feed.name);
        }
        for name in wanted {
            if self.feeds.iter().all(|feed| feed.name != *name) {
                self.connection.say("subscribe", name);
                self.feeds.push(Feed::new(name.clone(), None));
            }
        }
        if dropped.is_empty() && self.feeds.len() == kept_only {
            return;
        }
        self.abandon_round();
        self.next_round_at = Timestamp::MIN;
        // A connection of server-sent events has its feed in its address.
        self.has_other_feed |=
            self.connection.transport() == Transport::Events && first.as_ref() != self.first();
    }

    fn first(&self) -> Option<&Name> {
        self.feeds.first().map(|feed| &feed.name)
    }

    fn lose(&mut self, reason: &str, now: Timestamp) {
        self.connection.lost(reason, now);
        self.is_resuming = true;
        self.next_round_at = now;
    }

    /// Takes an event of the stream.
    fn take(&mut self, event: Event<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        let line = match event {
            Event::Status(text) => {
                let line = line::status(&self.server, &text, None);
                self.faults += u64::from(line.is_none());
                line
            }
            Event::Notification(text) => {
                let line = feed::notified(&self.server, &text);
                // Most kinds of notifications are about no post, and are whole.
                let is_whole = line.is_some() || serde_json::from_str::<IgnoredAny>(&text).is_ok();
                self.faults += u64::from(!is_whole);
                line
            }
            Event::Deleted(id) => self.server.post(&id).map(|id| Line {
                id: compact_str::ToCompactString::to_compact_string(&id),
                author: None,
                posted_at: Some(now),
                tells: Tells::Deletion(now),
            }),
            Event::Error(401) => {
                self.connection.signed_out(now);
                None
            }
            Event::Damaged => {
                self.faults += 1;
                None
            }
            Event::Error(_) | Event::Other => None,
        };
        let Some(line) = line else { return };
        match &mut self.held {
            None => self.deliver(vec![line], lines),
            Some(held) => {
                if held.add(line) {
                    self.release(lines);
                }
            }
        }
    }

    /// Delivers posts in the order of their own times. Of two lines of one post the first one counts; a post whose time
    /// cannot be read comes first, because it is no claim.
    pub(super) fn deliver(&mut self, mut posts: Vec<Line>, lines: &mut Vec<u8>) {
        posts.sort_by_key(|line| line.posted_at);
        for Line { id, author, tells, .. } in posts {
            let text = match tells {
                Tells::Post(text) => self.delivered.add(&id, author.as_ref()).then_some(text),
                Tells::Deletion(at) => {
                    self.delivered.author(&id).and_then(|author| line::deletion(&id, author, at))
                }
            };
            if let Some(text) = text {
                lines.extend_from_slice(text.as_bytes());
                lines.push(b'\n');
            }
        }
    }

    fn is_signed_out(&self) -> bool {
        self.connection.is_signed_out || self.reading_is_signed_out
    }

    fn is_live(&self) -> bool {
        !self.is_signed_out() && self.connection.is_settled() && !self.is_resuming
    }
}

fn names(tags: impl IntoIterator<Item = CompactString>) -> impl Iterator<Item = Name> {
    let mut seen = std::collections::BTreeSet::new();
    tags.into_iter().map(|tag| tag.to_lowercase()).filter_map(move |tag| {
        let is_new = !tag.is_empty() && seen.insert(tag.clone());
        is_new.then_some(Name::Tag(tag))
    })
}

impl LiveSource for MastodonSource {
    fn format(&self) -> Format {
        Format::Mastodon
    }

    fn set_tags(&mut self, tags: &[String]) {
        let wanted: Vec<Name> = names(tags.iter().map(CompactString::from)).collect();
        self.follow(&wanted);
    }

    fn next(&mut self, now: Timestamp) -> Step {
        if std::mem::take(&mut self.has_other_feed) && self.connection.is_open() {
            self.connection.close("another hashtag is wanted", now);
            (self.is_resuming, self.next_round_at) = (true, now);
        }
        if self.connection.dies_at().is_some_and(|at| at <= now) {
            self.lose("nothing came for too long", now);
        }
        if self.connection.take_close() {
            return Step::Close;
        }
        if self.connection.opens_at().is_some_and(|at| at <= now) {
            let first = self.first().cloned();
            return Step::Open(self.connection.opening(first.as_ref()));
        }
        if let Some(message) = self.connection.next_message() {
            return Step::Send(message);
        }
        if self.to_take > 0 && self.connection.is_open() {
            return Step::Receive(Millis::ZERO);
        }
        if let Some(request) = self.next_request(now) {
            return Step::Exchange(request);
        }
        let events = [self.connection.opens_at(), self.connection.dies_at(), Some(self.next_request_at())];
        let until = events.into_iter().flatten().min().unwrap_or(now).max(now.plus(Millis::from_ms(1)));
        if self.connection.is_open() { Step::Receive(until.since(now)) } else { Step::Wait(until) }
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, lines: &mut Vec<u8>) {
        self.read_page(answer, now, lines);
        self.to_take = BETWEEN_PAGES;
    }

    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp) {
        (self.event_lines, self.to_take) = (EventLines::default(), 0);
        match opened {
            Ok(()) => {
                self.connection.opened(self.feeds.iter().map(|feed| &feed.name), now);
                self.resume(now);
            }
            Err(why) => self.connection.not_opened(&why, now),
        }
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        self.to_take = self.to_take.saturating_sub(1);
        match received {
            Received::Nothing => self.to_take = 0,
            Received::Alive | Received::Binary(_) => self.connection.heard(now),
            Received::Text(text) => {
                self.connection.heard(now);
                let event = match self.connection.transport() {
                    Transport::Events => self.event_lines.take(text),
                    Transport::WebSocket | Transport::Polling => Some(frame(text)),
                };
                if let Some(event) = event {
                    self.take(event, now, lines);
                }
            }
            Received::Closed(reason) => self.lose(reason, now),
        }
        if self.is_live() {
            self.current_until = Some(now);
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        if self.has_begun { Positions::cursor(self.server.host(), &self.feeds) } else { None }
    }

    fn health(&self) -> Health {
        if self.is_signed_out() {
            Health::SignedOut("the server does not accept the access token".into())
        } else if !self.connection.is_settled() {
            Health::Connecting(self.connection.reason())
        } else if self.is_resuming {
            Health::CatchingUp
        } else {
            Health::Live
        }
    }

    fn shortfall(&self) -> Option<CompactString> {
        self.connection.shortfall()
    }

    fn behind(&self, now: Timestamp) -> Millis {
        match self.current_until {
            Some(until) if !self.is_live() => now.since(until),
            _ => Millis::ZERO,
        }
    }

    fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.gap.take()
    }

    fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.faults)
    }
}
