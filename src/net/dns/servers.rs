//! The resolvers of this machine.

use std::net::{IpAddr, SocketAddr};

/// The port of resolvers.
const PORT: u16 = 53;

/// Resolvers that are asked, as the system's own lookup does.
const SERVERS_MAX: usize = 3;

/// The resolvers that the text of `resolv.conf` names.
#[must_use]
pub fn servers_of(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address: IpAddr =
            words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?.parse().ok()?;
        Some(SocketAddr::new(address, PORT))
    });
    named.take(SERVERS_MAX).collect()
}
