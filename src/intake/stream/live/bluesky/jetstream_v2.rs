//! Jetstream, version 2: numbered events, compressed with a dictionary, resumed by number or by time.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};
use serde::Deserialize;

use super::inflate::Inflate;
use super::jetstream_v1::{FAILURES_PER_HOST, OVERLAP, refusal};
use super::line_scan::{append_line, number, text};
use super::link::{LOOK, Link, LinkStep};
use super::position::{Kind, Position};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::live::{Health, LiveSource, Step};
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};
use crate::networks::bluesky::{POSTS, REPOSTS, XrpcFault};

/// Jetstream, version 2.
#[derive(Debug)]
pub struct JetstreamV2 {
    link: Link,
    position: Option<Position>,
    compression: Compression,
    /// The number to begin with at that host, which keeps none before it.
    floor: Option<(CompactString, u64)>,
    /// Whether the host does not know the position's number.
    is_seq_strange: bool,
    /// The beginning of a gap; the next event ends it.
    gap_from: Option<Timestamp>,
    gap: Option<(Timestamp, Timestamp)>,
    faults: u64,
}

/// Whether messages are compressed.
#[derive(Debug)]
enum Compression {
    Off,
    /// The dictionary of the host at this address is to be fetched.
    Wanted,
    /// The dictionary of that host is at hand.
    With(CompactString, Box<Inflate>),
    /// The host has no dictionary that can be used.
    Refused(CompactString),
}

/// A message that is no event of a record.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Notice<'a> {
    #[serde(borrow, rename = "$type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    error: Cow<'a, str>,
    #[serde(borrow)]
    payload: NoticePayload<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NoticePayload<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    seq: Option<u64>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

impl JetstreamV2 {
    /// Reads from the first of `hosts` that can be had, such as `wss://jetstream.us-east.bsky.network`, from a cursor on, or
    /// from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream.
    pub fn new(
        hosts: Vec<CompactString>,
        after: Option<&Cursor>,
        seed: u64,
        is_compressed: bool,
    ) -> Result<Self, NotResumed> {
        let position = after.map(|cursor| Position::parse(Kind::JetstreamV2, cursor)).transpose()?;
        let mut link = Link::new(hosts, seed, FAILURES_PER_HOST, 1);
        if let Some(position) = &position {
            link.prefer(&position.host);
            link.resume_after(position.time());
        }
        Ok(Self {
            link,
            position,
            compression: if is_compressed { Compression::Wanted } else { Compression::Off },
            floor: None,
            is_seq_strange: false,
            gap_from: None,
            gap: None,
            faults: 0,
        })
    }

    /// The number or, as microseconds, the instant from which to read: numbers are a host's own.
    fn resume_at(&self) -> Option<u64> {
        let position = self.position.as_ref()?;
        let is_same = position.host == *self.link.host() && position.seq > 0 && !self.is_seq_strange;
        let overlap = OVERLAP.ms().unsigned_abs() * 1000;
        match &self.floor {
            Some((host, floor)) if host == self.link.host() => Some(*floor),
            _ if is_same => Some(position.seq),
            _ => Some(position.time_us.saturating_sub(overlap)),
        }
    }

    fn opening(&self) -> Opening {
        let host = self.link.host();
        let mut url = format!(
            "{host}/xrpc/network.bsky.jetstream.subscribeEvents?kinds=commit&collections={POSTS}&collections={REPOSTS}"
        );
        let mut number = itoa::Buffer::new();
        if let Some(cursor) = self.resume_at() {
            url.push_str("&cursor=");
            url.push_str(number.format(cursor));
        }
        if let Compression::With(_, inflate) = &self.compression {
            url.push_str("&zstdDictionary=");
            url.push_str(number.format(inflate.dictionary));
        }
        Opening::WebSocket(Request::get(url).header("sec-websocket-protocol", "xrpc.v1.json"))
    }

    /// The request of the dictionary, if one is wanted that is not at hand.
    fn wanted_dictionary(&self) -> Option<Request> {
        let host = self.link.host();
        match &self.compression {
            Compression::Off => return None,
            Compression::With(of, _) | Compression::Refused(of) if of == host => return None,
            _ => {}
        }
        let secure = host.strip_prefix("wss:").map(|rest| format!("https:{rest}"));
        let plain = host.strip_prefix("ws:").map(|rest| format!("http:{rest}"));
        let server = secure.or(plain)?;
        Some(Request::get(format!("{server}/xrpc/network.bsky.jetstream.getZstdDictionary")))
    }

    fn take(&mut self, message: &[u8], now: Timestamp, lines: &mut Vec<u8>) {
        self.link.heard(now);
        match (number(message, b"\"seq\":", 2), text(message, b"\"time\":", 2)) {
            (Some(seq), Some(time)) => {
                self.move_to(seq, time, now);
                append_line(lines, message);
            }
            _ => self.take_notice(message, now, lines),
        }
    }

    /// Takes a message of rare form, or a notice about the stream.
    fn take_notice(&mut self, message: &[u8], now: Timestamp, lines: &mut Vec<u8>) {
        let Ok(notice) = serde_json::from_slice::<Notice<'_>>(message) else {
            self.faults += 1;
            return append_line(lines, message);
        };
        if notice.kind == "error" {
            return self.link.fail(format_compact!("the host says {}", notice.error), now);
        }
        match (notice.payload.name.as_ref(), notice.payload.seq) {
            ("OutdatedCursor", _) => self.gap_from = self.position.as_ref().map(Position::time),
            ("FutureCursor", _) => {
                self.is_seq_strange = true;
                self.link.ask_otherwise("the host numbers anew", now);
            }
            (_, Some(seq)) => {
                self.move_to(seq, &notice.payload.time, now);
                append_line(lines, message);
            }
            _ => {}
        }
    }

    fn move_to(&mut self, seq: u64, time: &str, now: Timestamp) {
        let Ok(at) = time.parse::<jiff::Timestamp>() else {
            self.faults += 1;
            return;
        };
        let position = self.position.get_or_insert_with(|| Position::from(now));
        if position.host != *self.link.host() {
            position.host = self.link.host().clone();
        }
        position.seq = seq;
        position.time_us = u64::try_from(at.as_microsecond()).unwrap_or_default();
        (self.floor, self.is_seq_strange) = (None, false);
        let at = position.time();
        if let Some(from) = self.gap_from.take() {
            self.gap = Some((from, at.max(from)));
        }
        self.link.note(at, now);
    }

    /// Reads a refusal before the stream; returns whether the host is to be asked for something else.
    fn is_asked_otherwise(&mut self, answer: &Answer) -> bool {
        let fault = XrpcFault::of(answer);
        match fault.error.as_str() {
            "CursorTooOld" => {
                self.gap_from = self.position.as_ref().map(Position::time);
                let last_word =
                    fault.message.rsplit(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty());
                // Told no floor, the stream begins at the position's time, and the host at the oldest event it has.
                let floor = last_word.and_then(|word| word.parse().ok());
                self.floor = floor.map(|floor| (self.link.host().clone(), floor));
                self.is_seq_strange = true;
            }
            "UnknownZstdDictionary" => self.compression = Compression::Wanted,
            _ => return false,
        }
        true
    }
}

impl LiveSource for JetstreamV2 {
    fn format(&self) -> Format {
        Format::Bluesky
    }

    fn next(&mut self, now: Timestamp) -> Step {
        match self.link.next(now) {
            LinkStep::Open => match self.wanted_dictionary() {
                Some(request) => Step::Exchange(request),
                None => Step::Open(self.opening()),
            },
            LinkStep::Receive => Step::Receive(LOOK),
            LinkStep::Wait(until) => Step::Wait(until),
            LinkStep::Close => Step::Close,
        }
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, _lines: &mut Vec<u8>) {
        let host = self.link.host().clone();
        match answer {
            Ok(answer) if answer.is_success() => {
                self.compression = match Inflate::new(&answer.body) {
                    Some(inflate) => Compression::With(host, Box::new(inflate)),
                    None => Compression::Refused(host),
                };
            }
            // 501: the host knows no dictionaries at all.
            Ok(answer) if matches!(answer.status, 400..=428 | 430..=499 | 501) => {
                self.compression = Compression::Refused(host);
            }
            Ok(answer) => {
                self.link.fail(format_compact!("the host answers with status {}", answer.status), now);
            }
            Err(fault) => self.link.fail(format_compact!("{fault}"), now),
        }
    }

    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp) {
        if let Err(fault) = opened {
            return match &fault {
                NotOpened::Refused(answer) if self.is_asked_otherwise(answer) => {
                    self.link.ask_otherwise(refusal(&fault), now);
                }
                _ => self.link.fail(refusal(&fault), now),
            };
        }
        self.link.opened(now, self.position.is_some());
        self.position.get_or_insert_with(|| Position::from(now));
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        match received {
            Received::Text(message) => self.take(message, now, lines),
            Received::Binary(compressed) => {
                // Taken out while it is used: the message borrows it.
                let mut compression = std::mem::replace(&mut self.compression, Compression::Wanted);
                let message = match &mut compression {
                    Compression::With(_, inflate) => inflate.inflate(compressed),
                    _ => None,
                };
                match message {
                    Some(message) => self.take(message, now, lines),
                    None => {
                        self.link.heard(now);
                        self.faults += 1;
                    }
                }
                self.compression = compression;
            }
            Received::Alive => self.link.alive(now),
            Received::Nothing => self.link.quiet(now),
            Received::Closed(reason) => self.link.fail(reason, now),
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        self.position.as_ref().map(|position| position.cursor(Kind::JetstreamV2))
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
