//! Which peers may be called.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer};
use flashtag::net::{Client, Dialer, Egress, Http, NoAddress, Request, Trust, Unanswered};

use super::patient;
use super::peer::{Peer as Server, last_answer};

fn judged(egress: &Egress, host: &str, address: IpAddr, port: u16) -> bool {
    egress.judge_address(host, SocketAddr::new(address, port)).is_ok()
}

#[test]
fn only_public_addresses_are_called() {
    // An address, what it is, and whether it is public.
    let table = [
        ("1.1.1.1", "public", true),
        ("9.255.255.255", "the last before 10/8", true),
        ("11.0.0.0", "the first after 10/8", true),
        ("100.63.255.255", "the last before CGNAT", true),
        ("100.128.0.0", "the first after CGNAT", true),
        ("172.15.255.255", "the last before 172.16/12", true),
        ("172.32.0.0", "the first after 172.16/12", true),
        ("192.167.255.255", "the last before 192.168/16", true),
        ("192.169.0.0", "the first after 192.168/16", true),
        ("223.255.255.255", "the last before multicast", true),
        ("0.0.0.0", "unspecified", false),
        ("0.1.2.3", "this network", false),
        ("10.0.0.1", "private", false),
        ("100.64.0.1", "CGNAT", false),
        ("100.127.255.255", "CGNAT", false),
        ("127.0.0.1", "loopback", false),
        ("127.255.255.254", "loopback", false),
        ("169.254.169.254", "link-local: metadata of clouds", false),
        ("172.16.0.1", "private", false),
        ("172.31.255.255", "private", false),
        ("192.0.0.170", "protocol assignments", false),
        ("192.0.2.1", "documentation", false),
        ("192.88.99.1", "6to4 relays", false),
        ("192.168.0.1", "private", false),
        ("198.19.255.255", "benchmarks", false),
        ("198.51.100.7", "documentation", false),
        ("203.0.113.7", "documentation", false),
        ("224.0.0.1", "multicast", false),
        ("239.255.255.250", "multicast", false),
        ("240.0.0.1", "reserved", false),
        ("255.255.255.255", "broadcast", false),
        ("2606:4700:4700::1111", "public", true),
        ("2a00:1450:4001::1", "public", true),
        ("64:ff9b::101:101", "NAT64 of 1.1.1.1", true),
        ("64:ff9b::7f00:1", "NAT64 of 127.0.0.1", false),
        ("64:ff9b::a00:1", "NAT64 of 10.0.0.1", false),
        ("64:ff9b::a9fe:a9fe", "NAT64 of 169.254.169.254", false),
        ("64:ff9b:1::101:101", "local NAT64", false),
        ("::", "unspecified", false),
        ("::1", "loopback", false),
        ("::ffff:127.0.0.1", "IPv4-mapped loopback", false),
        ("::ffff:1.1.1.1", "IPv4-mapped", false),
        ("::127.0.0.1", "IPv4-compatible loopback", false),
        ("::1.1.1.1", "IPv4-compatible", false),
        ("::ffff:0:7f00:1", "IPv4-translated", false),
        ("100::1", "discarded", false),
        ("2001::1", "Teredo", false),
        ("2001:10::1", "ORCHID", false),
        ("2001:db8::1", "documentation", false),
        ("2002:7f00:1::", "6to4 of 127.0.0.1", false),
        ("3fff::1", "documentation", false),
        ("fc00::1", "unique-local", false),
        ("fd00:ec2::254", "unique-local: metadata of a cloud", false),
        ("fe80::1", "link-local", false),
        ("fec0::1", "site-local", false),
        ("ff02::1", "multicast", false),
    ];
    for mode in [Mode::Test, Mode::Live] {
        let egress = Egress::new(mode, Vec::new());
        for (address, what, public) in table {
            assert_eq!(judged(&egress, "h", address.parse().unwrap(), 443), public, "{address}: {what}");
        }
    }
}

#[test]
fn a_test_calls_the_peers_that_it_names_with_their_port_and_a_live_shop_does_not() {
    let peers: Vec<Peer> = ["127.0.0.1:2583", "[::1]:80", "PDS.test:443"]
        .into_iter()
        .map(|peer| peer.parse().unwrap())
        .collect();
    let (test, live) = (Egress::new(Mode::Test, peers.clone()), Egress::new(Mode::Live, peers));
    // Host as written, address it leads to, port, and whether a test may call it.
    let table = [
        ("127.0.0.1", "127.0.0.1", 2583, true),
        ("localhost", "127.0.0.1", 2583, true),
        ("127.0.0.1", "127.0.0.1", 2584, false),
        ("127.0.0.2", "127.0.0.2", 2583, false),
        ("::1", "::1", 80, true),
        ("::1", "::1", 2583, false),
        ("pds.test", "10.1.2.3", 443, true),
        ("Pds.Test", "fd00::7", 443, true),
        ("pds.test", "10.1.2.3", 80, false),
        ("a.pds.test", "10.1.2.3", 443, false),
        ("pds.test.example", "10.1.2.3", 443, false),
    ];
    for (host, address, port, allowed) in table {
        let address = address.parse().unwrap();
        assert_eq!(judged(&test, host, address, port), allowed, "{host} at {address}:{port}");
        assert!(!judged(&live, host, address, port), "live: {host} at {address}:{port}");
    }
    assert!(test.judge_scheme(false).is_ok() && test.judge_scheme(true).is_ok());
    assert!(live.judge_scheme(false).is_err() && live.judge_scheme(true).is_ok());
}

#[test]
fn a_command_calls_the_server_that_its_operator_names() {
    // Address, host, address that it leads to, port, and whether that is what was named.
    let table = [
        ("http://127.0.0.1:8080", "127.0.0.1", "127.0.0.1", 8080, true),
        ("http://127.0.0.1:8080/", "127.0.0.1", "127.0.0.1", 80, false),
        ("http://127.0.0.1", "127.0.0.1", "127.0.0.1", 80, true),
        ("https://[fd00::1]", "fd00::1", "fd00::1", 443, true),
        ("http://Shop.internal:81", "shop.internal", "10.0.0.9", 81, true),
        ("http://shop.internal:81", "other.internal", "10.0.0.9", 81, false),
    ];
    for (named, host, address, port, allowed) in table {
        let egress = Egress::only(named).unwrap();
        assert_eq!(judged(&egress, host, address.parse().unwrap(), port), allowed, "{named}: {host}:{port}");
    }
    for wrong in ["", "nonsense", "http://", "http://a b", "mailto:a@b"] {
        assert_eq!(Egress::only(wrong).unwrap_err(), NoAddress, "{wrong}");
    }
}

#[test]
fn an_address_that_is_not_public_is_refused_when_it_is_connected_to() {
    let server = Server::answering(last_answer("200 OK", ""));
    let dialer = |allow: &[&str]| {
        let allow = allow.iter().map(|peer| peer.parse().unwrap()).collect();
        Dialer::new(Egress::new(Mode::Test, allow), Trust::load(None).unwrap(), Clock::start())
    };
    let port = server.address.port();
    let client = Client::new(dialer(&[]), patient());
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let refused = client.exchange(&Request::get(format!("http://{host}:{port}/"))).unwrap_err();
        let Unanswered::NotSent(why) = refused else { panic!("{host}: {refused:?}") };
        assert!(why.contains("is no public address") || host.contains('x'), "{host}: {why}");
    }
    assert_eq!(server.visits(), 0);
    let allowed = Client::new(dialer(&[&server.address.to_string()]), patient());
    assert_eq!(allowed.exchange(&Request::get(server.url("/"))).unwrap().status, 200);
}

#[test]
fn a_name_is_resolved_once_and_the_connection_goes_where_it_was_judged() {
    let server = Server::answering(last_answer("200 OK", ""));
    let (address, asked) = (server.address, Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    // The second answer would lead elsewhere, as the owner of a name can arrange.
    let lookup = move |_: &str, port: u16| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        Ok(vec![if first { address } else { SocketAddr::new("127.0.0.9".parse().unwrap(), port) }])
    };
    let egress = Egress::new(Mode::Test, vec![Peer::Address(address)]);
    let dialer =
        Dialer::new(egress, Trust::load(None).unwrap(), Clock::start()).with_lookup(Arc::new(lookup));
    let client = Client::new(dialer, patient());
    let request = Request::get(format!("http://rebound.example:{}/", address.port()));
    assert_eq!(client.exchange(&request).unwrap().status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let refused = client.exchange(&request).unwrap_err();
    assert!(
        matches!(&refused, Unanswered::NotSent(why) if why.contains("127.0.0.9 is no public")),
        "{refused}"
    );
}

#[test]
fn of_several_addresses_those_that_may_not_be_called_are_passed_over() {
    let server = Server::answering(last_answer("200 OK", ""));
    let address = server.address;
    let lookup =
        move |_: &str, port: u16| Ok(vec![SocketAddr::new("10.0.0.1".parse().unwrap(), port), address]);
    let dialer = super::dialer(address).with_lookup(Arc::new(lookup));
    let client = Client::new(dialer, patient());
    let request = Request::get(format!("http://two.example:{}/", address.port()));
    assert_eq!(client.exchange(&request).unwrap().status, 200);
}

#[test]
fn a_live_shop_calls_nobody_without_tls() {
    let egress = Egress::new(Mode::Live, Vec::new());
    let client = Client::new(Dialer::new(egress, Trust::load(None).unwrap(), Clock::start()), patient());
    let refused = client.exchange(&Request::get("http://1.1.1.1/")).unwrap_err();
    let expected = "1.1.1.1: a live shop calls by https and wss alone";
    assert_eq!(refused, Unanswered::NotSent(expected.into()));
}
