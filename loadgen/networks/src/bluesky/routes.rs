//! Which address is answered by what.

use rand::Rng;
use serde_json::json;

use super::event::Event;
use super::stream::{Protocol, Stream};
use super::world::World;
use super::{firehose, identity_calls, jetstream_v1, jetstream_v2, repo_calls, session_calls};
use crate::call::Call;
use crate::exchange::{Request, Response, json as answer};
use crate::network::{Frame, Network, Opened, StreamId, StreamKind};
use crate::rate_limit::{Allowance, Limit};
use crate::streams::FRAMES_MAX;

impl Network for World {
    fn name(&self) -> &'static str {
        "bluesky"
    }

    fn set_base_url(&mut self, url: &str) {
        url.clone_into(&mut self.base_url);
    }

    fn handle(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> Response {
        let call = Call::new(request);
        let whole = |result: Result<Response, Response>| result.unwrap_or_else(|refusal| refusal);
        let name = call.path.strip_prefix("/xrpc/").unwrap_or(&call.path);
        match (call.method.as_str(), name) {
            ("POST", "com.atproto.server.createSession") => {
                session_calls::create(self, &call, now_ms, random)
            }
            ("POST", "com.atproto.server.refreshSession") => {
                session_calls::refresh(self, &call, now_ms, random)
            }
            ("POST", "com.atproto.server.deleteSession") => session_calls::delete(self, &call),
            ("GET", "com.atproto.server.getSession") => session_calls::get(self, &call, now_ms),
            ("GET", "com.atproto.server.describeServer") => answer(200, &describe()),
            ("POST", "com.atproto.repo.createRecord") => whole(repo_calls::create(self, &call, now_ms)),
            ("POST", "com.atproto.repo.putRecord") => whole(repo_calls::put(self, &call, now_ms)),
            ("POST", "com.atproto.repo.deleteRecord") => whole(repo_calls::delete(self, &call, now_ms)),
            ("GET", "com.atproto.repo.getRecord") => repo_calls::get(self, &call),
            ("GET", "com.atproto.repo.listRecords") => repo_calls::list(self, &call),
            ("GET", "com.atproto.identity.resolveHandle") => identity_calls::resolve_handle(self, &call),
            ("GET", "_health") => answer(200, &json!({"version": "0.5.35"})),
            ("GET", "/.well-known/atproto-did") => identity_calls::well_known(self, &call),
            ("GET", path) if path.starts_with("/did:") => {
                identity_calls::directory(self, path.trim_start_matches('/'))
            }
            (_, path) if path.starts_with('/') => {
                answer(404, &json!({"error": "NotFound", "message": "Not Found"}))
            }
            _ => session_calls::error(501, "MethodNotImplemented", "Method Not Implemented"),
        }
    }

    fn open(&mut self, request: &Request, now_ms: i64) -> Opened {
        let call = Call::new(request);
        let (opened, subprotocol) = match call.path.as_str() {
            "/xrpc/com.atproto.sync.subscribeRepos" => (Ok(firehose::subscribe(self, &call, now_ms)), None),
            "/subscribe" => (jetstream_v1::subscribe(self, &call, now_ms), None),
            "/xrpc/network.bsky.jetstream.subscribeEvents" => {
                (jetstream_v2::subscribe(self, &call, now_ms), Some(jetstream_v2::SUBPROTOCOL))
            }
            _ => return Opened::NotAStream,
        };
        match opened {
            Ok(stream) => Opened::Stream(self.streams.open(stream), StreamKind::WebSocket(subprotocol)),
            Err(refusal) => Opened::Refused(refusal),
        }
    }

    fn pull(&mut self, stream: StreamId, now_ms: i64) -> Vec<Frame> {
        let Some(stream) = self.streams.get_mut(stream) else {
            return vec![Frame::Close(1001, String::new())];
        };
        let mut frames = std::mem::take(&mut stream.first);
        if stream.ends {
            return frames;
        }
        if stream.next < self.events.oldest() {
            frames.extend(too_slow(&stream.protocol));
            stream.ends = true;
            return frames;
        }
        if !matches!(stream.protocol, Protocol::JetstreamV1 { waits: true, .. }) {
            for (seq, event) in self.events.since(stream.next).take(FRAMES_MAX) {
                frames.extend(frame(&stream.protocol, seq, event));
                stream.next = seq + 1;
            }
        }
        frames.extend(stream.pinger.due(now_ms));
        frames
    }

    fn receive(&mut self, stream: StreamId, text: &str, _now_ms: i64) {
        let Some(stream) = self.streams.get_mut(stream) else { return };
        let Stream { protocol, first, ends, .. } = stream;
        match protocol {
            Protocol::Firehose => {}
            Protocol::JetstreamV1 { filter, waits } => jetstream_v1::receive(filter, waits, text),
            Protocol::JetstreamV2 { .. } => {
                first.push(Frame::Close(1008, "no messages are expected".to_owned()));
                *ends = true;
            }
        }
    }

    fn pong(&mut self, stream: StreamId, _now_ms: i64) {
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.pinger.pong();
        }
    }

    fn close(&mut self, stream: StreamId) {
        self.streams.close(stream);
    }

    fn expire_tokens(&mut self, now_ms: i64) {
        self.sessions.expire(now_ms);
    }

    fn refusal(&self, status: u16, now_ms: i64) -> Response {
        if status != 429 {
            return session_calls::error(status, "InternalServerError", "Internal Server Error");
        }
        let limit = Limit { points: 3000, window_ms: 300_000 };
        let allowance = Allowance { limit, remaining: 0, resets_at_ms: now_ms + 1000, is_granted: false };
        session_calls::too_many(allowance, now_ms)
    }
}

fn describe() -> serde_json::Value {
    json!({"did": "did:web:localhost", "availableUserDomains": [".example"], "inviteCodeRequired": true,
        "links": {}, "contact": {}})
}

fn frame(protocol: &Protocol, seq: u64, event: &Event) -> Option<Frame> {
    match protocol {
        Protocol::Firehose => Some(firehose::frame(seq, event)),
        Protocol::JetstreamV1 { filter, .. } => filter.wants(event).then(|| jetstream_v1::frame(seq, event)),
        Protocol::JetstreamV2 { filter } => filter.wants(event).then(|| jetstream_v2::frame(seq, event)),
    }
}

/// The end of a reader that is so slow that its next event is no longer kept.
fn too_slow(protocol: &Protocol) -> Vec<Frame> {
    let words = "the reader is too slow";
    let mut frames = Vec::new();
    if matches!(protocol, Protocol::JetstreamV2 { .. }) {
        let error = json!({"$type": "error", "error": "ConsumerTooSlow", "message": words});
        frames.push(Frame::Text(error.to_string()));
    }
    frames.push(Frame::Close(1008, "ConsumerTooSlow".to_owned()));
    frames
}
