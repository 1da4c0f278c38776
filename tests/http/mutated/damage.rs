//! Damages requests as bad programs, networks and people do.

use super::valid_requests::ValidRequests;
use crate::test_rng::TestRng;

/// A damaged request.
pub(super) struct Sent {
    pub(super) bytes: Vec<u8>,
    /// Whether the server answers once and knows where the request ends: only the body is damaged.
    pub(super) keeps_in_step: bool,
    /// Whether the client hangs up without waiting for a response.
    pub(super) hangs_up: bool,
}

type Damage = fn(&mut Vec<u8>, &mut TestRng);

/// Bytes with a meaning in some syntax.
const SHARP: &[u8] = b"{}[]\",:\\#&<>0-+eE. \t\r\n%/?;=\0\x7f\x80\xc0\xef\xff";

/// Text that parsers stumble over.
const PIECES: [&[u8]; 16] = [
    b"1e999",
    b"-1",
    b"99999999999999999999999999999999",
    b"18446744073709551616",
    b"0.1",
    b"null",
    b"true",
    b"\"\\ud800\"",
    b"\\u0000",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"NaN",
    b"{}",
    b"[]",
    b"\"\"",
];

const IN_BODIES: [Damage; 9] = [flip, set, cut, repeat, number, nest, piece, double_field, invalid];

const IN_HEADS: [Damage; 6] = [flip, set, cut, repeat, header, break_line];

/// A random request with random damage.
pub(super) fn damaged(valid: &ValidRequests, rng: &mut TestRng) -> Sent {
    let mut bytes = valid.request(rng.below(valid.kinds()), rng);
    let at = body_at(&bytes);
    match rng.below(10) {
        0..=5 => {
            let mut body = bytes.split_off(at);
            damage(&mut body, &IN_BODIES, rng);
            let head = String::from_utf8_lossy(&bytes).into_owned();
            Sent { bytes: rejoined(&head, &body), keeps_in_step: true, hangs_up: false }
        }
        6 => {
            let body = bytes.split_off(at);
            damage(&mut bytes, &IN_HEADS, rng);
            bytes.extend_from_slice(&body);
            Sent { bytes, keeps_in_step: false, hangs_up: false }
        }
        7 => Sent { bytes: chunked(&bytes, at, rng), keeps_in_step: false, hangs_up: false },
        8 => {
            // Several requests at once, one of them damaged.
            for _ in 0..rng.below(5) {
                let mut next = valid.request(rng.below(valid.kinds()), rng);
                if rng.below(2) == 0 {
                    damage(&mut next, &IN_HEADS, rng);
                }
                bytes.extend_from_slice(&next);
            }
            Sent { bytes, keeps_in_step: false, hangs_up: false }
        }
        _ => {
            let length = bytes.len();
            bytes.truncate(rng.below(length + 1));
            Sent { bytes, keeps_in_step: false, hangs_up: rng.below(2) == 0 }
        }
    }
}

/// The offset of the body.
fn body_at(bytes: &[u8]) -> usize {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4)
}

/// Joins head and body, with the body's true length.
fn rejoined(head: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(head.len() + body.len());
    for line in head.trim_end().lines().filter(|line| !line.starts_with("Content-Length")) {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn damage(bytes: &mut Vec<u8>, kinds: &[Damage], rng: &mut TestRng) {
    for _ in 0..*rng.pick(&[1, 1, 2, 4]) {
        rng.pick(kinds)(bytes, rng);
    }
}

fn place(bytes: &[u8], rng: &mut TestRng) -> usize {
    rng.below(bytes.len() + 1)
}

fn insert(bytes: &mut Vec<u8>, at: usize, bytes_in: &[u8]) {
    bytes.splice(at..at, bytes_in.iter().copied());
}

#[expect(clippy::ptr_arg, reason = "all damages are of one type")]
fn flip(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let at = place(bytes, rng);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << rng.below(8);
    }
}

#[expect(clippy::ptr_arg, reason = "all damages are of one type")]
fn set(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let at = place(bytes, rng);
    if let Some(byte) = bytes.get_mut(at) {
        *byte = *rng.pick(SHARP);
    }
}

fn cut(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let from = place(bytes, rng);
    let to = (from + rng.below(40)).min(bytes.len());
    bytes.drain(from..to);
}

fn repeat(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let from = place(bytes, rng);
    let piece = bytes[from..(from + rng.below(60)).min(bytes.len())].to_vec();
    for _ in 0..*rng.pick(&[1, 1, 3, 50]) {
        insert(bytes, from, &piece);
    }
}

/// Replaces a digit by an extreme number.
fn number(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let from = place(bytes, rng);
    let Some(at) = bytes.iter().skip(from).position(u8::is_ascii_digit) else { return };
    insert(bytes, from + at, rng.pick::<&[u8]>(&[b"9999999999999999999", b"-", b"0", b"1e", b"0.", b"+"]));
}

fn nest(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let at = place(bytes, rng);
    let depth = *rng.pick(&[2, 31, 33, 200, 20_000]);
    let piece = rng.pick::<&[u8]>(&[b"[", b"{\"a\":", b"{", b"]}"]).repeat(depth);
    insert(bytes, at, &piece);
}

fn piece(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let at = place(bytes, rng);
    insert(bytes, at, rng.pick::<&[u8]>(&PIECES));
}

/// Repeats a field with another value.
fn double_field(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let from = place(bytes, rng);
    let Some(at) = bytes.iter().skip(from).position(|byte| *byte == b'{' || *byte == b',') else { return };
    let field = rng.pick::<&[u8]>(&[
        b"\"id\":\"77\",",
        b"\"author\":{\"id\":\"1\"},",
        b"\"text\":\"#BuyKindle\",",
        b"\"network\":\"x\",",
        b"\"amount\":\"1.00 USD\",",
        b"\"units\":1,",
        b"\"card\":null,",
        b"\"\":1,",
    ]);
    insert(bytes, from + at + 1, field);
}

fn invalid(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let at = place(bytes, rng);
    let byte = u8::try_from(128 + rng.below(128)).unwrap();
    insert(bytes, at, &[byte]);
}

/// Adds a header that contradicts, is too large, or is invalid.
fn header(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let Some(at) = bytes.windows(2).position(|two| two == b"\r\n") else { return };
    let many = b"X-A: b\r\n".repeat(120);
    let large = [b"X-A: ", &b"a".repeat(*rng.pick(&[9_000, 140_000]))[..], b"\r\n"].concat();
    let lines: [&[u8]; 19] = [
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 18446744073709551615\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Expect: 100-continue\r\n",
        b"Expect: 200-maybe\r\n",
        b"Connection: close\r\n",
        b"Connection: upgrade\r\nUpgrade: websocket\r\n",
        b"Host: b\r\n",
        b" folded\r\n",
        b": nothing\r\n",
        b"X-\xff: y\r\n",
        b"Origin: null\r\n",
        b"Authorization: Basic Og==\r\n",
        b"Content-Type: image/png\r\n",
        &many,
        &large,
    ];
    insert(bytes, at + 2, rng.pick::<&[u8]>(&lines));
}

/// Replaces or removes a line end.
fn break_line(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let from = place(bytes, rng);
    let Some(at) = bytes.windows(2).skip(from).position(|two| two == b"\r\n") else { return };
    let end = rng.pick::<&[u8]>(&[b"\n", b"\r", b"", b"\r\r\n", b"\r\n\r\n", b"\0\r\n"]);
    bytes.splice(from + at..from + at + 2, end.iter().copied());
}

/// Sends the body in chunks, some of them damaged.
fn chunked(bytes: &[u8], at: usize, rng: &mut TestRng) -> Vec<u8> {
    let (head, body) = bytes.split_at(at);
    let mut out = Vec::new();
    for line in
        String::from_utf8_lossy(head).trim_end().lines().filter(|line| !line.starts_with("Content-Length"))
    {
        out.extend_from_slice(format!("{line}\r\n").as_bytes());
    }
    out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
    let start = out.len();
    for chunk in body.chunks(rng.below(60) + 1) {
        let size = format!("{:x}\r\n", chunk.len());
        out.extend_from_slice(&[size.as_bytes(), chunk, b"\r\n"].concat());
    }
    out.extend_from_slice(rng.pick::<&[u8]>(&[
        b"0\r\n\r\n",
        b"0\r\n\r\n",
        b"0\r\nX-A: b\r\n\r\n",
        b"0\r\n",
        b"",
        b"-1\r\n\r\n",
    ]));
    if rng.below(3) > 0 {
        let mut chunks = out.split_off(start);
        damage(&mut chunks, &[flip, set, cut, repeat, number, break_line], rng);
        out.extend_from_slice(&chunks);
    }
    out
}
