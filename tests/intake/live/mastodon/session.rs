//! Plays a session with a Mastodon server row by row.

use compact_str::CompactString;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Opening, Received, Unanswered};
use flashtag::networks::mastodon::Server;

use What::{Alive, Closed, Done, Headers, NoAnswer, Nothing, Opened, Page, Refused, Text};

/// What happens after a step.
#[derive(Debug, Clone)]
pub(super) enum What<'a> {
    Opened,
    /// The connection is refused with this status.
    Refused(u16),
    /// The page of a feed.
    Page(&'a str),
    /// An answer with a status and a header.
    Headers(u16, &'a str, &'a str),
    NoAnswer,
    Text(&'a str),
    Alive,
    Nothing,
    Closed,
    /// Sent, waited or closed as asked.
    Done,
}

/// A row: at this second, the source wants this, then this happens, and these posts are delivered.
pub(super) type Row<'a> = (i64, &'a str, What<'a>, &'a str);

pub(super) fn at(second: i64) -> Timestamp {
    // 2026-11-30T15:00:00Z
    Timestamp::from_ms(1_796_050_800_000 + second * 1000)
}

pub(super) fn settings(transport: Transport, tags: &[&str]) -> Settings {
    Settings {
        server: Server::parse("https://a.example").unwrap(),
        streaming: Some("wss://s.a.example".to_owned()),
        transport,
        notifications: true,
        tags: tags.iter().map(|tag| CompactString::from(*tag)).collect(),
        seed: 1,
    }
}

pub(super) fn source(transport: Transport, tags: &[&str], cursor: Option<&str>) -> MastodonSource {
    let cursor: Option<Cursor> = cursor.map(|cursor| serde_json::from_value(cursor.into()).unwrap());
    MastodonSource::new(settings(transport, tags), cursor.as_ref()).unwrap()
}

/// Plays a session row by row.
pub(super) fn play(source: &mut MastodonSource, rows: &[Row<'_>]) {
    for (index, (second, wanted, what, delivered)) in rows.iter().enumerate() {
        let now = at(*second);
        assert_eq!(shown(&source.next(now), now), *wanted, "row {index}");
        let mut lines = Vec::new();
        match what {
            Opened => source.opened(Ok(()), now),
            Refused(status) => source.opened(Err(NotOpened::Refused(answer(*status, None, ""))), now),
            Page(body) => source.answered(Ok(answer(200, None, body)), now, &mut lines),
            Headers(status, name, value) => {
                source.answered(Ok(answer(*status, Some((name, value)), "[]")), now, &mut lines);
            }
            NoAnswer => source.answered(Err(Unanswered::Unknown("late".into())), now, &mut lines),
            Text(text) => source.received(Received::Text(text.as_bytes()), now, &mut lines),
            Alive => source.received(Received::Alive, now, &mut lines),
            Nothing => source.received(Received::Nothing, now, &mut lines),
            Closed => source.received(Received::Closed("gone"), now, &mut lines),
            Done => {}
        }
        assert_eq!(ids(&lines), *delivered, "row {index}");
    }
}

pub(super) fn answer(status: u16, header: Option<(&str, &str)>, body: &str) -> Answer {
    let headers = header.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

/// A step in short.
pub(super) fn shown(step: &Step, now: Timestamp) -> String {
    match step {
        Step::Exchange(request) => {
            assert!(request.signed);
            format!("get {}", short(request.url.strip_prefix("https://a.example/api/v1/").unwrap()))
        }
        Step::Open(Opening::WebSocket(request)) => format!("socket {}", request.url),
        Step::Open(Opening::Lines(request)) => format!("events {}", request.url),
        Step::Send(text) => format!("send {text}"),
        Step::Receive(wait) => format!("receive {wait}"),
        Step::Wait(until) => format!("wait {}", Millis::from_ms(until.since(now).ms() / 1000 * 1000)),
        Step::Close => "close".to_owned(),
    }
}

pub(super) fn short(path: &str) -> String {
    let long = "notifications?types%5B%5D=mention&types%5B%5D=reblog&include_filtered=true";
    path.replace(long, "notifications").replace("timelines/tag/", "#").replace("?local=false", "")
}

/// The posts in the lines, without their server; a repost as `*ID`, a deletion as `-ID`.
pub(super) fn ids(lines: &[u8]) -> String {
    let decoded = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let shown = decoded.map(|line| match Format::Mastodon.decode(line) {
        Ok(Decoded::Post(post)) => {
            let id = post.id.to_string();
            let id = id.strip_prefix("a.example/").expect("the server's name").to_owned();
            match (post.repost_of, post.deleted) {
                (Some(of), _) => format!("{id}*{of}"),
                (_, true) => format!("-{id}"),
                _ => id,
            }
        }
        other => panic!("{other:?}: {}", String::from_utf8_lossy(line)),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A status by Ana with the tag, posted in that second.
pub(crate) fn status(id: &str, second: i64) -> String {
    let created_at = at(second);
    format!(
        r#"{{"id":"{id}","created_at":"{created_at}","in_reply_to_id":null,"visibility":"public","uri":"https://b.example/users/ana/statuses/{id}","content":"<p>#BuyPot</p>","reblog":null,"account":{{"id":"5","acct":"ana@b.example","uri":"https://b.example/users/ana"}}}}"#
    )
}

pub(crate) fn mention(id: &str, status: &str, second: i64) -> String {
    let created_at = at(second);
    format!(
        r#"{{"id":"{id}","type":"mention","created_at":"{created_at}","account":{{"acct":"ana@b.example","uri":"https://b.example/users/ana"}},"status":{status}}}"#
    )
}

pub(super) fn reblog(id: &str, status: &str, second: i64) -> String {
    mention(id, status, second).replace(r#""mention""#, r#""reblog""#)
}

pub(super) fn frame(event: &str, payload: &str) -> String {
    let payload = serde_json::to_string(payload).unwrap();
    format!(r#"{{"stream":["x"],"event":"{event}","payload":{payload}}}"#)
}

pub(super) fn page(entries: &[String]) -> String {
    format!("[{}]", entries.join(","))
}

pub(super) const SOCKET: &str = "socket wss://s.a.example/api/v1/streaming";
pub(super) const SUBSCRIBE: &str = r#"send {"stream":"user:notification","type":"subscribe"}"#;
pub(super) const SUBSCRIBE_TAG: &str = r#"send {"stream":"hashtag","tag":"buypot","type":"subscribe"}"#;

/// A cursor from which both feeds resume.
pub(super) const CURSOR: &str = r##"{"host":"a.example","notifications":"900","tags":{"buypot":"500"}}"##;
