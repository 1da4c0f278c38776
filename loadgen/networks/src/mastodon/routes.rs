//! Which address is answered by what.

use rand::Rng;

use super::entities;
use super::instance::{authorization_server, instance, older_instance};
use super::reply::{REQUESTS, account, error, limited, too_many};
use super::stream::Liveness;
use super::world::World;
use super::{notification_calls, oauth_calls, status_calls, streaming, timeline_calls};
use crate::call::Call;
use crate::exchange::{Request, Response, json as answer, text};
use crate::network::{Frame, Network, Opened, StreamId};
use crate::rate_limit::Allowance;

impl Network for World {
    fn name(&self) -> &'static str {
        "mastodon"
    }

    fn set_base_url(&mut self, url: &str) {
        url.clone_into(&mut self.base_url);
    }

    fn handle(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> Response {
        let call = Call::new(request);
        let (method, parts) = call.route();
        // A slash at the end makes no difference to the network.
        let parts = parts.strip_suffix(&[""]).unwrap_or(&parts);
        match (method, parts) {
            ("POST", ["api", "v1", "apps"]) => oauth_calls::register(self, &call, now_ms, random),
            ("GET", ["api", "v1", "apps", "verify_credentials"]) => oauth_calls::own_app(self, &call),
            ("GET", ["oauth", "authorize"]) => oauth_calls::authorize(self, &call, now_ms, random),
            ("POST", ["oauth", "token"]) => oauth_calls::token(self, &call, now_ms, random),
            ("GET" | "POST", ["oauth", "userinfo"]) if self.options.has_userinfo => {
                userinfo(self, &call, now_ms)
            }
            ("POST", ["oauth", "revoke"]) => oauth_calls::revoke(self, &call),
            ("GET", [".well-known", "oauth-authorization-server"]) => {
                answer(200, &authorization_server(self))
            }
            ("GET", ["api", "v2", "instance"]) => {
                let body = instance(self);
                limited(answer(200, &body), self.limiter.spend("requests", 1, REQUESTS, now_ms))
            }
            ("GET", ["api", "v1", "instance"]) => {
                let body = older_instance(self);
                limited(answer(200, &body), self.limiter.spend("requests", 1, REQUESTS, now_ms))
            }
            ("GET", ["api", "v1", "accounts", "verify_credentials"]) => verify(self, &call, now_ms),
            ("GET", ["api", "v1", "accounts", id, "statuses"]) => {
                timeline_calls::account(self, &call, id, now_ms)
            }
            ("POST", ["api", "v1", "statuses"]) => status_calls::create(self, &call, now_ms),
            ("GET", ["api", "v1", "statuses", id]) => status_calls::get(self, &call, id, now_ms),
            ("DELETE", ["api", "v1", "statuses", id]) => status_calls::delete(self, &call, id, now_ms),
            ("GET", ["api", "v1", "statuses", id, "context"]) => {
                status_calls::context(self, &call, id, now_ms)
            }
            ("POST", ["api", "v1", "statuses", id, "reblog"]) => {
                status_calls::reblog(self, &call, id, now_ms)
            }
            ("GET", ["api", "v1", "timelines", "tag", tag]) => {
                timeline_calls::hashtag(self, &call, tag, now_ms)
            }
            ("GET", ["api", "v1", "notifications"]) => notification_calls::list(self, &call, now_ms),
            ("GET", ["api", "v1", "notifications", id]) => notification_calls::get(self, &call, id, now_ms),
            ("GET", ["api", "v1", "streaming", "health"]) => text(200, "OK"),
            _ => error(404, "Not Found"),
        }
    }

    fn open(&mut self, request: &Request, now_ms: i64) -> Opened {
        let call = Call::new(request);
        if call.method != http::Method::GET {
            return Opened::NotAStream;
        }
        streaming::open(self, &call, now_ms)
    }

    fn pull(&mut self, stream: StreamId, now_ms: i64) -> Vec<Frame> {
        let Some(mut open) = self.streams.close(stream) else {
            return vec![Frame::Close(1000, String::new())];
        };
        let frames = streaming::pull(self, &mut open, now_ms);
        self.streams.put_back(stream, open);
        frames
    }

    fn receive(&mut self, stream: StreamId, text: &str, _now_ms: i64) {
        let Some(stream) = self.streams.get_mut(stream) else { return };
        let scope = self.apps.tokens.get(&stream.token).map(|token| token.scope.as_str()).unwrap_or_default();
        streaming::receive(stream, scope, text);
    }

    fn pong(&mut self, stream: StreamId, _now_ms: i64) {
        if let Some(stream) = self.streams.get_mut(stream)
            && let Liveness::Ping(pinger) = &mut stream.liveness
        {
            pinger.pong();
        }
    }

    fn close(&mut self, stream: StreamId) {
        self.streams.close(stream);
    }

    /// Mastodon's tokens do not expire: they are taken back, and nothing renews them.
    fn expire_tokens(&mut self, _now_ms: i64) {
        self.apps.tokens.clear();
    }

    fn refusal(&self, status: u16, now_ms: i64) -> Response {
        if status != 429 {
            return error(status, "The server could not answer");
        }
        too_many(Allowance { limit: REQUESTS, remaining: 0, resets_at_ms: now_ms + 1000, is_granted: false })
    }
}

fn verify(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let own = match account(world, call, "profile").or_else(|_| account(world, call, "read:accounts")) {
        Ok((own, _)) => own,
        Err(refusal) => return refusal,
    };
    let allowance = world.limiter.spend(&status_calls::key_of(Some(own)), 1, REQUESTS, now_ms);
    match world.accounts.get(own) {
        Some(account) => limited(answer(200, &entities::credential_account(world, account)), allowance),
        None => error(401, "The access token is invalid"),
    }
}

fn userinfo(world: &mut World, call: &Call, now_ms: i64) -> Response {
    let own = match account(world, call, "profile") {
        Ok((own, _)) => own,
        Err(refusal) => return refusal,
    };
    let allowance = world.limiter.spend(&status_calls::key_of(Some(own)), 1, REQUESTS, now_ms);
    match world.accounts.get(own) {
        Some(account) => limited(answer(200, &entities::userinfo(world, account)), allowance),
        None => error(401, "The access token is invalid"),
    }
}
