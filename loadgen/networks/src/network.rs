//! What every stand-in does: answers requests, and sends on open connections.

use rand::Rng;

use crate::exchange::{Request, Response};

/// The number of an open connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// How an open connection is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// A WebSocket, with the subprotocol that is agreed on.
    WebSocket(Option<&'static str>),
    /// An HTTP answer without end, of this content type.
    Endless(&'static str),
}

/// The result of an attempt to open a connection.
#[derive(Debug)]
pub enum Opened {
    /// The address is not one of a stream: the request wants an answer.
    NotAStream,
    /// The network refuses.
    Refused(Response),
    /// It is open.
    Stream(StreamId, StreamKind),
}

/// What the network sends on an open connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping of the WebSocket protocol.
    Ping,
    /// The next bytes of an endless HTTP answer.
    Chunk(Vec<u8>),
    /// The connection ends in order, for a WebSocket with this code.
    Close(u16, String),
    /// Half of this frame, and then the connection breaks.
    Cut(Box<Self>),
}

/// A network, without sockets, clock and randomness. Times are milliseconds since 1970.
pub trait Network: Send {
    /// The network's name, in small letters.
    fn name(&self) -> &'static str;

    /// Tells the address at which clients find this network, for the addresses that its answers hold.
    fn set_base_url(&mut self, url: &str);

    /// Answers a request.
    fn handle(&mut self, request: &Request, now_ms: i64, random: &mut dyn Rng) -> Response;

    /// Opens a connection.
    fn open(&mut self, request: &Request, now_ms: i64) -> Opened;

    /// What is to be sent on a connection by now, with heartbeats; no more than some hundred frames at once.
    fn pull(&mut self, stream: StreamId, now_ms: i64) -> Vec<Frame>;

    /// Takes a text that the client sent on a WebSocket.
    fn receive(&mut self, stream: StreamId, text: &str, now_ms: i64);

    /// Takes the client's answer to a ping.
    fn pong(&mut self, stream: StreamId, now_ms: i64);

    /// Forgets a connection that ended.
    fn close(&mut self, stream: StreamId);

    /// Makes all access tokens expire now; what renews them stays good.
    fn expire_tokens(&mut self, now_ms: i64);

    /// The network's own answer when it refuses a request for a reason of its own: 429 or one of the 500s.
    fn refusal(&self, status: u16, now_ms: i64) -> Response;
}
