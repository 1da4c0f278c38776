//! Plays a stream of Bluesky from a table: what happens in which second, and what the stream wants then.

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{NotOpened, Opening, Received, Request, Unanswered};

use crate::networks::answer;

/// What happens to a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Happens<'a> {
    /// It is asked what it wants.
    Asked,
    /// What it wanted to open is open.
    Opened,
    /// It is not opened, with this answer.
    Refused(&'a str),
    /// It is not opened, without an answer.
    Unreachable,
    /// The answer to its request.
    Answered(&'a str),
    Text(&'a str),
    Binary(&'a [u8]),
    Alive,
    Nothing,
    Closed,
}

/// Second 0 of every table.
pub(super) const START: &str = "2026-11-30T15:00:00Z";

pub(super) fn at(seconds: u32) -> Timestamp {
    START.parse::<Timestamp>().unwrap().plus(Millis::from_secs(seconds))
}

/// That second in microseconds since 1970.
pub(super) fn us(seconds: u32) -> i64 {
    at(seconds).ms() * 1000
}

/// What a stream wants, in a word: `open ADDRESS`, `get ADDRESS`, `receive`, `wait`, `close`.
fn wants(source: &mut dyn LiveSource, now: Timestamp) -> String {
    let shown = |request: &Request| {
        let url = request.url.replace("wss://", "").replace("https://", "");
        url.replace("&collections=app.bsky.feed.post&collections=app.bsky.feed.repost", "")
            .replace("wantedCollections=app.bsky.feed.post&wantedCollections=app.bsky.feed.repost", "")
            .replace("/xrpc/network.bsky.jetstream.", "/")
            .replace("/xrpc/com.atproto.sync.", "/")
            .replace("?kinds=commit", "?")
            .replace("?&", "?")
    };
    match source.next(now) {
        Step::Open(Opening::WebSocket(request)) => format!("open {}", shown(&request)),
        Step::Exchange(request) => format!("get {}", shown(&request)),
        Step::Receive(wait) => {
            assert!(wait > Millis::ZERO && wait <= Millis::from_secs(1), "it looks at the time often");
            "receive".to_owned()
        }
        Step::Wait(until) => {
            assert!(
                until > now && until.since(now) <= Millis::from_secs(60),
                "no wait is longer than a minute"
            );
            "wait".to_owned()
        }
        Step::Close => "close".to_owned(),
        step => panic!("{step:?} is nothing that Bluesky's streams want"),
    }
}

/// Plays a table, and returns the lines that came.
pub(super) fn play(source: &mut dyn LiveSource, rows: &[(u32, Happens<'_>, &str)]) -> String {
    let mut lines = Vec::new();
    for (index, (second, happens, wanted)) in rows.iter().enumerate() {
        let now = at(*second);
        match *happens {
            Happens::Asked => {}
            Happens::Opened => source.opened(Ok(()), now),
            Happens::Refused(text) => source.opened(Err(NotOpened::Refused(answer(text))), now),
            Happens::Unreachable => {
                source.opened(Err(NotOpened::Unanswered(Unanswered::NotSent("no route".into()))), now);
            }
            Happens::Answered("") => {
                source.answered(Err(Unanswered::Unknown("timeout".into())), now, &mut lines)
            }
            Happens::Answered(text) => source.answered(Ok(answer(text)), now, &mut lines),
            Happens::Text(text) => source.received(Received::Text(text.as_bytes()), now, &mut lines),
            Happens::Binary(bytes) => source.received(Received::Binary(bytes), now, &mut lines),
            Happens::Alive => source.received(Received::Alive, now, &mut lines),
            Happens::Nothing => source.received(Received::Nothing, now, &mut lines),
            Happens::Closed => source.received(Received::Closed("going away"), now, &mut lines),
        }
        let row = format!("row {index}, second {second}, {happens:?}");
        assert_eq!(wants(source, now), *wanted, "{row}");
        assert!(lines.is_empty() || lines.ends_with(b"\n"), "{row}: lines are whole");
    }
    String::from_utf8(lines).unwrap()
}

/// The posts of the lines, as `OPERATION id at text`; what is no post, by its reason.
pub(super) fn posts(lines: &str) -> Vec<String> {
    let shown = |line: &str| match Format::Bluesky.decode(line.as_bytes()) {
        Ok(Decoded::Post(post)) => {
            let operation = match (post.deleted, post.edited, &post.repost_of) {
                (true, _, _) => "delete".to_owned(),
                (_, true, _) => "edit".to_owned(),
                (_, _, Some(of)) => format!("repost of {of}"),
                _ => "post".to_owned(),
            };
            let id = post.id.to_string().replace("at://did:plc:", "").replace("app.bsky.feed.", "");
            format!("{operation} {id} {} {}", post.posted_at, post.text).trim_end().to_owned()
        }
        Ok(Decoded::Ignored(reason)) => format!("ignored: {reason}"),
        Err(fault) => format!("fault: {}", fault.code()),
    };
    lines.lines().map(shown).collect()
}
