//! A client of a world: requests in, answers out, on a clock of its own.

use networks::{Frame, Network, Opened, Request, Response, StreamId};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::Value;

/// When the tests begin: 2026-11-30T15:00:00Z.
pub(crate) const NOON_MS: i64 = 1_796_050_800_000;

/// A world and somebody who asks it.
pub(crate) struct Client<W> {
    pub(crate) world: W,
    pub(crate) now_ms: i64,
    pub(crate) token: Option<String>,
    /// Headers of every request.
    pub(crate) headers: Vec<(String, String)>,
    random: Xoshiro256PlusPlus,
}

/// An answer with its body read; a body that is no JSON is a text.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) response: Response,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl<W: Network> Client<W> {
    pub(crate) fn new(world: W) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(7);
        Self { world, now_ms: NOON_MS, token: None, headers: Vec::new(), random }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answered {
        self.send("GET", path, "", "")
    }

    pub(crate) fn delete(&mut self, path: &str) -> Answered {
        self.send("DELETE", path, "", "")
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answered {
        self.send("POST", path, "application/json", &body.to_string())
    }

    pub(crate) fn form(&mut self, path: &str, body: &str) -> Answered {
        self.send("POST", path, "application/x-www-form-urlencoded", body)
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Answered {
        let request = self.request(method, path, kind, body);
        let response = self.world.handle(&request, self.now_ms, &mut self.random);
        let text = || Value::String(String::from_utf8(response.body().clone()).unwrap());
        let body = serde_json::from_slice(response.body()).unwrap_or_else(|_| text());
        Answered { status: response.status().as_u16(), body, response }
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &str) -> Request {
        let mut request = http::Request::builder().method(method).uri(path);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(body.as_bytes().to_vec()).unwrap()
    }

    /// Opens a connection, or returns the status of the refusal.
    pub(crate) fn open(&mut self, path: &str) -> Result<StreamId, u16> {
        let request = self.request("GET", path, "", "");
        match self.world.open(&request, self.now_ms) {
            Opened::Stream(id, _) => Ok(id),
            Opened::Refused(response) => Err(response.status().as_u16()),
            Opened::NotAStream => Err(0),
        }
    }

    pub(crate) fn pull(&mut self, id: StreamId) -> Vec<Frame> {
        self.world.pull(id, self.now_ms)
    }

    /// The text messages that came, as JSON.
    pub(crate) fn messages(&mut self, id: StreamId) -> Vec<Value> {
        let texts = self.pull(id).into_iter().filter_map(|frame| match frame {
            Frame::Text(text) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        });
        texts.collect()
    }
}
