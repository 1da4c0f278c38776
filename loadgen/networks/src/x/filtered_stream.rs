//! The streams: opening them, and what they send.

use serde_json::{Value, json};

use super::activity;
use super::entities::{includes, post};
use super::fields::Fields;
use super::matching::matches;
use super::problem::{app, limited, per_quarter, too_many};
use super::stream::{Feed, Stream};
use super::world::{Event, World};
use crate::call::Call;
use crate::exchange::{Response, json as answer};
use crate::network::{Frame, Opened, StreamKind};
use crate::streams::{FRAMES_MAX, Heartbeat};

pub(crate) fn open(world: &mut World, call: &Call, now_ms: i64) -> Opened {
    let feed = match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/2/tweets/search/stream") => Feed::Filtered,
        ("GET", "/2/activity/stream") => Feed::Activity,
        _ => return Opened::NotAStream,
    };
    match subscribe(world, call, feed, now_ms) {
        Ok(stream) => {
            Opened::Stream(world.streams.open(stream), StreamKind::Endless("application/json; charset=utf-8"))
        }
        Err(refusal) => Opened::Refused(refusal),
    }
}

fn subscribe(world: &mut World, call: &Call, feed: Feed, now_ms: i64) -> Result<Stream, Response> {
    let client_id = app(world, call, now_ms)?;
    let allowance = world.limiter.spend(&format!("connect {}", call.path), 1, per_quarter(50), now_ms);
    if world.options.has_rate_limits && !allowance.is_granted {
        return Err(too_many(allowance));
    }
    let most = match feed {
        Feed::Filtered => world.options.filtered_streams,
        Feed::Activity => world.options.activity_streams,
    };
    let open =
        world.streams.all().filter(|stream| stream.feed == feed && stream.client_id == client_id).count();
    if open >= most {
        let detail = "This stream is currently at the maximum allowed connection limit.";
        return Err(limited(refused(429, "TooManyConnections", detail), allowance));
    }
    if feed == Feed::Filtered && world.rules.is_empty() {
        let detail = "You must define rules on your stream.";
        return Err(limited(refused(409, "RuleConfigurationIssue", detail), allowance));
    }
    let heartbeat = Heartbeat::new(world.options.heartbeat_ms, now_ms);
    let next = world.events.next();
    Ok(Stream { client_id, feed, next, heartbeat, first: Vec::new(), fields: Fields::read(call) })
}

fn refused(status: u16, issue: &str, detail: &str) -> Response {
    let body = json!({
        "title": "ConnectionException", "detail": detail, "connection_issue": issue,
        "type": "https://api.x.com/2/problems/streaming-connection",
    });
    answer(status, &body)
}

/// What is to be sent by now.
pub(crate) fn pull(world: &World, stream: &mut Stream, now_ms: i64) -> Vec<Frame> {
    let mut frames = std::mem::take(&mut stream.first);
    if stream.next < world.events.oldest() {
        let detail = "This stream has been disconnected because the client did not read fast enough.";
        frames.extend(disconnect("SlowReader", detail));
        return frames;
    }
    for (number, event) in world.events.since(stream.next).take(FRAMES_MAX) {
        stream.next = number + 1;
        match stream.feed {
            Feed::Filtered => frames.extend(matching(world, stream, event).map(|message| line(&message))),
            Feed::Activity => frames.extend(activity::messages(world, event).iter().map(line)),
        }
    }
    if stream.heartbeat.beats(now_ms) {
        frames.push(Frame::Chunk(b"\r\n".to_vec()));
    }
    frames
}

/// A message that says why the stream ends, and the end.
pub(crate) fn disconnect(kind: &str, detail: &str) -> [Frame; 2] {
    let error = json!({
        "title": "operational-disconnect", "disconnect_type": kind, "detail": detail,
        "type": "https://api.x.com/2/problems/operational-disconnect",
    });
    [line(&json!({"errors": [error]})), Frame::Close(1000, String::new())]
}

fn line(message: &Value) -> Frame {
    Frame::Chunk(format!("{message}\r\n").into_bytes())
}

fn matching(world: &World, stream: &Stream, event: &Event) -> Option<Value> {
    let Event::Posted(id) = event else { return None };
    let tweet = world.tweets.get(id)?;
    let rules: Vec<Value> = world
        .rules
        .iter()
        .filter(|rule| matches(&rule.query, world, tweet))
        .map(|rule| match &rule.tag {
            Some(tag) => json!({"id": rule.id.to_string(), "tag": tag}),
            None => json!({"id": rule.id.to_string()}),
        })
        .collect();
    if rules.is_empty() {
        return None;
    }
    let mut message = json!({"data": post(world, tweet, &stream.fields), "matching_rules": rules});
    if let (Some(included), Some(fields)) =
        (includes(world, &[tweet], &stream.fields), message.as_object_mut())
    {
        fields.insert("includes".to_owned(), included);
    }
    Some(message)
}
