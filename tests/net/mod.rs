//! Requests and streams over real sockets, to servers of the tests' own on the loopback address.

mod dns;
mod egress;
mod lines;
mod peer;
mod pooled;
mod requests;
mod talk;
mod tls;
mod unanswered;
mod websocket;

use std::net::SocketAddr;

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer};
use flashtag::domain::time::Millis;
use flashtag::net::{Bounds, Client, Dialer, Egress, Trust};

/// Longer than any of the waits in these tests takes on a busy machine.
const LONG: Millis = Millis::from_secs(60);

/// A dialer that calls public addresses, and this one.
fn dialer(address: SocketAddr) -> Dialer {
    let egress = Egress::new(Mode::Test, vec![Peer::Address(address)]);
    Dialer::new(egress, Trust::load(None).unwrap(), Clock::start())
}

/// A client of that server alone.
fn client(address: SocketAddr) -> Client {
    Client::new(dialer(address), patient())
}

/// Bounds that no test runs into.
fn patient() -> Bounds {
    Bounds { connect: LONG, answer: LONG, ..Bounds::default() }
}
