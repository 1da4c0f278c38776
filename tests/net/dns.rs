//! Texts of names: questions and answers as bytes, and a resolver of the tests' own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use flashtag::domain::time::Millis;
use flashtag::net::dns::{Answered, Texts, TxtFault, answer, query, servers_of};
use proptest::prelude::*;

/// An answer to `asked` with these texts, each of several parts. Its names point to the question.
fn reply(asked: &[u8], flags: u16, texts: &[&[&str]]) -> Vec<u8> {
    let mut out = asked[..2].to_vec();
    let count = u16::try_from(texts.len()).unwrap();
    for pair in [flags, 1, count, 0, 0] {
        out.extend(pair.to_be_bytes());
    }
    let question = asked[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    out.extend(asked[12..12 + question].to_ascii_uppercase());
    for parts in texts {
        let data: Vec<u8> = parts
            .iter()
            .flat_map(|part| std::iter::once(u8::try_from(part.len()).unwrap()).chain(part.bytes()))
            .collect();
        out.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

const FOUND: u16 = 0x8180;

#[test]
fn a_question_is_the_one_of_the_standard() {
    let asked = query(0x0102, "_dmarc.shop.example").unwrap();
    let mut expected = vec![1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    expected.extend(b"\x06_dmarc\x04shop\x07example\0\0\x10\0\x01");
    // The record by which a client takes long answers.
    expected.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    assert_eq!(asked, expected);
    for name in ["", ".", "a..b", "shop.example.", "a b", "shöp", &"a".repeat(64), &["abc"; 64].join(".")] {
        assert!(query(1, name).is_err(), "{name:?}");
    }
}

#[test]
fn an_answer_is_read_whatever_it_is() {
    let asked = query(7, "shop.example").unwrap();
    let texts = |texts: &[&str]| Ok(Answered::Texts(texts.iter().map(|text| (*text).to_owned()).collect()));
    let table = [
        (reply(&asked, FOUND, &[&["v=spf1 -all"]]), texts(&["v=spf1 -all"])),
        (
            reply(&asked, FOUND, &[&["v=DKIM1; ", "p=", "abc"], &["other"]]),
            texts(&["v=DKIM1; p=abc", "other"]),
        ),
        (reply(&asked, FOUND, &[&[]]), texts(&[""])),
        (reply(&asked, FOUND, &[]), texts(&[])),
        // There is no such name; the resolver failed; the answer is cut.
        (reply(&asked, FOUND | 3, &[]), texts(&[])),
        (reply(&asked, FOUND | 2, &[]), Ok(Answered::Failed(2))),
        (reply(&asked, FOUND | 0x0200, &[]), Ok(Answered::Cut)),
    ];
    for (bytes, expected) in table {
        assert_eq!(answer(7, &asked, &bytes), expected, "{bytes:?}");
        // An alias before the text is passed over.
        assert!(answer(8, &asked, &bytes).is_err(), "another question's answer");
    }
    let other = query(7, "shop.invalid").unwrap();
    assert!(answer(7, &asked, &reply(&other, FOUND, &[&["x"]])).is_err(), "the answer to another name");
    assert!(answer(7, &asked, &asked).is_err(), "a question is no answer");
    let whole = reply(&asked, FOUND, &[&["v=spf1 -all"], &["x"]]);
    for end in 0..whole.len() {
        assert!(answer(7, &asked, &whole[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn an_alias_is_passed_over() {
    let asked = query(7, "s1._domainkey.shop.example").unwrap();
    let mut bytes = reply(&asked, FOUND, &[&["v=DKIM1; p=abc"]]);
    let text: Vec<u8> = bytes.split_off(bytes.len() - 27);
    bytes[7] = 2;
    bytes.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, b'k', 0xc0, 12]);
    bytes.extend(text);
    assert_eq!(answer(7, &asked, &bytes), Ok(Answered::Texts(vec!["v=DKIM1; p=abc".to_owned()])));
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(id in any::<u16>(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let asked = query(id, "shop.example").unwrap();
        let _ = answer(id, &asked, &bytes);
        // And with a head that is right.
        let mut headed = reply(&asked, FOUND, &[]);
        headed[7] = 9;
        headed.extend(&bytes);
        let _ = answer(id, &asked, &headed);
    }
}

#[test]
fn the_resolvers_of_the_machine_are_read() {
    let text = "# made by hand\nnameserver 127.0.0.53\nsearch shop.example\n nameserver ::1 # near\n\
                nameserver fe80::1%eth0\nnameserver\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n";
    let found: Vec<String> = servers_of(text).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["127.0.0.53:53", "[::1]:53", "10.0.0.1:53"]);
    assert_eq!(servers_of(""), []);
}

/// A resolver at one port: over UDP it says what `udp` makes of a question, over TCP what `tcp` does.
fn resolver(udp: fn(&[u8]) -> Option<Vec<u8>>, tcp: fn(&[u8]) -> Vec<u8>) -> SocketAddr {
    let (socket, listener) = loop {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()) {
            break (socket, listener);
        }
    };
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            if let Some(bytes) = udp(&buffer[..count]) {
                socket.send_to(&bytes, from).unwrap();
            }
        }
    });
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut asked).unwrap();
            let bytes = tcp(&asked);
            stream.write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
            stream.write_all(&bytes).unwrap();
        }
    });
    address
}

#[test]
fn a_resolver_is_asked_over_udp_and_for_long_answers_over_tcp() {
    let spf = |asked: &[u8]| reply(asked, FOUND, &[&["v=spf1 -all"]]);
    let short = resolver(|asked| Some(reply(asked, FOUND, &[&["v=spf1 -all"]])), |_| Vec::new());
    let long = resolver(|asked| Some(reply(asked, FOUND | 0x0200, &[])), spf);
    let failing = resolver(|asked| Some(reply(asked, FOUND | 2, &[])), |_| Vec::new());
    let wait = Millis::from_secs(20);
    for servers in [vec![short], vec![long], vec![failing, short]] {
        let found = Texts::new(servers.clone(), wait).of("shop.example");
        assert_eq!(found, Ok(vec!["v=spf1 -all".to_owned()]), "{servers:?}");
    }
    assert_eq!(Texts::new(vec![failing], wait).of("shop.example"), Err(TxtFault::Failed(2)));
    let silent = resolver(|_| None, |_| Vec::new());
    let found = Texts::new(vec![silent], Millis::from_ms(50)).of("shop.example");
    assert!(matches!(found, Err(TxtFault::Unanswered(_))), "{found:?}");
    assert_eq!(Texts::new(Vec::new(), wait).of("shop.example"), Err(TxtFault::NoServer));
}
