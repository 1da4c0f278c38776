//! Connections of protocols other than HTTP: bytes in both directions, without TLS at first where the protocol agrees on it
//! later.

use std::io::{Read, Write};

use compact_str::{CompactString, ToCompactString};

use super::dialer::{Dialer, Peer};
use super::socket::Socket;
use crate::domain::time::Millis;

/// When a server and its client agree on TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Before the first byte.
    AtOnce,
    /// By a word of the protocol, before anything that matters. A server that has none is left.
    Asked,
    /// Never. Only a test does that.
    Never,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextServer {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When TLS is agreed on.
    pub security: Security,
}

/// Why nothing more comes of a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub CompactString);

/// An open connection. Dropping it closes it.
pub trait Talk: Send {
    /// Sends all of these bytes.
    ///
    /// # Errors
    /// When some of them did not leave within `wait`, or never can.
    fn send(&mut self, bytes: &[u8], wait: Millis) -> Result<(), Lost>;

    /// Receives what comes next; no bytes if the other side has ended the connection.
    ///
    /// # Errors
    /// When nothing came within `wait`, or the connection is broken.
    fn receive(&mut self, buffer: &mut [u8], wait: Millis) -> Result<usize, Lost>;

    /// Agrees on TLS. What follows goes over it.
    ///
    /// # Errors
    /// When it was not agreed on within `wait`, or the other side is not whom it should be.
    fn secure(&mut self, wait: Millis) -> Result<(), Lost>;

    /// Whether the other side keeps the connection open, and has sent nothing that nobody asked for.
    fn is_quiet(&mut self) -> bool;

    /// The version of TLS; `None` without TLS.
    fn tls_version(&self) -> Option<CompactString>;
}

/// Opens connections, and measures how long they take.
pub trait Talks: Send + Sync {
    /// Connects.
    ///
    /// # Errors
    /// When there is no connection within `wait`.
    fn call(&self, server: &TextServer, wait: Millis) -> Result<Box<dyn Talk>, Lost>;

    /// Microseconds since some moment.
    fn elapsed_us(&self) -> u64;
}

impl Talks for Dialer {
    fn call(&self, server: &TextServer, wait: Millis) -> Result<Box<dyn Talk>, Lost> {
        let tls = server.security == Security::AtOnce;
        let peer = Peer { tls, host: &server.host, port: server.port };
        let later = server.security == Security::Asked;
        let socket = self.dial_other(peer, later, wait.std()).map_err(|fault| Lost(fault.text))?;
        Ok(Box::new(OpenTalk { socket, dialer: self.clone(), host: server.host.clone() }))
    }

    fn elapsed_us(&self) -> u64 {
        self.clock().elapsed_us()
    }
}

struct OpenTalk {
    socket: Socket,
    dialer: Dialer,
    host: String,
}

impl Talk for OpenTalk {
    fn send(&mut self, bytes: &[u8], wait: Millis) -> Result<(), Lost> {
        self.socket.allow(wait.std());
        self.socket.write_all(bytes).and_then(|()| self.socket.flush()).map_err(|error| broken(&error))
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Millis) -> Result<usize, Lost> {
        self.socket.allow(wait.std());
        match self.socket.read(buffer) {
            // The other side closed without a farewell by TLS: what it said until then was whole lines or is not read.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
            read => read.map_err(|error| broken(&error)),
        }
    }

    fn secure(&mut self, wait: Millis) -> Result<(), Lost> {
        self.dialer.secure(&mut self.socket, &self.host, wait.std()).map_err(|fault| Lost(fault.text))
    }

    fn is_quiet(&mut self) -> bool {
        self.socket.is_open()
    }

    fn tls_version(&self) -> Option<CompactString> {
        let version = self.socket.tls_version()?;
        Some(version.as_str().unwrap_or("TLS").replace("TLSv1_", "TLS 1.").into())
    }
}

fn broken(error: &std::io::Error) -> Lost {
    match error.kind() {
        std::io::ErrorKind::WouldBlock => Lost("no answer in time".into()),
        _ => Lost(error.to_compact_string()),
    }
}
