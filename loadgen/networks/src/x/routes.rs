//! Which address is answered by what.

use rand::Rng;
use serde_json::json;

use super::filtered_stream::{self, disconnect};
use super::problem::{app, blank, per_quarter, too_many, within};
use super::world::World;
use super::{activity_calls, list_calls, oauth_calls, post_calls, rule_calls};
use crate::call::Call;
use crate::exchange::{Request, Response, json as answer};
use crate::network::{Frame, Network, Opened, StreamId};
use crate::rate_limit::Allowance;

impl Network for World {
    fn name(&self) -> &'static str {
        "x"
    }

    fn set_base_url(&mut self, url: &str) {
        url.clone_into(&mut self.base_url);
    }

    fn handle(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> Response {
        let call = Call::new(request);
        let whole = |result: Result<Response, Response>| result.unwrap_or_else(|refusal| refusal);
        let (method, parts) = call.route();
        match (method, parts.as_slice()) {
            ("GET", ["i", "oauth2", "authorize"]) => oauth_calls::authorize(self, &call, now_ms, random),
            ("POST", ["2", "oauth2", "token"]) => whole(oauth_calls::token(self, &call, now_ms, random)),
            ("POST", ["2", "oauth2", "revoke"]) => whole(oauth_calls::revoke(self, &call)),
            ("GET", ["2", "users", "me"]) => post_calls::me(self, &call, now_ms),
            ("GET", ["2", "users", "by", "username", name]) => post_calls::by_name(self, &call, name, now_ms),
            ("GET", ["2", "users", id, "mentions"]) => list_calls::mentions(self, &call, id, now_ms),
            ("GET", ["2", "users", id, "tweets"]) => list_calls::own(self, &call, id, now_ms),
            ("POST", ["2", "tweets"]) => post_calls::create(self, &call, now_ms),
            ("GET", ["2", "tweets", "search", "recent"]) => list_calls::search(self, &call, now_ms),
            ("GET", ["2", "tweets", "search", "stream", "rules"]) => rule_calls::list(self, &call, now_ms),
            ("POST", ["2", "tweets", "search", "stream", "rules"]) => rule_calls::change(self, &call, now_ms),
            ("GET", ["2", "tweets", id]) => post_calls::get(self, &call, id, now_ms),
            ("DELETE", ["2", "tweets", id]) => post_calls::delete(self, &call, id, now_ms),
            ("POST", ["2", "activity", "subscriptions"]) => activity_calls::create(self, &call, now_ms),
            ("GET", ["2", "activity", "subscriptions"]) => activity_calls::list(self, &call, now_ms),
            ("DELETE", ["2", "activity", "subscriptions", id]) => {
                activity_calls::delete(self, &call, id, now_ms)
            }
            ("DELETE", ["2", "connections", "all"]) => end_all(self, &call, now_ms),
            _ => blank(404, "Not Found", "Not Found"),
        }
    }

    fn open(&mut self, request: &Request, now_ms: i64) -> Opened {
        filtered_stream::open(self, &Call::new(request), now_ms)
    }

    fn pull(&mut self, stream: StreamId, now_ms: i64) -> Vec<Frame> {
        let Some(mut open) = self.streams.close(stream) else {
            let detail = "This stream has been disconnected upstream for operational reasons.";
            return disconnect("ForceDisconnect", detail).into();
        };
        let frames = filtered_stream::pull(self, &mut open, now_ms);
        self.streams.put_back(stream, open);
        frames
    }

    fn receive(&mut self, _stream: StreamId, _text: &str, _now_ms: i64) {}

    fn pong(&mut self, _stream: StreamId, _now_ms: i64) {}

    fn close(&mut self, stream: StreamId) {
        self.streams.close(stream);
    }

    fn expire_tokens(&mut self, now_ms: i64) {
        self.tokens.expire(now_ms);
    }

    fn refusal(&self, status: u16, now_ms: i64) -> Response {
        if status != 429 {
            return blank(status, "Service Unavailable", "Service Unavailable");
        }
        let (limit, resets_at_ms) = (per_quarter(100), now_ms + 1000);
        too_many(Allowance { limit, remaining: 0, resets_at_ms, is_granted: false })
    }
}

/// Ends all streams of an app.
fn end_all(world: &mut World, call: &Call, now_ms: i64) -> Response {
    within(world, "end connections", per_quarter(25), now_ms, |world| {
        let client_id = app(world, call, now_ms)?;
        let ended = world.streams.retain(|stream| stream.client_id != client_id);
        let body = json!({"data": {"successful_kills": ended, "failed_kills": 0}});
        Ok(answer(200, &body))
    })
}
