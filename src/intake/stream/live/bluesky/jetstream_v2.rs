//! Jetstream, version 2: numbered events, compressed with a dictionary, resumed by number or by time.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};
use serde::Deserialize;

use super::inflate::Inflate;
use super::jetstream_v1::OVERLAP;
use super::line_scan::{append_line, number, text};
use super::position::Kind;
use super::progress::Progress;
use super::source::{BlueskySource, Feed};
use crate::domain::time::Timestamp;
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Answer, Opening, Request, Unanswered};
use crate::networks::bluesky::{POSTS, REPOSTS, XrpcFault};

/// Jetstream, version 2.
pub type JetstreamV2 = BlueskySource<NumberedEvents>;

/// The events of version 2, each with its number and its time.
#[derive(Debug)]
pub struct NumberedEvents {
    compression: Compression,
    /// The number to begin with at that host, which keeps none before it.
    floor: Option<(CompactString, u64)>,
    /// Whether the host does not have the position's number any more.
    is_seq_strange: bool,
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
        let compression = if is_compressed { Compression::Wanted } else { Compression::Off };
        let events = NumberedEvents { compression, floor: None, is_seq_strange: false };
        Self::resume(events, hosts, after, seed)
    }
}

impl NumberedEvents {
    /// The number or, as microseconds, the instant from which to read: numbers are a host's own.
    fn resume_at(&self, progress: &Progress) -> Option<u64> {
        let position = progress.resumes_behind()?;
        let is_same = position.host == *progress.link.host() && position.seq > 0 && !self.is_seq_strange;
        let overlap = OVERLAP.ms().unsigned_abs() * 1000;
        match &self.floor {
            Some((host, floor)) if host == progress.link.host() => Some(*floor),
            _ if is_same => Some(position.seq),
            _ => Some(position.time_us.saturating_sub(overlap)),
        }
    }

    fn take(&mut self, message: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        progress.link.heard(now);
        match (number(message, b"\"seq\":", 2), text(message, b"\"time\":", 2)) {
            (Some(seq), Some(time)) => {
                self.move_to((seq, time), progress, now);
                append_line(lines, message);
            }
            _ => self.take_notice(message, progress, now, lines),
        }
    }

    /// Takes a message of rare form, or a notice about the stream.
    fn take_notice(&mut self, message: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        let Ok(notice) = serde_json::from_slice::<Notice<'_>>(message) else {
            progress.faults += 1;
            return append_line(lines, message);
        };
        if notice.kind == "error" {
            return progress.link.fail(format_compact!("the host says {}", notice.error), now);
        }
        match (notice.payload.name.as_ref(), notice.payload.seq) {
            ("OutdatedCursor", _) => progress.note_gap(),
            ("FutureCursor", _) => {
                progress.forget_numbers();
                progress.link.ask_otherwise("the host numbers anew", now);
            }
            (_, Some(seq)) => {
                self.move_to((seq, &notice.payload.time), progress, now);
                append_line(lines, message);
            }
            _ => {}
        }
    }

    fn move_to(&mut self, (seq, time): (u64, &str), progress: &mut Progress, now: Timestamp) {
        let Ok(at) = time.parse::<jiff::Timestamp>() else {
            progress.faults += 1;
            return;
        };
        let position = progress.position_here(now);
        position.seq = seq;
        position.time_us = u64::try_from(at.as_microsecond()).unwrap_or_default();
        let at = position.time();
        (self.floor, self.is_seq_strange) = (None, false);
        progress.resume_here();
        progress.end_gap(at);
        progress.link.note(at, now);
        progress.settle(now);
    }
}

impl Feed for NumberedEvents {
    const KIND: Kind = Kind::JetstreamV2;

    /// The request of the dictionary, if one is wanted that is not at hand.
    fn request(&self, progress: &Progress) -> Option<Request> {
        let host = progress.link.host();
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

    fn answered(&mut self, answer: &Result<Answer, Unanswered>, progress: &mut Progress, now: Timestamp) {
        let host = progress.link.host().clone();
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
                let reason = format_compact!("the host answers with status {}", answer.status);
                progress.link.fail(reason, now);
            }
            Err(fault) => progress.link.fail(format_compact!("{fault}"), now),
        }
    }

    fn opening(&self, progress: &Progress) -> Opening {
        let host = progress.link.host();
        let mut url = format!(
            "{host}/xrpc/network.bsky.jetstream.subscribeEvents?kinds=commit&collections={POSTS}&collections={REPOSTS}"
        );
        let mut number = itoa::Buffer::new();
        if let Some(cursor) = self.resume_at(progress) {
            url.push_str("&cursor=");
            url.push_str(number.format(cursor));
        }
        if let Compression::With(_, inflate) = &self.compression {
            url.push_str("&zstdDictionary=");
            url.push_str(number.format(inflate.dictionary));
        }
        Opening::WebSocket(Request::get(url).header("sec-websocket-protocol", "xrpc.v1.json"))
    }

    fn asks_otherwise(&mut self, answer: &Answer, progress: &mut Progress) -> bool {
        let fault = XrpcFault::of(answer);
        match fault.error.as_str() {
            "CursorTooOld" => {
                progress.begin_gap();
                let last_word =
                    fault.message.rsplit(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty());
                // Told no floor, the stream begins at the position's time, and the host at the oldest event it has.
                let floor = last_word.and_then(|word| word.parse().ok());
                self.floor = floor.map(|floor| (progress.link.host().clone(), floor));
                self.is_seq_strange = true;
            }
            "UnknownZstdDictionary" => self.compression = Compression::Wanted,
            _ => return false,
        }
        true
    }

    fn text(&mut self, message: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        self.take(message, progress, now, lines);
    }

    fn binary(&mut self, compressed: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        // Taken out while it is used: the message borrows it.
        let mut compression = std::mem::replace(&mut self.compression, Compression::Wanted);
        let message = match &mut compression {
            Compression::With(_, inflate) => inflate.inflate(compressed),
            _ => None,
        };
        match message {
            Some(message) => self.take(message, progress, now, lines),
            None => progress.damaged(now),
        }
        self.compression = compression;
    }
}
