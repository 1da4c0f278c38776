//! WebSockets.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use flashtag::domain::time::Millis;
use flashtag::net::{Bounds, Client, Net, NotOpened, Opening, Received, Request, Unanswered, Wire};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Bytes, Message};

use super::peer::{Peer, Visitor, answer};
use super::{LONG, assert_goes_on, dialer, patient};

/// The bound on messages in these tests.
const MESSAGE_BYTES: usize = 1000;

fn open(server: &Peer) -> Result<Box<dyn Wire>, NotOpened> {
    let bounds = Bounds { message_bytes: MESSAGE_BYTES, ..patient() };
    let request = Request::get(server.url("/subscribe?x=1").replace("http", "ws"));
    let request = request.header("authorization", "Bearer t");
    Client::new(dialer(server.address), bounds).open(&Opening::WebSocket(request))
}

/// The answer that agrees to an upgrade.
fn agreed(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).expect("a key");
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// A stream whose server, once it has agreed, sends what `script` says.
fn stream(script: impl Fn(&mut Visitor) + Send + Sync + 'static) -> (Peer, Box<dyn Wire>) {
    let server = Peer::serving(move |mut visitor| {
        let request = visitor.request();
        visitor.say(agreed(&request));
        script(&mut visitor);
    });
    let wire = open(&server).unwrap_or_else(|why| panic!("{why:?}"));
    (server, wire)
}

/// The server's end as a WebSocket of its own.
fn socket(visitor: &Visitor) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(visitor.stream.try_clone().unwrap(), Role::Server, None)
}

/// A frame of a server, by its first byte (`FIN` and what it holds).
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(length),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

#[test]
fn an_upgrade_is_asked_for_as_the_protocol_says() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let server = Peer::serving(move |mut visitor| {
        let request = visitor.request();
        visitor.say(agreed(&request));
        tell.lock().unwrap().send(request).unwrap();
        visitor.wait_for_close();
    });
    let _wire = open(&server).ok().unwrap();
    let request = told.recv().unwrap();
    assert!(request.starts_with("GET /subscribe?x=1 HTTP/1.1\r\n"), "{request}");
    for line in
        ["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13", "authorization: Bearer t"]
    {
        assert!(request.lines().any(|found| found == line), "{line}: {request}");
    }
}

#[test]
fn messages_come_whole_however_they_were_framed() {
    let (_server, mut wire) = stream(|visitor| {
        visitor.say(frame(0x81, b"text"));
        visitor.say(frame(0x82, b"\x00\xff"));
        visitor.say(frame(0x81, b""));
        // In three frames, with a ping among them.
        visitor.say(frame(0x01, "süß".as_bytes().split_at(2).0));
        visitor.say(frame(0x89, b"?"));
        visitor.say(frame(0x00, "süß".as_bytes().split_at(2).1));
        visitor.say(frame(0x80, b"!"));
        visitor.say(frame(0x82, &[7; MESSAGE_BYTES]));
        visitor.say(frame(0x88, b"\x03\xf0too slow"));
        visitor.wait_for_close();
    });
    assert_eq!(wire.receive(LONG), Received::Text(b"text"));
    assert_eq!(wire.receive(LONG), Received::Binary(b"\x00\xff"));
    assert_eq!(wire.receive(LONG), Received::Text(b""));
    assert_eq!(wire.receive(LONG), Received::Alive);
    assert_eq!(wire.receive(LONG), Received::Text("süß!".as_bytes()));
    assert_eq!(wire.receive(LONG), Received::Binary(&[7; MESSAGE_BYTES]));
    assert_eq!(wire.receive(LONG), Received::Closed("the other side closed: 1008 too slow"));
    assert_eq!(wire.receive(LONG), Received::Closed("the other side closed: 1008 too slow"));
}

#[test]
fn what_comes_together_with_the_agreement_is_received() {
    let server = Peer::serving(|mut visitor| {
        let request = visitor.request();
        let mut bytes = agreed(&request).into_bytes();
        bytes.extend(frame(0x81, b"first"));
        bytes.extend(frame(0x81, b"second"));
        visitor.say(bytes);
        visitor.wait_for_close();
    });
    let mut wire = open(&server).ok().unwrap();
    assert_eq!(wire.receive(LONG), Received::Text(b"first"));
    assert_eq!(wire.receive(LONG), Received::Text(b"second"));
}

#[test]
fn a_ping_is_answered_and_a_sign_of_life() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let (_server, mut wire) = stream(move |visitor| {
        let mut socket = socket(visitor);
        socket.send(Message::Ping(Bytes::from_static(b"7"))).unwrap();
        tell.lock().unwrap().send(socket.read().unwrap()).unwrap();
        socket.send(Message::Pong(Bytes::new())).unwrap();
        visitor.wait_for_close();
    });
    assert_eq!(wire.receive(LONG), Received::Alive);
    assert_eq!(told.recv().unwrap(), Message::Pong(Bytes::from_static(b"7")), "before the next `receive`");
    assert_eq!(wire.receive(LONG), Received::Alive, "a pong, too");
}

#[test]
fn messages_are_sent() {
    let (_server, mut wire) = stream(|visitor| {
        let mut socket = socket(visitor);
        for _ in 0..2 {
            let message = socket.read().unwrap();
            socket.send(message).unwrap();
        }
        visitor.wait_for_close();
    });
    let long = "x".repeat(MESSAGE_BYTES);
    for text in ["{\"type\":\"options_update\"}", &long] {
        wire.send(text);
        assert_eq!(wire.receive(LONG), Received::Text(text.as_bytes()));
    }
}

#[test]
fn a_message_has_a_bound() {
    let long = MESSAGE_BYTES + 1;
    let whole = frame(0x82, &vec![7; long]);
    let mut parts = frame(0x02, &vec![7; long / 2]);
    parts.extend(frame(0x80, &vec![7; long - long / 2]));
    // The length alone, before anything of it: eight bytes of length.
    let announced = [&[0x82, 127][..], &u64::MAX.to_be_bytes()[..]].concat();
    for bytes in [whole, parts, announced] {
        let (_server, mut wire) = stream(move |visitor| {
            visitor.say(&bytes);
            visitor.wait_for_close();
        });
        let why = match wire.receive(LONG) {
            Received::Closed(why) => why.to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(
            why == "a message is longer than 1,000 bytes" || why.starts_with("the other side broke"),
            "{why}"
        );
        assert!(matches!(wire.receive(LONG), Received::Closed(_)));
    }
}

#[test]
fn what_breaks_the_protocol_or_is_cut_ends_the_connection() {
    let table: [(&[u8], &str); 6] = [
        (b"", "was cut"),
        (b"\x81", "was cut"),
        (b"\x81\x05ab", "was cut"),
        (b"\x8f\x00", "broke the protocol"),
        (b"\x80\x00", "broke the protocol"),
        (b"\x81\x02\xff\xfe", "not UTF-8"),
    ];
    for (bytes, words) in table {
        let (_server, mut wire) = stream(move |visitor| visitor.say(bytes));
        let why = match wire.receive(LONG) {
            Received::Closed(why) => why.to_owned(),
            other => panic!("{bytes:?}: {other:?}"),
        };
        assert!(why.contains(words), "{bytes:?}: {why}");
        wire.send("nobody hears this");
        assert_eq!(wire.receive(LONG), Received::Closed(&why));
    }
}

#[test]
fn nothing_comes_within_a_wait_and_then_the_message_goes_on() {
    assert_goes_on(stream, [b"\x81\x05be".to_vec(), b"gun".to_vec()]);
}

#[test]
fn a_wait_ends_though_bytes_trickle_in() {
    let (_server, mut wire) = stream(|visitor| {
        visitor.say(frame(0x82, &[7; 900]).split_at(4).0);
        visitor.stream.set_read_timeout(Some(Duration::from_millis(3))).unwrap();
        // Slower than the wait is long.
        for _ in 0..890 {
            if visitor.stream.write_all(b"x").is_err()
                || std::io::Read::read(&mut visitor.stream, &mut [0]).is_ok()
            {
                return;
            }
        }
    });
    assert_eq!(wire.receive(Millis::from_ms(60)), Received::Nothing);
}

#[test]
fn a_refused_upgrade_comes_with_its_answer() {
    let chunked =
        "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n0\r\n\r\n";
    let table = [
        (answer("401 Unauthorized", "no token"), 401, "no token"),
        (chunked.to_owned(), 429, "slow"),
        (answer("200 OK", "a page"), 200, "a page"),
        (answer("302 Found", ""), 302, ""),
    ];
    for (text, status, body) in table {
        let server = Peer::answering(text);
        let NotOpened::Refused(answer) = open(&server).err().unwrap() else { panic!("{status}") };
        assert_eq!((answer.status, answer.body.as_slice()), (status, body.as_bytes()));
    }
}

#[test]
fn an_agreement_to_something_else_opens_nothing() {
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n";
    let key = derive_accept_key(b"another key");
    for lines in [
        String::new(),
        "Upgrade: websocket\r\n".to_owned(),
        format!("Upgrade: websocket\r\nSec-WebSocket-Accept: {key}\r\n"),
        "Upgrade: h2c\r\n".to_owned(),
    ] {
        let server = Peer::answering(format!("{head}{lines}\r\n"));
        let refused = open(&server).err().unwrap();
        let NotOpened::Unanswered(Unanswered::Unknown(why)) = &refused else { panic!("{refused:?}") };
        assert!(why.contains("to something else"), "{why}");
    }
    let server = Peer::answering("");
    let refused = open(&server).err().unwrap();
    assert!(matches!(refused, NotOpened::Unanswered(Unanswered::Unknown(_))), "{refused:?}");
    let request = Request::get(server.url("/"));
    let refused =
        Client::new(dialer(server.address), patient()).open(&Opening::WebSocket(request)).err().unwrap();
    assert!(matches!(refused, NotOpened::Unanswered(Unanswered::NotSent(_))), "{refused:?}");
}

#[test]
fn a_drop_says_farewell_and_closes() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let (_server, wire) = stream(move |visitor| {
        let last = socket(visitor).read().unwrap();
        visitor.wait_for_close();
        tell.lock().unwrap().send(last).unwrap();
    });
    drop(wire);
    assert_eq!(told.recv().unwrap(), Message::Close(None));
}
