//! Connections of other protocols than HTTP: TLS when it is asked for, the rules of egress, and trusted roots.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer as Allowed};
use flashtag::domain::time::Millis;
use flashtag::net::{Dialer, Egress, Security, Talk, Talks, TextServer, Trust};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::LONG;
use super::peer::Peer;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/tls").join(name)
}

/// A server that greets, hears `secure`, and goes on by TLS. It knows protocols of its own by name, and HTTP is none of them.
fn server() -> Peer {
    let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"smtp".to_vec()];
    let config = Arc::new(config);
    Peer::serving(move |mut visitor| {
        visitor.say(b"hello\n");
        let stream = visitor.stream.try_clone().unwrap();
        if hear(&mut &stream) != b"secure\n" {
            return;
        }
        visitor.say(b"go on\n");
        serve_by_tls(&config, stream);
    })
}

fn serve_by_tls(config: &Arc<ServerConfig>, stream: TcpStream) {
    let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream);
    let heard = hear(&mut stream);
    drop(stream.write_all(&heard));
    drop(stream.flush());
    hear(&mut stream);
}

/// A line, with its end.
fn hear(stream: &mut impl Read) -> Vec<u8> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        line.push(byte[0]);
    }
    line
}

fn receive(talk: &mut dyn Talk) -> String {
    let mut buffer = [0; 64];
    let count = talk.receive(&mut buffer, LONG).unwrap();
    String::from_utf8(buffer[..count].to_vec()).unwrap()
}

fn dialer(server: &Peer, mode: Mode, allowed: bool, ca_file: Option<&Path>) -> Dialer {
    let allow = if allowed { vec![Allowed::Address(server.address)] } else { Vec::new() };
    let address = server.address;
    Dialer::new(Egress::new(mode, allow), Trust::load(ca_file).unwrap(), Clock::start())
        .with_lookup(Arc::new(move |_, _| Ok(vec![address])))
}

fn named(server: &Peer, host: &str, security: Security) -> TextServer {
    TextServer { host: host.to_owned(), port: server.address.port(), security }
}

#[test]
fn tls_is_agreed_on_in_the_middle_of_a_conversation() {
    let server = server();
    let dialer = dialer(&server, Mode::Test, true, Some(&file("ca.pem")));
    let mut talk = dialer.call(&named(&server, "pds.test", Security::Asked), LONG).unwrap();
    assert_eq!(receive(&mut *talk), "hello\n");
    assert!(talk.is_quiet() && talk.tls_version().is_none());
    talk.send(b"secure\n", LONG).unwrap();
    assert_eq!(receive(&mut *talk), "go on\n");
    talk.secure(LONG).unwrap();
    assert_eq!(talk.tls_version().as_deref(), Some("TLS 1.3"));
    talk.send(b"echo\n", LONG).unwrap();
    assert_eq!(receive(&mut *talk), "echo\n");
    assert!(talk.is_quiet());
}

#[test]
fn only_whom_the_roots_vouch_for_is_spoken_to_by_tls() {
    let server = server();
    for (host, ca_file, why) in
        [("pds.test", None, "UnknownIssuer"), ("other.test", Some(file("ca.pem")), "not valid for name")]
    {
        let dialer = dialer(&server, Mode::Test, true, ca_file.as_deref());
        let mut talk = dialer.call(&named(&server, host, Security::Asked), LONG).unwrap();
        receive(&mut *talk);
        talk.send(b"secure\n", LONG).unwrap();
        receive(&mut *talk);
        let lost = talk.secure(LONG).unwrap_err();
        assert!(lost.to_string().contains(why), "{lost}");
        // Nothing is said without TLS after that.
        assert!(talk.send(b"secret\n", LONG).is_err() && talk.receive(&mut [0], LONG).is_err());
        assert!(!talk.is_quiet());
    }
}

#[test]
fn the_rules_of_egress_hold() {
    let server = server();
    let table = [
        (Mode::Test, true, Security::Asked, None),
        (Mode::Test, true, Security::Never, None),
        (Mode::Test, false, Security::Asked, Some("egress_allow")),
        (Mode::Test, false, Security::Never, Some("egress_allow")),
        (Mode::Live, true, Security::Asked, Some("no public address")),
        (Mode::Live, true, Security::AtOnce, Some("no public address")),
        (Mode::Live, true, Security::Never, Some("alone")),
    ];
    for (mode, allowed, security, why) in table {
        let dialer = dialer(&server, mode, allowed, None);
        let called = dialer.call(&named(&server, "127.0.0.1", security), LONG);
        match (called, why) {
            (Ok(_), None) => {}
            (Err(lost), Some(why)) => {
                assert!(lost.to_string().contains(why), "{mode:?} {security:?}: {lost}")
            }
            (called, _) => panic!("{mode:?} {allowed} {security:?}: {:?}", called.err()),
        }
    }
}

#[test]
fn a_wait_ends() {
    let server = Peer::serving(|mut visitor| {
        visitor.say(b"hello\n");
        hear(&mut &visitor.stream);
    });
    let dialer = dialer(&server, Mode::Test, true, None);
    let mut talk = dialer.call(&named(&server, "127.0.0.1", Security::Never), LONG).unwrap();
    assert_eq!(receive(&mut *talk), "hello\n");
    let lost = talk.receive(&mut [0; 8], Millis::from_ms(20)).unwrap_err();
    assert_eq!(lost.to_string(), "no answer in time");
    talk.send(b"bye\n", LONG).unwrap();
    assert_eq!(talk.receive(&mut [0; 8], LONG), Ok(0), "it hung up");
}
