//! Connections on which the other side sends as long as they are open.

use std::sync::Arc;

use super::exchange::{Answer, Http, Request, Unanswered};
use crate::domain::time::Millis;

/// What to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// An HTTP answer without end, read in lines.
    Lines(Request),
    /// A WebSocket: the request's address begins with `ws:` or `wss:`.
    WebSocket(Request),
}

/// Something that came on an open connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received<'a> {
    /// A line without its end, or a text message. An empty line counts: it is a heartbeat.
    Text(&'a [u8]),
    /// A binary message.
    Binary(&'a [u8]),
    /// The other side showed that it is alive, and nothing else.
    Alive,
    /// Nothing came within the wait.
    Nothing,
    /// The connection ended, for this reason.
    Closed(&'a str),
}

/// An open connection. Dropping it closes it.
pub trait Wire: Send {
    /// Waits for the next message, no longer than `wait`. After [`Received::Closed`] nothing comes any more.
    fn receive(&mut self, wait: Millis) -> Received<'_>;

    /// Sends a text message; only on a WebSocket. What cannot be sent shows at the next `receive`.
    fn send(&mut self, text: &str);
}

/// Why a connection was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotOpened {
    /// The other side refused it with an answer.
    Refused(Answer),
    /// No answer came.
    Unanswered(Unanswered),
}

/// Makes requests and opens connections.
pub trait Net: Http {
    /// Opens a connection.
    ///
    /// # Errors
    /// When the other side refuses, or does not answer.
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened>;
}

impl<T: Net + ?Sized> Net for Arc<T> {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Wire>, NotOpened> {
        T::open(self, opening)
    }
}
