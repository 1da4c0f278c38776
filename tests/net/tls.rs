//! TLS: whom a client trusts.
//!
//! `tls/ca.pem` is a root of these tests, and `tls/server.pem` a certificate that it signed for `localhost`,
//! `pds.test` and 127.0.0.1. Both are valid for a hundred years; the root's key was thrown away.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer as Allowed};
use flashtag::net::{Client, Dialer, Egress, Http, Net, Opening, Received, Request, Trust, Unanswered};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::Message;

use super::peer::{Peer, answer, last_answer};
use super::{LONG, patient};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/tls").join(name)
}

type Secure = StreamOwned<ServerConnection, TcpStream>;

/// A server that speaks TLS.
fn server(script: impl Fn(Secure) + Send + Sync + 'static) -> Peer {
    let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    Peer::serving(move |visitor| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        script(StreamOwned::new(session, visitor.stream.try_clone().unwrap()));
    })
}

/// Reads the head of a request; empty when the client has gone.
fn request(stream: &mut Secure) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return String::new(),
        }
    }
    String::from_utf8(head).unwrap()
}

fn client(server: &Peer, ca_file: Option<&Path>) -> Client {
    let egress = Egress::new(Mode::Test, vec![Allowed::Address(server.address)]);
    let address = server.address;
    let dialer = Dialer::new(egress, Trust::load(ca_file).unwrap(), Clock::start());
    Client::new(dialer.with_lookup(Arc::new(move |_, _| Ok(vec![address]))), patient())
}

fn answering() -> Peer {
    server(|mut stream| {
        while !request(&mut stream).is_empty() {
            drop(stream.write_all(answer("200 OK", "sealed").as_bytes()));
        }
    })
}

#[test]
fn a_root_of_the_file_is_trusted_for_the_names_that_it_signed() {
    let server = answering();
    let port = server.address.port();
    let client = client(&server, Some(&file("ca.pem")));
    for host in ["localhost", "pds.test", "127.0.0.1"] {
        for _ in 0..2 {
            let answer = client.exchange(&Request::get(format!("https://{host}:{port}/"))).unwrap();
            assert_eq!(answer.body, b"sealed");
        }
    }
    assert_eq!(server.visits(), 3, "a connection by TLS is kept as well");
    let refused = client.exchange(&Request::get(format!("https://other.test:{port}/"))).unwrap_err();
    assert!(matches!(&refused, Unanswered::NotSent(why) if why.contains("not valid for name")), "{refused}");
}

#[test]
fn without_the_file_nobody_vouches_for_it() {
    let server = answering();
    let url = format!("https://localhost:{}/", server.address.port());
    let refused = client(&server, None).exchange(&Request::get(url)).unwrap_err();
    assert!(matches!(&refused, Unanswered::NotSent(why) if why.contains("UnknownIssuer")), "{refused}");
}

#[test]
fn a_peer_that_speaks_no_tls_gets_no_request() {
    let server = Peer::answering(last_answer("200 OK", ""));
    let url = format!("https://localhost:{}/", server.address.port());
    let refused = client(&server, None).exchange(&Request::get(url)).unwrap_err();
    assert!(matches!(refused, Unanswered::NotSent(_)), "{refused}");
}

#[test]
fn streams_are_by_tls_as_well() {
    let lines = server(|mut stream| {
        request(&mut stream);
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\none\ntwo\n"));
        request(&mut stream);
    });
    let url = format!("https://localhost:{}/", lines.address.port());
    let opening = Opening::Lines(Request::get(url));
    let mut wire = client(&lines, Some(&file("ca.pem"))).open(&opening).ok().unwrap();
    assert_eq!(wire.receive(LONG), Received::Text(b"one"));
    assert_eq!(wire.receive(LONG), Received::Text(b"two"));

    let socket = server(|stream| {
        let mut socket = tungstenite::accept(stream).unwrap();
        socket.send(Message::text("hello")).unwrap();
        let back = socket.read().unwrap();
        socket.send(back).unwrap();
        while socket.read().is_ok() {}
    });
    let url = format!("wss://localhost:{}/", socket.address.port());
    let opening = Opening::WebSocket(Request::get(url));
    let mut wire = client(&socket, Some(&file("ca.pem"))).open(&opening).ok().unwrap();
    assert_eq!(wire.receive(LONG), Received::Text(b"hello"));
    wire.send("back");
    assert_eq!(wire.receive(LONG), Received::Text(b"back"));
}

#[test]
fn a_file_that_is_no_list_of_certificates_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let written = |text: &str| {
        let path = directory.path().join("ca.pem");
        std::fs::write(&path, text).unwrap();
        Trust::load(Some(&path)).unwrap_err().to_string()
    };
    assert!(written("").contains("ca.pem: has no certificate; `ca_file` holds certificates in PEM"));
    assert!(written("nonsense").contains("has no certificate"));
    let key = std::fs::read_to_string(file("server.key")).unwrap();
    assert!(written(&key).contains("has no certificate"));
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(written(certificate).contains("certificate 1 cannot be used"));
    assert!(written("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").contains("is no PEM"));
    let missing = Trust::load(Some(&directory.path().join("none.pem"))).unwrap_err().to_string();
    assert!(missing.contains("cannot read") && missing.contains("none.pem"), "{missing}");
}
