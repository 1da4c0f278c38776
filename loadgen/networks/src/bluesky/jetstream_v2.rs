//! The second Jetstream: `network.bsky.jetstream.subscribeEvents`.

use serde_json::{Value, json};

use super::event::{Change, Event};
use super::filter::Filter;
use super::jetstream_v1::{MICROSECONDS_FROM, resume};
use super::stream::{Protocol, Stream};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer};
use crate::network::Frame;
use crate::streams::Pinger;
use crate::time::iso_us;

/// The namespace of the messages.
const NAME: &str = "network.bsky.jetstream.subscribeEvents";

/// The subprotocol.
pub(crate) const SUBPROTOCOL: &str = "xrpc.v1.json";

pub(crate) fn subscribe(world: &World, call: &Call, now_ms: i64) -> Result<Stream, Response> {
    let refuse = |name: &str, words: &str| Err(answer(400, &json!({"error": name, "message": words})));
    if let Some((name, _)) = call.query.iter().find(|(name, _)| name.starts_with("wanted")) {
        return refuse("InvalidRequest", &format!("unknown parameter {name}"));
    }
    if let Some(id) = call.param("zstdDictionary") {
        return refuse(
            "UnknownZstdDictionary",
            &format!("no dictionary {id}: messages are not compressed here"),
        );
    }
    let filter = Filter {
        collections: call.params("collections").map(str::to_owned).collect(),
        dids: call.params("dids").map(str::to_owned).collect(),
        kinds: call.params("kinds").map(str::to_owned).collect(),
    };
    if let Some(fault) = filter.fault() {
        return refuse("InvalidRequest", &fault);
    }
    let (oldest, end) = (world.events.oldest(), world.events.next());
    let next = match call.param("cursor").map(str::parse::<u64>) {
        Some(Err(_)) => return refuse("InvalidRequest", "the cursor is not a number"),
        Some(Ok(cursor)) if cursor < oldest && oldest > 1 => {
            return refuse("CursorTooOld", &format!("requested cursor {cursor} is below floor {oldest}"));
        }
        // An instant, as in the first version.
        Some(Ok(cursor)) if cursor >= MICROSECONDS_FROM => resume(world, cursor),
        Some(Ok(cursor)) => cursor.clamp(oldest, end),
        None => end,
    };
    let protocol = Protocol::JetstreamV2 { filter };
    Ok(Stream { protocol, next, pinger: Pinger::new(30_000, 2, now_ms), first: Vec::new(), ends: false })
}

/// The message of an event.
pub(crate) fn frame(seq: u64, event: &Event) -> Frame {
    let Event { did, time_us, change } = event;
    let time = iso_us(*time_us);
    let (kind, mut payload) = match change {
        Change::Commit(commit) => {
            let mut payload = json!({
                "rev": commit.rev, "operation": commit.action.name(), "collection": commit.collection,
                "rkey": commit.rkey,
            });
            if let Some((record, cid)) = &commit.record {
                put(&mut payload, "record", record.clone());
                put(&mut payload, "cid", cid.to_string().into());
            }
            ("commit", payload)
        }
        Change::Identity { handle } => {
            ("identity", json!({"identity": {"did": did, "handle": handle, "seq": seq, "time": time}}))
        }
        Change::Account { is_active } => {
            ("account", json!({"account": {"active": is_active, "did": did, "seq": seq, "time": time}}))
        }
    };
    put(&mut payload, "$type", format!("{NAME}#{kind}").into());
    put(&mut payload, "seq", seq.into());
    put(&mut payload, "did", did.as_str().into());
    put(&mut payload, "time", time.into());
    Frame::Text(json!({"$type": "message", "payload": payload}).to_string())
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
