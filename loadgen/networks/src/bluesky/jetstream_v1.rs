//! The first Jetstream: `/subscribe`.

use serde_json::{Value, json};

use super::event::{Action, Change, Event};
use super::filter::Filter;
use super::stream::{Protocol, Stream};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, at, text};
use crate::network::Frame;
use crate::streams::Pinger;
use crate::time::iso_us;

/// Cursors from here on are microseconds, below they are numbers of events.
pub(crate) const MICROSECONDS_FROM: u64 = 1_000_000_000_000_000;

pub(crate) fn subscribe(world: &World, call: &Call, now_ms: i64) -> Result<Stream, Response> {
    let is_compressed = call.param("compress") == Some("true")
        || call.header("socket-encoding").is_some_and(|encoding| encoding.contains("zstd"));
    if is_compressed {
        return Err(text(400, "compressed messages are not offered here"));
    }
    let filter = Filter {
        collections: call.params("wantedCollections").map(str::to_owned).collect(),
        dids: call.params("wantedDids").map(str::to_owned).collect(),
        kinds: Vec::new(),
    };
    if let Some(fault) = filter.fault() {
        return Err(text(400, &fault));
    }
    let waits = call.param("requireHello") == Some("true");
    let next = match call.param("cursor").map(str::parse::<u64>) {
        Some(Ok(cursor)) => resume(world, cursor),
        Some(Err(_)) => return Err(text(400, "invalid cursor")),
        None => world.events.next(),
    };
    let protocol = Protocol::JetstreamV1 { filter, waits };
    Ok(Stream { protocol, next, pinger: Pinger::new(30_000, 2, now_ms), first: Vec::new(), ends: false })
}

/// The first event at the cursor or behind it. An old cursor is moved to the oldest event without a word, one in the
/// future to the live end.
pub(crate) fn resume(world: &World, cursor: u64) -> u64 {
    let (oldest, end) = (world.events.oldest(), world.events.next());
    if cursor < MICROSECONDS_FROM {
        return cursor.clamp(oldest, end);
    }
    let behind = |event: &Event| event.time_us.unsigned_abs() >= cursor;
    world.events.since(0).find(|(_, event)| behind(event)).map_or(end, |(number, _)| number)
}

/// Takes a message of the client.
pub(crate) fn receive(filter: &mut Filter, waits: &mut bool, message: &str) {
    let Ok(message) = serde_json::from_str::<Value>(message) else { return };
    if at(&message, "/type") != "options_update" {
        return;
    }
    let list = |name: &str| -> Option<Vec<String>> {
        let items = at(&message, &format!("/payload/{name}")).as_array()?;
        Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    filter.collections = list("wantedCollections").unwrap_or_default();
    filter.dids = list("wantedDids").unwrap_or_default();
    *waits = false;
}

/// The message of an event.
pub(crate) fn frame(seq: u64, event: &Event) -> Frame {
    let Event { did, time_us, change } = event;
    let time = iso_us(*time_us);
    let message = match change {
        Change::Commit(commit) => {
            let mut inner = json!({
                "rev": commit.rev, "operation": commit.action.name(), "collection": commit.collection,
                "rkey": commit.rkey,
            });
            if let (Some((record, cid)), Some(fields)) = (&commit.record, inner.as_object_mut())
                && commit.action != Action::Delete
            {
                fields.insert("record".to_owned(), record.clone());
                fields.insert("cid".to_owned(), cid.to_string().into());
            }
            json!({"did": did, "time_us": time_us, "kind": "commit", "commit": inner})
        }
        Change::Identity { handle } => json!({
            "did": did, "time_us": time_us, "kind": "identity",
            "identity": {"did": did, "handle": handle, "seq": seq, "time": time},
        }),
        Change::Account { is_active } => json!({
            "did": did, "time_us": time_us, "kind": "account",
            "account": {"active": is_active, "did": did, "seq": seq, "time": time},
        }),
    };
    Frame::Text(message.to_string())
}
