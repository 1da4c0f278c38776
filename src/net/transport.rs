//! Our connections as the HTTP client's: where it asks for a transport, it gets one of ours.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::dialer::{Dialer, Peer};
use super::socket::Socket;
use crate::clock::Clock;

/// Upper bound on a wait that has no other.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// A failure before anything of the request left this machine.
#[derive(Debug)]
pub(super) struct NothingSent {
    /// Whether it took too long.
    pub(super) late: bool,
    /// What failed.
    pub(super) text: CompactString,
}

impl fmt::Display for NothingSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for NothingSent {}

/// The HTTP client asks for addresses before each request, also where a connection is open. [`Dialer`] resolves where
/// it connects.
#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// What the owner of a connection shares with the transport that the HTTP client holds.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// Once it is there, reads end at this time (microseconds of the clock) and not at the client's.
    read_until_us: Mutex<Option<u64>>,
    /// The connection and what was read from it too far, once the client lets go of it.
    returned: Mutex<Option<(Socket, Vec<u8>)>>,
}

impl Lease {
    /// Lets reads end at this time from now on.
    pub(super) fn read_until(&self, until_us: u64) {
        *self.read_until_us.lock().expect("no holder panics") = Some(until_us);
    }

    fn read_until_us(&self) -> Option<u64> {
        *self.read_until_us.lock().expect("no holder panics")
    }

    /// The connection, if the client has let go of it.
    pub(super) fn take(&self) -> Option<(Socket, Vec<u8>)> {
        self.returned.lock().expect("no holder panics").take()
    }
}

/// Makes transports.
#[derive(Debug)]
pub(super) struct Connect {
    pub(super) dialer: Dialer,
    /// For the connector of one connection.
    pub(super) lease: Option<Arc<Lease>>,
}

impl Connector<()> for Connect {
    type Out = SocketTransport;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let tls = details.needs_tls();
        let host = details.uri.host().ok_or_else(|| Error::BadUri(String::new()))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = details.uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let peer = Peer { tls, host: bare, port };
        let wait = details.timeout.not_zero().map_or(WAIT_MAX, |wait| *wait);
        let socket = self
            .dialer
            .dial(peer, wait)
            .map_err(|fault| Error::Other(Box::new(NothingSent { late: fault.late, text: fault.text })))?;
        let config = details.config;
        Ok(Some(SocketTransport {
            begun_at: socket.sent(),
            socket: Some(socket),
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            clock: self.dialer.clock().clone(),
            lease: self.lease.clone(),
        }))
    }
}

/// A connection as the HTTP client's transport.
pub(super) struct SocketTransport {
    /// There until the drop.
    socket: Option<Socket>,
    buffers: LazyBuffers,
    /// What the connection had sent before the request that is being made.
    begun_at: u64,
    clock: Clock,
    lease: Option<Arc<Lease>>,
}

impl SocketTransport {
    /// How long the next read may take, and whether the owner of the connection says so.
    fn read_wait(&self, timeout: NextTimeout) -> Result<(Duration, bool), Error> {
        let Some(until_us) = self.lease.as_ref().and_then(|lease| lease.read_until_us()) else {
            return Ok((timeout.for_read().not_zero().map_or(WAIT_MAX, |wait| *wait), false));
        };
        match until_us.saturating_sub(self.clock.elapsed_us()) {
            0 => Err(io::Error::from(io::ErrorKind::WouldBlock).into()),
            left => Ok((Duration::from_micros(left), true)),
        }
    }
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let Some(socket) = &mut self.socket else { return Err(Error::ConnectionFailed) };
        socket.allow(timeout.not_zero().map_or(WAIT_MAX, |wait| *wait));
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        let Err(error) = socket.write_all(output).and_then(|()| socket.flush()) else { return Ok(()) };
        let late = error.kind() == io::ErrorKind::WouldBlock;
        if socket.sent() == self.begun_at {
            let text = if late { "it took nothing in time".into() } else { format_compact!("{error}") };
            return Err(Error::Other(Box::new(NothingSent { late, text })));
        }
        Err(if late { Error::Timeout(timeout.reason) } else { Error::Io(error) })
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let (wait, is_leased) = self.read_wait(timeout)?;
        let Some(socket) = &mut self.socket else { return Err(Error::ConnectionFailed) };
        socket.allow(wait);
        let read = socket.read(self.buffers.input_append_buf());
        let amount = read.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock if !is_leased => Error::Timeout(timeout.for_read().reason),
            _ => Error::Io(error),
        })?;
        // What is sent from here on is the next request.
        self.begun_at = socket.sent();
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.socket.as_mut().is_some_and(Socket::is_open)
    }

    fn is_tls(&self) -> bool {
        self.socket.as_ref().is_some_and(Socket::is_tls)
    }
}

impl Drop for SocketTransport {
    fn drop(&mut self) {
        if let (Some(lease), Some(socket)) = (&self.lease, self.socket.take()) {
            let rest = self.buffers.input().to_vec();
            *lease.returned.lock().expect("no holder panics") = Some((socket, rest));
        }
    }
}

impl fmt::Debug for SocketTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketTransport").field("socket", &self.socket).finish_non_exhaustive()
    }
}
