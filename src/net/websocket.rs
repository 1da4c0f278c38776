//! A WebSocket.

use std::io;
use std::time::Duration;

use compact_str::CompactString;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::exchange::Request;
use super::opening::{Received, Wire};
use super::socket::Socket;
use crate::domain::time::Millis;
use crate::text::grouped::grouped;

/// How long a message may take to leave.
const SEND_WAIT: Duration = Duration::from_secs(10);

/// How long the farewell may take to leave.
const CLOSE_WAIT: Duration = Duration::from_millis(50);

/// Bytes that are read at one time. A stream of 20,000 messages a second is read by a few hundred calls.
const READ_BYTES: usize = 256 << 10;

/// The request that asks for an upgrade, and its key.
pub(super) fn upgrade(request: &Request) -> (Request, String) {
    let key = generate_key();
    let asked = request
        .clone()
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", key.clone());
    (asked, key)
}

/// Whether the headers of an answer agree to the upgrade that was asked for with a key.
pub(super) fn agrees(headers: &[(CompactString, String)], key: &str) -> bool {
    let value = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
    value("upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
        && value("sec-websocket-accept") == Some(&derive_accept_key(key.as_bytes()))
}

/// A WebSocket over a connection that was upgraded, and from which `rest` was read since.
pub(super) fn open(socket: Socket, rest: Vec<u8>, message_bytes: usize) -> Box<dyn Wire> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes));
    let socket = WebSocket::from_partially_read(socket, rest, Role::Client, Some(config));
    Box::new(OpenWebSocket { socket, message: None, message_bytes, ended: None })
}

struct OpenWebSocket {
    socket: WebSocket<Socket>,
    /// The message that was received last.
    message: Option<Message>,
    message_bytes: usize,
    /// Why the connection ended.
    ended: Option<String>,
}

impl OpenWebSocket {
    /// Receives the next message; `None` if the time is over or the connection has ended.
    fn next(&mut self, wait: Duration) -> Option<Message> {
        self.socket.get_mut().allow(wait);
        match self.socket.read() {
            Ok(message) => {
                match &message {
                    // The answer to it is waiting to be sent.
                    Message::Ping(_) => self.flush(),
                    Message::Close(frame) => {
                        let why = frame.as_ref().map(|frame| format!(": {} {}", frame.code, frame.reason));
                        let why = format!("the other side closed{}", why.unwrap_or_default());
                        // What fails from here on is no reason.
                        self.ended = Some(why.replace(char::is_control, "?"));
                        self.flush();
                    }
                    _ => {}
                }
                Some(message)
            }
            Err(error) => {
                self.fail(&error);
                None
            }
        }
    }

    fn flush(&mut self) {
        if let Err(error) = self.socket.flush() {
            self.fail(&error);
        }
    }

    /// Ends the connection, unless only the time is over.
    fn fail(&mut self, error: &Error) {
        let why = match error {
            Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Error::Io(error) => format!("the connection failed: {error}"),
            Error::Capacity(_) => {
                format!("a message is longer than {} bytes", grouped(self.message_bytes as u64))
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                "the connection was cut".to_owned()
            }
            Error::Protocol(fault) => format!("the other side broke the protocol: {fault}"),
            Error::Utf8(_) => "a text is not UTF-8".to_owned(),
            _ => "the connection was cut".to_owned(),
        };
        self.ended.get_or_insert(why);
    }
}

impl Wire for OpenWebSocket {
    fn receive(&mut self, wait: Millis) -> Received<'_> {
        self.message = if self.ended.is_some() { None } else { self.next(wait.std()) };
        match (&self.message, &self.ended) {
            (Some(Message::Text(text)), _) => Received::Text(text.as_bytes()),
            (Some(Message::Binary(bytes)), _) => Received::Binary(bytes),
            (_, Some(why)) => Received::Closed(why),
            (Some(_), None) => Received::Alive,
            (None, None) => Received::Nothing,
        }
    }

    fn send(&mut self, text: &str) {
        if self.ended.is_some() {
            return;
        }
        self.socket.get_mut().allow(SEND_WAIT);
        match self.socket.send(Message::text(text)) {
            Ok(()) => {}
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                self.ended = Some("a message did not leave in time".to_owned());
            }
            Err(error) => self.fail(&error),
        }
    }
}

impl Drop for OpenWebSocket {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // A farewell, if it leaves at once; the connection is closed in any case.
            self.socket.get_mut().allow(CLOSE_WAIT);
            drop(self.socket.close(None).and_then(|()| self.socket.flush()));
        }
    }
}
