//! `restock`, `withdraw`, `unfreeze`, `pause`, `resume` and `close`: an operator's commands to a running server.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use super::serve::{CONFIG, Running, shop_with};
use super::{Ran, flashtag};
use crate::closed_port::ClosedPort;

/// Runs a command against the server at `address`.
fn ask(address: &str, words: &str) -> Ran {
    let mut words: Vec<&str> = words.split(' ').collect();
    words.extend(["--server", address]);
    flashtag(words)
}

/// The public state of the offer.
fn kindle(engine: &Running) -> Value {
    let mut answer =
        ureq::get(format!("{}/v1/offers/kindle", engine.address)).call().expect("the engine answers");
    answer.body_mut().read_json().expect("JSON")
}

#[test]
fn an_operator_changes_a_running_sale() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    // Arguments, exit code, message, and the allotment afterwards.
    let table: &[(&str, i32, &str, u64)] = &[
        ("restock --offer kindle --units 5", 0, "\"allotment\":6", 6),
        ("restock --offer kindle --units 5", 0, "\"allotment\":11", 11),
        ("restock --offer kindle --units 5 --key k", 0, "\"allotment\":16", 16),
        ("restock --offer kindle --units 5 --key k", 0, "this change was made before", 16),
        ("restock --offer kindle --units 6 --key k", 65, "refused: idempotency_key_reuse: ", 16),
        ("withdraw --offer kindle --units 5 --key k", 65, "refused: idempotency_key_reuse: ", 16),
        ("withdraw --offer kindle --units 17", 65, "stock_below_committed: 16 units are available", 16),
        ("withdraw --offer kindle --units 15", 0, "\"allotment\":1,", 1),
        ("restock --offer kindle --units 4000000000", 65, "refused: bad_quantity: ", 1),
        ("restock --offer nook --units 5", 66, "refused: not_found: ", 1),
        ("unfreeze --account x:42", 0, "\"frozen\":false", 1),
        ("unfreeze --account x:77", 66, "refused: not_found: ", 1),
        ("unfreeze --account mastodon:https://a.example/u/1", 66, "refused: not_found: ", 1),
        ("restock --offer kindle --units 0", 2, "0 is not in 1..", 1),
        ("restock --offer kindle --units -1", 2, "-1", 1),
        ("restock --offer kindle --units 1.5", 2, "invalid", 1),
        ("restock --offer Kindle! --units 5", 2, "not an offer's id", 1),
        ("restock --offer kindle --units 5 --key ü", 2, "visible ASCII", 1),
        ("restock --offer kindle", 2, "--units <N>", 1),
        ("unfreeze --account 42", 2, "the account is not network:author", 1),
        ("unfreeze --account x:ana", 2, "not a decimal number", 1),
    ];
    for (words, code, message, allotment) in table {
        println!("{words}");
        let ran = ask(&engine.address, words).must(*code, &[message]);
        assert_eq!(ran.out.is_empty(), *code != 0, "answers alone go to standard output: {}", ran.out);
        assert_eq!(kindle(&engine)["allotment"], *allotment, "{words}");
    }
    let (code, _) = engine.stop("-TERM");
    assert_eq!(code, Some(0));
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--data", &data]).must(0, &["0 violated"]);
}

#[test]
fn an_operator_pauses_resumes_and_closes_sales() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    // Arguments, exit code, message, and whether the offer is paused afterwards.
    let table: &[(&str, i32, &str, bool)] = &[
        ("pause --offer kindle", 0, "\"deadlines\":\"run\"", true),
        ("pause --offer kindle", 0, "\"deadlines\":\"run\"", true),
        ("pause --offer kindle --deadlines freeze", 0, "\"deadlines\":\"freeze\"", true),
        ("resume --offer kindle --reason mended", 0, "\"id\":\"kindle\"", false),
        ("resume --offer kindle", 0, "\"id\":\"kindle\"", false),
        ("pause --all --deadlines freeze", 0, "\"deadlines\":\"freeze\"", true),
        ("resume --all", 0, "\"offers\":[", false),
        ("pause --offer nook", 66, "refused: not_found: ", false),
        ("pause", 2, "--offer <ID>|--all", false),
        ("pause --offer kindle --all", 2, "cannot be used with", false),
        ("pause --all --deadlines stop", 2, "possible values: run, freeze", false),
        ("close --all --waitlist keep", 2, "possible values: serve, release", false),
        ("close --offer kindle --waitlist release", 0, "\"closed_at\":", false),
        ("close --all", 0, "\"closed_at\":", false),
        ("pause --offer kindle", 65, "refused: offer_closed: ", false),
    ];
    for (words, code, message, paused) in table {
        println!("{words}");
        ask(&engine.address, words).must(*code, &[message]);
        assert_eq!(kindle(&engine).get("paused").is_some(), *paused, "{words}");
    }
    let (code, _) = engine.stop("-TERM");
    assert_eq!(code, Some(0));
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--data", &data]).must(0, &["0 violated"]);
    let history = flashtag(["history", "--data", &data]).must(0, &[]).out;
    assert!(history.contains("\"reason\":\"mended\""), "{history}");
}

#[test]
fn a_server_that_requires_a_token_gets_it() {
    let sale = shop_with(&format!("{CONFIG}token_file = \"tokens\"\n"));
    sale.write_secret("tokens", "# of today\n0123456789abcdef0123456789abcdef\n");
    sale.write_secret("wrong", "0123456789abcdef0123456789abcdee\n");
    sale.write_secret("empty", "# none yet\n");
    let engine = Running::start(&sale);
    let with = |name: &str| {
        let path = sale.path(name).display().to_string();
        ask(&engine.address, &format!("restock --offer kindle --units 5 --token-file {path}"))
    };
    ask(&engine.address, "restock --offer kindle --units 5").must(77, &["refused: unauthorized: "]);
    with("wrong").must(77, &["refused: unauthorized: "]);
    with("empty").must(78, &["empty: no token"]);
    with("missing").must(66, &["missing", "No such file"]);
    let ran = with("tokens").must(0, &["\"allotment\":6"]);
    assert!(!ran.err.contains("0123456789abcdef"), "the token stays secret");
}

#[test]
fn an_unreachable_server_is_named_with_the_key_for_a_retry() {
    let port = ClosedPort::open();
    let unused = format!("http://{}", port.address());
    let again = ["cannot be reached", "to try again without making it twice, add: --key mine"];
    ask(&unused, "restock --offer kindle --units 5 --key mine").must(69, &again);
    ask(&unused, "unfreeze --account x:42").must(69, &[&unused, "cannot be reached"]);
    for address in ["", "nonsense", "http://", "ftp://127.0.0.1", "http://a b"] {
        ask(address, "unfreeze --account x:42").must(2, &["is no server's address"]);
    }
}

/// Answers one request with these bytes.
fn fake_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut visitor, _) = listener.accept().expect("a visitor");
        let mut head = [0; 4096];
        drop(visitor.read(&mut head));
        drop(visitor.write_all(answer.as_bytes()));
    });
    address
}

#[test]
fn an_answer_that_is_not_flashtags_is_not_believed() {
    let table = [
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nbusy", 69),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 69),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 69),
        ("SSH-2.0-OpenSSH_9.6\r\n", 69),
        ("", 69),
    ];
    for (bytes, code) in table {
        let address = fake_server(bytes);
        ask(&address, "restock --offer kindle --units 5 --key mine").must(code, &["--key mine"]);
    }
}
