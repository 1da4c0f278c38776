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
use std::sync::Mutex;
use std::sync::mpsc::channel;

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer};
use flashtag::domain::time::Millis;
use flashtag::net::{Bounds, Client, Dialer, Egress, Received, Trust, Wire};

use self::peer::Visitor;

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

/// A server that says half of something, and the rest once its client has waited in vain.
fn assert_goes_on(
    open: impl FnOnce(Box<dyn Fn(&mut Visitor) + Send + Sync>) -> (peer::Peer, Box<dyn Wire>),
    halves: [Vec<u8>; 2],
) {
    let (go_on, going) = channel::<()>();
    let going = Mutex::new(going);
    let (_server, mut wire) = open(Box::new(move |visitor| {
        let [first, second] = &halves;
        visitor.say(first);
        going.lock().unwrap().recv().unwrap();
        visitor.say(second);
        visitor.wait_for_close();
    }));
    for wait in [0, 1, 30] {
        assert_eq!(wire.receive(Millis::from_ms(wait)), Received::Nothing);
    }
    go_on.send(()).unwrap();
    assert_eq!(wire.receive(LONG), Received::Text(b"begun"));
    assert_eq!(wire.receive(Millis::from_ms(1)), Received::Nothing);
}

/// Bounds that no test runs into.
fn patient() -> Bounds {
    Bounds { connect: LONG, answer: LONG, ..Bounds::default() }
}
