//! Which peers may be called: public addresses, and those of the own network that a test names.
//!
//! The rule is applied to the address that a connection is made to, when it is made. A name says nothing: its owner
//! can let it lead to another address at any time, also into the network of this machine ("DNS rebinding").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::config::serve::{Mode, Peer};

/// Ranges of IPv4 that are not public: IANA's register of special-purpose addresses, multicast and class E.
const RESERVED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by the customers of a provider (CGNAT).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; the metadata services of clouds are here.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Global unicast: what is outside of it is loopback, link-local, unique-local, multicast, or an address of IPv4 in
/// another form.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Ranges within it that are not public.
const RESERVED_V6: [(Ipv6Addr, u32); 4] = [
    // Protocols, Teredo among them, whose addresses have one of IPv4 in them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, whose addresses have one of IPv4 in them.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// NAT64: how a network without IPv4 reaches the address in the last 32 bits.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Which peers may be called.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    mode: Mode,
    allow: Vec<Peer>,
}

/// Why a peer may not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It is called without TLS.
    #[error("a live shop calls by https and wss alone")]
    Plain,
    /// It has no public address, and is not named as a peer.
    #[error(
        "{address} is no public address{}",
        if *.mode == Mode::Test { "; where this peer is meant, add it to `egress_allow`" } else { "" }
    )]
    Address {
        /// The address.
        address: IpAddr,
        /// The mode of the shop.
        mode: Mode,
    },
}

/// The error of a text that is no address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no address of a server")]
pub struct NoAddress;

impl Egress {
    /// The rule of a mode. Only a test may call peers that have no public address.
    #[must_use]
    pub fn new(mode: Mode, allow: Vec<Peer>) -> Self {
        let allow = if mode == Mode::Test { allow } else { Vec::new() };
        Self { mode, allow }
    }

    /// The rule of a command whose operator names the address: that host may be called, in whatever network it is.
    ///
    /// # Errors
    /// When the text is no address of a server.
    pub fn only(address: &str) -> Result<Self, NoAddress> {
        let url = Url::parse(address).map_err(|_| NoAddress)?;
        let port = url.port_or_known_default().ok_or(NoAddress)?;
        let peer = match url.host().ok_or(NoAddress)? {
            Host::Domain(name) => Peer::Name(name.to_owned(), port),
            Host::Ipv4(address) => Peer::Address((address, port).into()),
            Host::Ipv6(address) => Peer::Address((address, port).into()),
        };
        Ok(Self::new(Mode::Test, vec![peer]))
    }

    /// Judges whether peers may be called in this way.
    ///
    /// # Errors
    /// When the mode asks for TLS.
    pub fn judge_scheme(&self, tls: bool) -> Result<(), Barred> {
        if tls || self.mode == Mode::Test { Ok(()) } else { Err(Barred::Plain) }
    }

    /// Judges an address that a connection is about to be made to, for a host that was written in the address of a
    /// request.
    ///
    /// # Errors
    /// When the address is not public, and neither it nor the host is allowed with this port.
    pub fn judge_address(&self, host: &str, address: SocketAddr) -> Result<(), Barred> {
        if is_public(address.ip()) || self.allow.iter().any(|peer| is_meant(peer, host, address)) {
            return Ok(());
        }
        Err(Barred::Address { address: address.ip(), mode: self.mode })
    }
}

fn is_meant(peer: &Peer, host: &str, address: SocketAddr) -> bool {
    match peer {
        Peer::Address(allowed) => (allowed.ip(), allowed.port()) == (address.ip(), address.port()),
        Peer::Name(allowed, port) => allowed.eq_ignore_ascii_case(host) && *port == address.port(),
    }
}

/// Whether an address is one that everybody reaches in the same way.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if within_v6(address, NAT64) => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => {
            within_v6(address, GLOBAL_V6) && !RESERVED_V6.iter().any(|range| within_v6(address, *range))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(range, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ range.to_bits()) >> (32 - bits) == 0;
    !RESERVED_V4.iter().any(within)
}

fn within_v6(address: Ipv6Addr, (range, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ range.to_bits()) >> (128 - bits) == 0
}
