//! Makes connections: one resolver, one rule of egress, one set of trusted roots.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::egress::Egress;
use super::resolver::{Lookup, Resolver, Unresolved};
use super::socket::Socket;
use super::trust::Trust;
use crate::clock::Clock;
use crate::telemetry;

/// Makes connections. Its clones share what they have.
#[derive(Debug, Clone)]
pub struct Dialer {
    egress: Arc<Egress>,
    trust: Trust,
    resolver: Resolver,
    clock: Clock,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer<'a> {
    /// Whether it is called by TLS.
    pub(super) tls: bool,
    /// The host as the address has it, without brackets.
    pub(super) host: &'a str,
    /// The port.
    pub(super) port: u16,
}

/// Why there is no connection. Nothing of a request was sent.
#[derive(Debug)]
pub(super) struct NoConnection {
    /// Whether it took too long.
    pub(super) late: bool,
    /// What failed.
    pub(super) text: CompactString,
}

impl NoConnection {
    fn new(text: impl fmt::Display) -> Self {
        Self { late: false, text: format_compact!("{text}") }
    }

    fn late(text: &str) -> Self {
        Self { late: true, text: text.into() }
    }
}

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for NoConnection {}

impl Dialer {
    /// Connects where `egress` allows, to whom `trust` trusts; the clock bounds waits.
    #[must_use]
    pub fn new(egress: Egress, trust: Trust, clock: Clock) -> Self {
        Self { egress: Arc::new(egress), trust, resolver: Resolver::of_system(), clock }
    }

    /// Resolves names in this way; without it, as the system does.
    #[must_use]
    pub fn with_lookup(self, lookup: Arc<Lookup>) -> Self {
        Self { resolver: Resolver::new(lookup), ..self }
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Connects to a peer within `wait`.
    pub(super) fn dial(&self, peer: Peer<'_>, wait: Duration) -> Result<Socket, NoConnection> {
        self.egress.judge_scheme(peer.tls).map_err(NoConnection::new)?;
        let limit = Limit::new(&self.clock, wait);
        let mut socket = self.plain(peer.host, peer.port, &limit)?;
        if peer.tls {
            socket.secure(session(self.trust.web(), peer.host)?, limit.left()?).map_err(no_tls)?;
        }
        Ok(socket)
    }

    /// Connects to a server of another protocol than HTTP within `wait`: by TLS from the first byte, or without, where the
    /// protocol agrees on TLS later (`later`).
    pub(super) fn dial_other(
        &self,
        peer: Peer<'_>,
        later: bool,
        wait: Duration,
    ) -> Result<Socket, NoConnection> {
        self.egress.judge_scheme(peer.tls || later).map_err(NoConnection::new)?;
        let limit = Limit::new(&self.clock, wait);
        let mut socket = self.plain(peer.host, peer.port, &limit)?;
        if peer.tls {
            self.secure(&mut socket, peer.host, limit.left()?)?;
        }
        Ok(socket)
    }

    /// Agrees on TLS over a connection of another protocol than HTTP.
    pub(super) fn secure(&self, socket: &mut Socket, host: &str, wait: Duration) -> Result<(), NoConnection> {
        socket.secure(session(self.trust.other(), host)?, wait).map_err(no_tls)
    }

    fn plain(&self, host: &str, port: u16, limit: &Limit<'_>) -> Result<Socket, NoConnection> {
        let addresses = self.resolver.addresses(host, port, limit.left()?).map_err(|fault| NoConnection {
            late: matches!(fault, Unresolved::Late),
            text: format_compact!("{fault}"),
        })?;
        let tcp = self.connect(host, &addresses, limit)?;
        tcp.set_nodelay(true).map_err(NoConnection::new)?;
        Ok(Socket::plain(tcp, self.clock.clone()))
    }

    /// Connects to the first address that answers. Each is judged, and then connected to as it was judged.
    fn connect(
        &self,
        host: &str,
        addresses: &[SocketAddr],
        limit: &Limit<'_>,
    ) -> Result<TcpStream, NoConnection> {
        let mut fault = NoConnection::new("it has no address");
        for (tried, address) in addresses.iter().enumerate() {
            if let Err(barred) = self.egress.judge_address(host, *address) {
                telemetry::egress_refused().increment(1);
                fault = NoConnection::new(barred);
                continue;
            }
            // An address that does not answer leaves time for the next.
            let others = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            let share = limit.left()? / others;
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(tcp) => return Ok(tcp),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    fault = NoConnection::late("no connection in time");
                }
                Err(error) => fault = NoConnection::new(error),
            }
        }
        Err(fault)
    }
}

fn session(config: Arc<ClientConfig>, host: &str) -> Result<ClientConnection, NoConnection> {
    let name = ServerName::try_from(host.to_owned()).map_err(NoConnection::new)?;
    ClientConnection::new(config, name).map_err(NoConnection::new)
}

fn no_tls(error: io::Error) -> NoConnection {
    match error.kind() {
        io::ErrorKind::WouldBlock => NoConnection::late("TLS was not agreed in time"),
        _ => NoConnection::new(format_args!("no TLS: {error}")),
    }
}

/// The time that a connection may take.
struct Limit<'a> {
    clock: &'a Clock,
    until_us: u64,
}

impl<'a> Limit<'a> {
    fn new(clock: &'a Clock, wait: Duration) -> Self {
        let wait_us = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        Self { clock, until_us: clock.elapsed_us().saturating_add(wait_us) }
    }

    fn left(&self) -> Result<Duration, NoConnection> {
        match self.until_us.saturating_sub(self.clock.elapsed_us()) {
            0 => Err(NoConnection::late("no connection in time")),
            left => Ok(Duration::from_micros(left)),
        }
    }
}
