//! The connection to the server's streams: when it is opened, what is said on it, and when it counts as dead.

use std::collections::VecDeque;

use compact_str::CompactString;
use url::form_urlencoded::byte_serialize;

use super::feed::Name;
use super::pace::Backoff;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{NotOpened, Opening, Request};

/// Silence after which a WebSocket is dead. The server pings every 30 s.
const SILENCE_WEB_SOCKET: Millis = Millis::from_secs(40);
/// Silence after which a connection of server-sent events is dead. The server says `:thump` every 15 s.
const SILENCE_EVENTS: Millis = Millis::from_secs(30);
/// How long to wait before the server is asked again for streams that it does not have, or not for this account.
const ABSENT: Millis = Millis::from_secs(600);
/// Connections that bring nothing, of a server that answers requests, before it counts as one without such streams.
const TRIES: u32 = 3;
/// The same where the server does not accept the account's token: an operator may have made another one.
const SIGNED_OUT: Millis = Millis::from_secs(60);

/// How posts come as they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One WebSocket for all feeds.
    WebSocket,
    /// Server-sent events, for the first feed alone: a connection carries one. The others are asked for.
    Events,
    /// None: all feeds are asked for, every few seconds.
    Polling,
}

impl Transport {
    /// What is tried where the server lacks this one.
    const fn next(self) -> Self {
        match self {
            Self::WebSocket => Self::Events,
            Self::Events | Self::Polling => Self::Polling,
        }
    }
}

/// The state of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// It is opened at this time, and is closed for this reason.
    Closed { open_at: Timestamp, reason: CompactString },
    /// It is open, and something came at this time.
    Open { heard_at: Timestamp },
}

/// The connection.
///
/// A server may name an address of streams that it does not have. While it answers requests, and its streams never brought
/// anything, the next way is tried, down to none; the wanted one is tried again every ten minutes. An outage is none of
/// this: the server answers no requests then either.
#[derive(Debug)]
pub(super) struct Connection {
    /// What the configuration names.
    wanted: Transport,
    transport: Transport,
    /// Connections of this transport that brought nothing while the server answered requests.
    failures: u32,
    /// Whether this transport has brought anything.
    has_worked: bool,
    /// Whether the server answered the last request.
    server_answers: bool,
    /// Why the transport that is wanted cannot be had.
    lack: CompactString,
    /// The address of the streams, with `ws:` or `wss:`.
    streaming: String,
    stage: Stage,
    backoff: Backoff,
    /// What is still to be said.
    to_say: VecDeque<String>,
    /// Whether the server's connection must be closed before another step.
    must_close: bool,
    /// Whether no transport brings anything, as far as is known.
    is_absent: bool,
    pub(super) is_signed_out: bool,
}

impl Connection {
    pub(super) fn new(transport: Transport, streaming: String, seed: u64) -> Self {
        let stage = Stage::Closed { open_at: Timestamp::MIN, reason: "not connected yet".into() };
        let (to_say, backoff) = (VecDeque::new(), Backoff::new(seed));
        Self {
            wanted: transport,
            transport,
            failures: 0,
            has_worked: false,
            server_answers: false,
            lack: CompactString::default(),
            streaming,
            stage,
            backoff,
            to_say,
            must_close: false,
            is_absent: false,
            is_signed_out: false,
        }
    }

    /// Whether the posts of all feeds come as they are made; `feeds` is their number.
    pub(super) fn carries(&self, feeds: usize) -> bool {
        match self.transport {
            Transport::WebSocket => self.is_open(),
            Transport::Events => self.is_open() && feeds <= 1,
            Transport::Polling => false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open { .. })
    }

    /// Whether it is open, or there is none to open.
    pub(super) fn is_settled(&self) -> bool {
        self.is_open() || self.is_absent || self.transport == Transport::Polling
    }

    /// Why it is closed.
    pub(super) fn reason(&self) -> CompactString {
        if let Stage::Closed { reason, .. } = &self.stage { reason.clone() } else { CompactString::default() }
    }

    pub(super) fn transport(&self) -> Transport {
        self.transport
    }

    /// How posts come instead of as they are wanted, and why; `None` if they come so, or are about to.
    pub(super) fn shortfall(&self) -> Option<CompactString> {
        let how = match self.transport {
            Transport::Events => "by server-sent events, of one feed, and the others are asked for",
            Transport::WebSocket | Transport::Polling => "as they are asked for, every few seconds",
        };
        let lack = &self.lack;
        (self.transport != self.wanted && self.is_settled()).then(|| {
            compact_str::format_compact!("the server's streams cannot be read ({lack}): posts come {how}")
        })
    }

    /// Notes whether the server answers requests.
    pub(super) fn note_server(&mut self, answers: bool) {
        self.server_answers = answers;
    }

    /// Counts a connection that brought nothing; after some of them, or if the server says that it has no such streams, the
    /// next transport is tried.
    fn count_failure(&mut self, is_absent: bool, now: Timestamp) {
        self.failures += u32::from(self.server_answers && !self.has_worked);
        if !is_absent && self.failures < TRIES {
            return;
        }
        self.lack = self.reason();
        self.set_transport(self.transport.next());
        self.is_absent |= self.transport == Transport::Polling;
        let open_at = if self.transport == Transport::Polling { now.plus(ABSENT) } else { now };
        self.stage = Stage::Closed { open_at, reason: self.reason() };
    }

    fn set_transport(&mut self, transport: Transport) {
        (self.transport, self.failures, self.has_worked) = (transport, 0, false);
        self.backoff.worked();
    }

    /// When it is opened again; `None` if it is open, or none is wanted.
    pub(super) fn opens_at(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Closed { open_at, .. } if self.wanted != Transport::Polling => Some(open_at),
            _ => None,
        }
    }

    /// When it counts as dead, if nothing comes until then.
    pub(super) fn dies_at(&self) -> Option<Timestamp> {
        let silence = match self.transport {
            Transport::WebSocket => SILENCE_WEB_SOCKET,
            Transport::Events | Transport::Polling => SILENCE_EVENTS,
        };
        if let Stage::Open { heard_at } = self.stage { Some(heard_at.plus(silence)) } else { None }
    }

    /// What to open for these feeds.
    pub(super) fn opening(&mut self, first: Option<&Name>) -> Opening {
        if self.transport == Transport::Polling {
            self.set_transport(self.wanted);
            // It was lacking, so one failure is enough.
            self.failures = TRIES - 1;
        }
        let address = format!("{}/api/v1/streaming", self.streaming);
        if self.transport == Transport::WebSocket {
            return Opening::WebSocket(Request::get(address).signed());
        }
        let address = address.replacen("ws", "http", 1);
        let address = match first {
            Some(Name::Tag(tag)) => {
                let tag: String = byte_serialize(tag.as_bytes()).collect();
                format!("{address}/hashtag?tag={tag}")
            }
            Some(Name::Notifications) | None => format!("{address}/user/notification"),
        };
        Opening::Lines(Request::get(address).signed().header("accept", "text/event-stream"))
    }

    /// It is open; says which feeds are wanted.
    pub(super) fn opened<'a>(&mut self, feeds: impl Iterator<Item = &'a Name>, now: Timestamp) {
        self.stage = Stage::Open { heard_at: now };
        (self.is_signed_out, self.is_absent) = (false, false);
        self.to_say.clear();
        feeds.for_each(|name| self.say("subscribe", name));
    }

    /// Asks for a feed, or for no more of one.
    pub(super) fn say(&mut self, what: &str, name: &Name) {
        if self.transport != Transport::WebSocket || !self.is_open() {
            return;
        }
        let message = match name {
            Name::Notifications => serde_json::json!({ "type": what, "stream": "user:notification" }),
            Name::Tag(tag) => serde_json::json!({ "type": what, "stream": "hashtag", "tag": tag }),
        };
        self.to_say.push_back(message.to_string());
    }

    /// The next message to send.
    pub(super) fn next_message(&mut self) -> Option<String> {
        self.to_say.pop_front()
    }

    /// Something came.
    pub(super) fn heard(&mut self, now: Timestamp) {
        if let Stage::Open { heard_at } = &mut self.stage {
            *heard_at = now;
            (self.has_worked, self.failures) = (true, 0);
        }
        self.backoff.worked();
    }

    /// It was not opened.
    pub(super) fn not_opened(&mut self, why: &NotOpened, now: Timestamp) {
        let (open_at, reason) = match why {
            NotOpened::Refused(answer) => {
                let reason =
                    compact_str::format_compact!("the stream was refused with status {}", answer.status);
                let open_at = match answer.status {
                    401 | 403 => now.plus(SIGNED_OUT),
                    _ => super::pace::next_request(answer, now).max(self.backoff.failed(now)),
                };
                self.is_signed_out = matches!(answer.status, 401 | 403);
                (open_at, reason)
            }
            NotOpened::Unanswered(why) => (self.backoff.failed(now), compact_str::format_compact!("{why}")),
        };
        self.stage = Stage::Closed { open_at, reason };
        let status = if let NotOpened::Refused(answer) = why { answer.status } else { 0 };
        // Neither the token nor the limit says whether there are streams.
        if !matches!(status, 401 | 403 | 429) {
            self.count_failure(matches!(status, 404 | 405 | 410 | 501), now);
        }
    }

    /// It ended, or does not serve any more.
    pub(super) fn lost(&mut self, reason: &str, now: Timestamp) {
        self.close(reason, now);
        self.count_failure(false, now);
    }

    /// It is closed, and opened again.
    pub(super) fn close(&mut self, reason: &str, now: Timestamp) {
        self.must_close = self.is_open();
        self.to_say.clear();
        self.stage = Stage::Closed { open_at: self.backoff.failed(now), reason: reason.into() };
    }

    /// The server does not accept the token any more.
    pub(super) fn signed_out(&mut self, now: Timestamp) {
        self.close("the server does not accept the access token", now);
        self.is_signed_out = true;
        self.stage = Stage::Closed { open_at: now.plus(SIGNED_OUT), reason: self.reason() };
    }

    /// Whether what is open must be closed; told once.
    pub(super) fn take_close(&mut self) -> bool {
        std::mem::take(&mut self.must_close)
    }
}
