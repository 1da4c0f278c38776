//! A port of this machine that refuses connections.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

/// Refuses connections for as long as it lives.
///
/// Its socket is bound and does not listen. A port that was only free a moment ago is another test's server by now.
pub(crate) struct ClosedPort {
    socket: OwnedFd,
}

impl ClosedPort {
    pub(crate) fn open() -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        Self { socket }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        getsockname(&self.socket).expect("a bound socket").try_into().expect("an address")
    }
}
