//! `com.atproto.sync.subscribeRepos`: all commits as blocks.

use ipld_core::ipld::Ipld;

use super::block::{encode, map, text};
use super::event::{Change, Commit, Event};
use super::stream::{Protocol, Stream};
use super::world::World;
use crate::call::Call;
use crate::network::Frame;
use crate::streams::Pinger;
use crate::time::iso_us;

/// Opens the firehose behind the cursor, or at the live end.
pub(crate) fn subscribe(world: &World, call: &Call, now_ms: i64) -> Stream {
    let (oldest, next) = (world.events.oldest(), world.events.next());
    let mut stream = Stream {
        protocol: Protocol::Firehose,
        next,
        pinger: Pinger::new(30_000, 2, now_ms),
        first: Vec::new(),
        ends: false,
    };
    let Some(cursor) = call.number("cursor") else { return stream };
    if cursor >= next {
        stream.first.push(error("FutureCursor", "Cursor in the future."));
        stream.first.push(Frame::Close(1008, "FutureCursor".to_owned()));
        stream.ends = true;
    } else if cursor + 1 < oldest && oldest > 1 {
        stream.first.push(info("OutdatedCursor", "Requested cursor exceeded limit. Possibly missing events"));
        stream.next = oldest;
    } else {
        stream.next = cursor + 1;
    }
    stream
}

/// A message of an event.
pub(crate) fn frame(seq: u64, event: &Event) -> Frame {
    let number = Ipld::Integer(seq.into());
    let time = text(&iso_us(event.time_us));
    let did = text(&event.did);
    match &event.change {
        Change::Commit(commit) => message("#commit", &commit_body(number, time, did, commit)),
        Change::Identity { handle } => message(
            "#identity",
            &map([("seq", number), ("did", did), ("time", time), ("handle", text(handle))]),
        ),
        Change::Account { is_active } => {
            let active = Ipld::Bool(*is_active);
            message("#account", &map([("seq", number), ("did", did), ("time", time), ("active", active)]))
        }
    }
}

fn commit_body(seq: Ipld, time: Ipld, repo: Ipld, commit: &Commit) -> Ipld {
    let path = format!("{}/{}", commit.collection, commit.rkey);
    let cid = commit.record.as_ref().map_or(Ipld::Null, |(_, cid)| Ipld::Link(*cid));
    let mut operation = map([("action", text(commit.action.name())), ("path", text(&path)), ("cid", cid)]);
    insert(&mut operation, "prev", commit.previous.map(Ipld::Link));
    let mut body = map([
        ("seq", seq),
        ("rebase", Ipld::Bool(false)),
        ("tooBig", Ipld::Bool(false)),
        ("repo", repo),
        ("commit", Ipld::Link(commit.cid)),
        ("rev", text(&commit.rev)),
        ("since", commit.since.as_deref().map_or(Ipld::Null, text)),
        ("blocks", Ipld::Bytes(commit.archive.clone())),
        ("ops", Ipld::List(vec![operation])),
        ("blobs", Ipld::List(Vec::new())),
        ("time", time),
    ]);
    insert(&mut body, "prevData", commit.previous_data.map(Ipld::Link));
    body
}

fn insert(fields: &mut Ipld, name: &str, value: Option<Ipld>) {
    if let (Ipld::Map(fields), Some(value)) = (fields, value) {
        fields.insert(name.to_owned(), value);
    }
}

fn message(kind: &str, body: &Ipld) -> Frame {
    let header = encode(&map([("op", Ipld::Integer(1)), ("t", text(kind))]));
    Frame::Binary([header, encode(body)].concat())
}

fn info(name: &str, words: &str) -> Frame {
    message("#info", &map([("name", text(name)), ("message", text(words))]))
}

fn error(name: &str, words: &str) -> Frame {
    let header = encode(&map([("op", Ipld::Integer(-1))]));
    Frame::Binary([header, encode(&map([("error", text(name)), ("message", text(words))]))].concat())
}
