//! The streaming interface: server-sent events and WebSockets.

use serde_json::{Value, json};

use super::apps::includes;
use super::entities;
use super::event::Event;
use super::reply::{error, token};
use super::status::Visibility;
use super::stream::{Channel, Liveness, Stream};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, at};
use crate::network::{Frame, Opened, StreamKind};
use crate::streams::{FRAMES_MAX, Heartbeat, Pinger};

/// Interval of the lines that say nothing.
const THUMP_MS: i64 = 15_000;
const PING_MS: i64 = 30_000;

pub(crate) fn open(world: &mut World, call: &Call, now_ms: i64) -> Opened {
    let Some(path) = call.path.strip_prefix("/api/v1/streaming") else { return Opened::NotAStream };
    if path == "/health" {
        return Opened::NotAStream;
    }
    let is_socket = call.header("upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"));
    match subscribe(world, call, path, is_socket, now_ms) {
        Ok(stream) => {
            let kind = if is_socket {
                StreamKind::WebSocket(None)
            } else {
                StreamKind::Endless("text/event-stream")
            };
            Opened::Stream(world.streams.open(stream), kind)
        }
        Err(refusal) => Opened::Refused(refusal),
    }
}

fn subscribe(
    world: &World,
    call: &Call,
    path: &str,
    is_socket: bool,
    now_ms: i64,
) -> Result<Stream, Response> {
    let mut call = call.clone();
    // A WebSocket of a browser can send its token as a subprotocol only.
    if let (None, Some(protocol)) = (call.bearer(), call.header("sec-websocket-protocol")) {
        call.query.push(("access_token".to_owned(), protocol.to_owned()));
    }
    let known = token(world, &call, "read:statuses")?;
    let Some(account) = known.account else { return Err(error(401, "The access token is invalid")) };
    let given = call.bearer().or_else(|| call.param("access_token")).unwrap_or_default().to_owned();
    let name = if is_socket && path.is_empty() {
        call.param("stream").unwrap_or_default().to_owned()
    } else {
        path.trim_start_matches('/').replace('/', ":")
    };
    let channels = match name.as_str() {
        "" if is_socket => Vec::new(),
        name => {
            let channel = Channel::parse(name, call.param("tag")).map_err(|why| {
                if why.starts_with("Missing") { error(400, why) } else { error(404, "Not Found") }
            })?;
            allowed(&channel, &known.scope).map_err(|why| error(401, why))?;
            vec![channel]
        }
    };
    let (liveness, first) = if is_socket {
        (Liveness::Ping(Pinger::new(PING_MS, 1, now_ms)), Vec::new())
    } else {
        (Liveness::Thump(Heartbeat::new(THUMP_MS, now_ms)), vec![Frame::Chunk(b":)\n".to_vec())])
    };
    Ok(Stream { account, token: given, channels, next: world.events.next(), liveness, first })
}

fn allowed(channel: &Channel, scope: &str) -> Result<(), &'static str> {
    let needed = if *channel == Channel::UserNotification { "read:notifications" } else { "read:statuses" };
    if includes(scope, needed) { Ok(()) } else { Err("Access token does not have the required scopes") }
}

/// Takes a message of a client: a subscription, or its end.
pub(crate) fn receive(stream: &mut Stream, scope: &str, message: &str) {
    let Ok(message) = serde_json::from_str::<Value>(message) else { return };
    let named =
        Channel::parse(at(&message, "/stream").as_str().unwrap_or_default(), at(&message, "/tag").as_str());
    let channel = named.and_then(|channel| allowed(&channel, scope).map(|()| channel));
    match (at(&message, "/type").as_str(), channel) {
        (Some("subscribe"), Ok(channel)) if !stream.channels.contains(&channel) => {
            stream.channels.push(channel)
        }
        (Some("unsubscribe"), Ok(channel)) => stream.channels.retain(|known| *known != channel),
        (Some("subscribe"), Err(why)) => {
            stream.first.push(Frame::Text(json!({"error": why, "status": 400}).to_string()));
        }
        _ => {}
    }
}

/// What is to be sent by now.
pub(crate) fn pull(world: &World, stream: &mut Stream, now_ms: i64) -> Vec<Frame> {
    let mut frames = std::mem::take(&mut stream.first);
    if !world.apps.tokens.contains_key(&stream.token) || stream.next < world.events.oldest() {
        frames.push(Frame::Close(1000, String::new()));
        return frames;
    }
    for (number, event) in world.events.since(stream.next).take(FRAMES_MAX) {
        stream.next = number + 1;
        for channel in &stream.channels {
            if let Some((name, payload)) = told(world, stream.account, channel, *event) {
                frames.push(frame(&stream.liveness, channel, name, &payload));
            }
        }
    }
    frames.extend(match &mut stream.liveness {
        Liveness::Ping(pinger) => pinger.due(now_ms),
        Liveness::Thump(beat) => beat.beats(now_ms).then(|| Frame::Chunk(b":thump\n".to_vec())),
    });
    frames
}

fn frame(liveness: &Liveness, channel: &Channel, name: &str, payload: &str) -> Frame {
    match liveness {
        Liveness::Thump(_) => Frame::Chunk(format!("event: {name}\ndata: {payload}\n\n").into_bytes()),
        Liveness::Ping(_) => {
            Frame::Text(json!({"stream": channel.names(), "event": name, "payload": payload}).to_string())
        }
    }
}

/// What a channel tells an account of an event.
fn told(world: &World, account: u64, channel: &Channel, event: Event) -> Option<(&'static str, String)> {
    match (channel, event) {
        (Channel::UserNotification | Channel::User, Event::Notification(id)) => {
            let told = world.notifications.get(&id).filter(|told| told.to == account)?;
            Some(("notification", entities::notification(world, told).to_string()))
        }
        (Channel::UserNotification, _) | (_, Event::Notification(_)) => None,
        (Channel::User, Event::Update(id)) => {
            let status = world.statuses.get(&id).filter(|status| status.author == account)?;
            Some(("update", entities::status(world, status, Some(account)).to_string()))
        }
        (Channel::User, Event::Delete { id, author }) => {
            (author == account).then(|| ("delete", id.to_string()))
        }
        (Channel::Public | Channel::Hashtag(_), Event::Update(id)) => {
            let status = world.statuses.get(&id)?;
            let is_public = status.visibility == Visibility::Public && status.reblog_of.is_none();
            let has_tag = match channel {
                Channel::Hashtag(tag) => status.tags.contains(tag),
                _ => true,
            };
            (is_public && has_tag).then(|| ("update", entities::status(world, status, None).to_string()))
        }
        (Channel::Public | Channel::Hashtag(_), Event::Delete { id, .. }) => Some(("delete", id.to_string())),
    }
}
