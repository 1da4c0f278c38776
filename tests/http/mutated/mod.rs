//! Randomly damaged requests, a hundred thousand in a long run, to a real server over real sockets.
//!
//! Whatever arrives, the server lives and logs no panic, no status is above 499 except 503, every response is
//! complete, and no connection hangs. Afterwards units are conserved, the history verifies, and a sale works
//! as before. A failing request is printed with its seed and number, and as bytes: add those to [`KEPT`] and
//! fix the cause, and it is sent in every later run. `FLASHTAG_MUTATED_REQUESTS` sets the number of requests,
//! `FLASHTAG_SEED` the choices.
//!
//! [`valid_requests`] makes valid requests, [`damage`] damages them, [`answers`] judges the responses.

mod answers;
mod damage;
mod valid_requests;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use self::answers::{judge, take_all, take_one};
use self::damage::{Sent, damaged};
use self::valid_requests::ValidRequests;
use super::client::{exchange, request};
use super::served::{Served, post};
use crate::closed_port::ClosedPort;
use crate::crash::{assert_verified, poll};
use crate::run_budget::{RunBudget, seed};
use crate::test_rng::TestRng;

/// Concurrent clients: enough to keep a server busy that waits for its disk.
const CLIENTS: u64 = 8;

/// Upper bound on the wait for a response; a connection without one hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Requests that once failed this test, or nearly.
const KEPT: &[&[u8]] = &[
    // An invalid chunk, followed by a second request, which must not be handled.
    b"POST /v1/posts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nGET /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nX-A: ",
    b"PUT /v1/accounts/x/4294967295 HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]",
    b"POST /v1/posts?format=%FF HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"\r\n\r\n",
    b"",
];

/// An account that is linked after all requests.
const LATE_ACCOUNT: u32 = 912_345_678;

/// An offer that no damaged request names.
const UNTOUCHED_OFFER: &str = r#"
[[offer]]
id = "spared"
kind = "purchase"
title = "Spared"
tags = { buy = "BuySpared", confirm = "ConfirmSpared" }
price = "5.00 USD"
units = 1
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
"#;

#[test]
fn no_damaged_request_does_harm() {
    let mut served = Served::selling(&format!("{}{UNTOUCHED_OFFER}", crate::command::credits_on_sale()));
    let seed = seed();
    for (number, bytes) in KEPT.iter().enumerate() {
        let sent = Sent { bytes: bytes.to_vec(), keeps_in_step: false, hangs_up: false };
        try_one(served.address, &mut None, &sent).unwrap_or_else(|fault| panic!("kept {number}: {fault}"));
    }
    let mut budget = RunBudget::of("mutated requests", 20_000, 10_000_000);
    let valid = ValidRequests::of(&served);
    send_all(&served, seed, &valid, &mut budget);
    let words = aftermath(&mut served);
    budget.report(&format!("none did any harm (FLASHTAG_SEED={seed}); {words}"));
}

/// Sends the requests of the budget from several clients.
fn send_all(served: &Served, seed: u64, valid: &ValidRequests, budget: &mut RunBudget) {
    let (next, failed, wanted) = (AtomicU64::new(0), AtomicBool::new(false), budget.wanted);
    let (sender, receiver) = sync_channel(64);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (next, failed, sender) = (&next, &failed, sender.clone());
            scope.spawn(move || {
                let mut connection = None;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= wanted || failed.load(Ordering::Relaxed) {
                        return;
                    }
                    let sent =
                        damaged(valid, &mut TestRng::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
                    let result = try_one(served.address, &mut connection, &sent);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    let shown = || format!("b\"{}\"", sent.bytes.escape_ascii());
                    let result = result.map_err(|fault| {
                        format!("request {number} of FLASHTAG_SEED={seed}: {fault}\n{}", shown())
                    });
                    sender.send(result).ok();
                }
            });
        }
        drop(sender);
        for result in receiver {
            result.unwrap_or_else(|fault| panic!("{fault}"));
            budget.step();
        }
    });
}

/// Sends one request and judges the response. Keeps a connection whose framing is intact.
fn try_one(address: SocketAddr, reusable: &mut Option<TcpStream>, sent: &Sent) -> Result<(), String> {
    let reused = reusable.take().filter(|_| sent.keeps_in_step);
    let was_reused = reused.is_some();
    let mut stream = match reused {
        Some(stream) => stream,
        None => TcpStream::connect(address).map_err(|fault| format!("no server listens: {fault}"))?,
    };
    stream.set_read_timeout(Some(PATIENCE)).map_err(|fault| fault.to_string())?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(|fault| fault.to_string())?;
    // A server that refused the head closes without reading the rest.
    let written = stream.write_all(&sent.bytes);
    if sent.hangs_up {
        return Ok(());
    }
    if !sent.keeps_in_step {
        stream.shutdown(Shutdown::Write).ok();
        return judge(&take_all(&mut stream)?);
    }
    match take_one(&mut stream)? {
        // Idle connections are closed now and then; a request on such a one was not received.
        None if was_reused => try_one(address, &mut None, sent),
        None => Err(format!("no answer; written: {written:?}")),
        Some(answer) => {
            judge(&answer)?;
            *reusable = Some(stream).filter(|_| !answers::closes(&answer));
            Ok(())
        }
    }
}

/// Checks that the server still works.
fn aftermath(served: &mut Served) -> String {
    assert_eq!(served.get("/healthz").status, 200, "the server lives");
    let mut units = Vec::new();
    for offer in served.offers()["offers"].as_array().unwrap() {
        let Some(allotment) = offer["allotment"].as_u64() else { continue };
        let sum: u64 = ["available", "reserved", "sold"].iter().map(|of| offer[*of].as_u64().unwrap()).sum();
        assert_eq!(sum, allotment, "units are conserved: {offer}");
        units.push(format!("{} {sum}", offer["id"].as_str().unwrap()));
    }
    // An account that damage cannot name by chance, and freeze.
    let card = r#"{"card":{"token":"tok_new","brand":"amex","funding":"credit","last4":"1005"},"email":"a@b.example","region":"US-NY"}"#;
    assert_eq!(served.put(&format!("/v1/accounts/x/{LATE_ACCOUNT}"), card).status, 200);
    assert_eq!(served.post(post("900001", LATE_ACCOUNT, "#BuySpared")).lines()[0]["outcome"], "reserved");
    assert_eq!(
        served.post(post("900002", LATE_ACCOUNT, "#ConfirmSpared")).lines()[0]["outcome"],
        "confirmed"
    );
    let sold = |offer: &Option<serde_json::Value>| offer.as_ref().is_some_and(|offer| offer["sold"] == 1);
    poll(|| Some(served.get("/v1/offers/spared").json()), sold);
    let metrics = served.get("/metrics").body;
    let records = metrics.lines().find_map(|line| line.strip_prefix("flashtag_journal_records_total "));
    let records = records.unwrap_or("no").to_owned();
    assert_eq!(served.stop(), Some(0), "a clean end");
    assert_verified(&served.data(), false);
    let output = served.output();
    assert!(!output.contains("panic"), "{output}");
    // What an operator reads of a person is told each time, because the log is the audit of it. Only a request with the
    // operator's token causes such a line, where tokens are asked for.
    let is_audit = |line: &&str| line.contains("an operator read what is kept of a person");
    let others = output.lines().filter(|line| !is_audit(line)).count();
    assert!(others < 1_000, "requests can fill the log:\n{output}");
    format!("{records} records; units: {}", units.join(", "))
}

/// A server that answers one request with these bytes.
fn dummy(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Closing with unread input would discard the response.
        assert!(stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0));
        stream.write_all(answer).ok();
    });
    address
}

/// The negative controls: a server that does one of these things fails.
#[test]
fn a_failing_server_is_noticed() {
    let sent = |keeps_in_step| Sent { bytes: request("GET", "/", &[], b""), keeps_in_step, hangs_up: false };
    let table: [(&str, &'static [u8], &str); 8] = [
        ("fails", b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n", "status 500"),
        ("is full", b"HTTP/1.1 507 Insufficient Storage\r\ncontent-length: 0\r\n\r\n", "status 507"),
        ("stops within a head", b"HTTP/1.1 200 OK\r\ncontent-len", "is cut off"),
        ("stops within a body", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", "is cut off"),
        ("speaks otherwise", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "no status line"),
        ("has no code", b"HTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: 2\r\n\r\n{}", "no problem"),
        ("has half a line", b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 2\r\n\r\n{\"\n", "is cut off"),
        ("has no outcome", b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 3\r\n\r\n{}\n", "no outcome"),
    ];
    for (what, answer, expected) in table {
        for keeps_in_step in [false, true] {
            let fault = try_one(dummy(answer), &mut None, &sent(keeps_in_step));
            let fault = fault.expect_err(what);
            assert!(fault.contains(expected), "a server that {what}: {fault}");
        }
    }
    let gone = ClosedPort::open();
    for keeps_in_step in [false, true] {
        let fault = try_one(gone.address(), &mut None, &sent(keeps_in_step)).unwrap_err();
        assert!(fault.contains("no server listens"), "{fault}");
    }
    let good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    assert_eq!(try_one(dummy(good), &mut None, &sent(true)), Ok(()));
}

/// Requests must repeat, or a failure could not be reproduced.
#[test]
fn a_seed_repeats_its_requests_and_every_kind_of_damage_occurs() {
    let served = Served::open();
    let valid = ValidRequests::of(&served);
    let all = |seed: u64| {
        (0..2_000).map(|n| damaged(&valid, &mut TestRng::new(seed ^ n)).bytes).collect::<Vec<_>>()
    };
    assert_eq!(all(1), all(1));
    assert_ne!(all(1), all(2 << 32));
    // Without damage, the server accepts every request.
    for number in 0..valid.kinds() {
        let bytes = valid.request(number, &mut TestRng::new(number as u64));
        let reply = exchange(served.address, &bytes);
        let fine = matches!(reply.status, 200 | 403 | 404 | 409 | 422);
        assert!(fine, "{}: {reply:?}", bytes.escape_ascii());
    }
}
