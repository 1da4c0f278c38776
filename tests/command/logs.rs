//! The log of a server: plain text or JSON, one line at its start, and no flood.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

use super::serve::{CONFIG, Running, post_by, serve, shop_with};
use super::{Ran, binary, flashtag};
use crate::crash::poll;
use crate::crash::strace::{Attached, check_available};

/// The lines of a log in JSON.
fn json(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault} in {line:?}")))
        .collect()
}

#[test]
fn a_log_that_no_terminal_shows_has_no_colours() {
    let sale = shop_with(CONFIG);
    for variables in [&[("RUST_LOG", "debug")][..], &[("RUST_LOG", "debug"), ("TERM", "xterm-256color")]] {
        let engine = Running::start_with(&sale, variables);
        engine.post(&post_by(42, "ana", 1, "#BuyKindle"));
        let (_, log) = engine.stop("-TERM");
        assert!(log.contains("started") && !log.contains('\x1b'), "{log:?}");
    }
}

#[test]
fn one_line_tells_version_identity_offers_and_the_bound_port() {
    let sale = shop_with(CONFIG);
    let engine = Running::start_with(&sale, &[("FLASHTAG_LOG_JSON", "1")]);
    let (address, log) = (engine.address.clone(), engine.words.clone());
    let port = address.trim_start_matches("http://").to_owned();
    let lines = json(&log);
    let started: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "started").collect();
    let [started] = started[..] else { panic!("{log}") };
    let expected = BTreeMap::from([
        ("version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("mode", "test".into()),
        ("epoch", 1.into()),
        ("offers", 1.into()),
        ("partitions", 1.into()),
        ("listen", port.into()),
    ]);
    for (field, value) in expected {
        assert_eq!(started["fields"][field], value, "{field} in {started}");
    }
    let instance = started["fields"]["instance"].as_str().unwrap_or_default();
    assert!(sale.read("data/instance").contains(&format!("id {instance}\n")), "{started}");
    // Without an option it is a line for people, which says the same.
    engine.stop("-TERM");
    let engine = Running::start(&sale);
    let line = engine.words.lines().find(|line| line.contains("started")).unwrap_or_default().to_owned();
    for part in ["INFO", env!("CARGO_PKG_VERSION"), "mode=test", instance, "offers=1"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    engine.stop("-TERM");
    let told = json_of_silent_start(&sale);
    assert!(told.is_empty(), "RUST_LOG decides: {told:?}");
}

/// The lines of a server that logs nothing below an error, besides what it says to its starter.
fn json_of_silent_start(sale: &super::Sale) -> Vec<String> {
    let (_, log) = Running::start_with(sale, &[("RUST_LOG", "error")]).stop("-TERM");
    log.lines().filter(|line| line.contains("started")).map(str::to_owned).collect()
}

#[test]
fn a_log_in_json_has_no_other_lines() {
    let sale = shop_with(CONFIG);
    let config = sale.path("flashtag.toml").display().to_string();
    let mut command = binary();
    command.args(["serve", "--log-format", "json", "--config", &config]);
    let engine = Running::of(command);
    engine.post(&post_by(42, "ana", 1, "#BuyKindle"));
    engine.post("nonsense\n");
    let (code, log) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{log}");
    for line in json(&log) {
        let level = line["level"].as_str().unwrap_or_default();
        assert!(["INFO", "WARN", "ERROR"].contains(&level) && line["timestamp"].is_string(), "{line}");
    }
    sale.write("offers.toml", sale.read("offers.toml").replace("149.99", "99.99"));
    let ran: Ran = serve(&sale, &[("FLASHTAG_LOG_JSON", "1")]).must(78, &[]);
    let lines = json(&ran.err);
    let last = lines.last().expect("a failure is told");
    assert_eq!((&last["level"], &last["fields"]["exit_code"]), (&"ERROR".into(), &78.into()), "{last}");
    assert!(last["fields"]["message"].as_str().is_some_and(|text| text.contains("price differs")), "{last}");
}

/// A mail server that knows one reader, whose letters it does not like, and says whom it means.
fn refusing_mail_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || refuse(stream));
        }
    });
    address
}

fn refuse(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().expect("a socket")).lines().map_while(Result::ok);
    let mut answer = |words: &str| stream.write_all(format!("{words}\r\n").as_bytes()).is_ok();
    if !answer("220 ready") {
        return;
    }
    let mut whom = String::new();
    for line in lines {
        let words = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" | "MAIL" | "RSET" | "QUIT" => "250 ok".to_owned(),
            "RCPT" => {
                line.trim_start_matches("RCPT TO:").clone_into(&mut whom);
                "250 ok".to_owned()
            }
            "DATA" => "354 go on".to_owned(),
            "." => format!("554 5.6.0 {whom}: user dislikes this"),
            _ => continue,
        };
        if !answer(&words) {
            return;
        }
    }
}

#[test]
fn the_log_names_no_person_and_no_secret() {
    let mail = refusing_mail_server();
    let lines = format!(
        "egress_allow = [\"{mail}\"]\n{CONFIG}token_file = \"tokens\"\n[providers]\nemail_from = \"a@shop.example\"\n\
         email = \"smtp://{mail}?tls=none\"\n"
    );
    let sale = shop_with(&lines);
    sale.write_secret("tokens", "c0ffee00c0ffee00c0ffee00c0ffee00\n");
    let engine = Running::start_with(&sale, &[("FLASHTAG_LOG_JSON", "1")]);
    let tokens = sale.path("tokens").display().to_string();
    let posts =
        post_by(42, "ana", 1, "My secret wish: #BuyKindle") + &post_by(42, "ana", 2, "#ConfirmKindle");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let sent = agent
        .post(format!("{}/v1/posts", engine.address))
        .header("Authorization", "Bearer c0ffee00c0ffee00c0ffee00c0ffee00")
        .send(&posts)
        .expect("the engine answers");
    assert_eq!(sent.status(), 200);
    let list = || {
        flashtag(["dead-letters", "list", "--json", "--server", &engine.address, "--token-file", &tokens]).out
    };
    // The list, which needs the token, says why.
    let listed = poll(list, |listed| listed.contains("(address) user dislikes this"));
    assert!(!listed.contains('<'), "of whom the mail server speaks stands in no record: {listed}");
    let (_, log) = engine.stop("-TERM");
    assert!(log.contains("an effect was given up"), "{log}");
    for word in ["@example.com", "user dislikes", "c0ffee", "secret wish", "tok_", "x:42", "\"ana\"", "1005"]
    {
        assert!(!log.contains(word), "{word} is in the log:\n{log}");
    }
}

/// The first order has a line of its own, and the others of the ten seconds are not left for an order that may come days later.
#[test]
fn every_order_of_an_operator_is_in_the_log() {
    let sale = shop_with(CONFIG);
    let engine = Running::start_with(&sale, &[("FLASHTAG_LOG_JSON", "1")]);
    for order in ["pause", "resume", "pause", "resume"] {
        flashtag([order, "--all", "--server", &engine.address]).must(0, &[]);
    }
    let (_, log) = engine.stop("-TERM");
    let lines = json(&log);
    let told = |message: &str| -> Vec<u64> {
        let told = lines.iter().filter(|line| line["fields"]["message"] == message);
        told.filter_map(|line| line["fields"]["more"].as_u64()).collect()
    };
    let first = told("an operator's order was carried out");
    let rest = told("more orders of operators were carried out");
    let all = first.len() as u64 + first.iter().chain(&rest).sum::<u64>();
    assert_eq!(all, 4, "{log}");
}

#[test]
fn a_disk_that_makes_answers_wait_is_told_once() {
    check_available().expect("strace is here");
    let sale = shop_with(CONFIG);
    let engine = Running::start_with(&sale, &[("FLASHTAG_LOG_JSON", "1")]);
    let trace = sale.path("trace");
    let attached = Attached::to_thread(engine.id(), "journal-0", &trace, "fdatasync:delay_enter=700000");
    for (id, text) in [(1, "#BuyKindle"), (2, "#CancelKindle"), (3, "#BuyKindle")] {
        let (status, answer) = engine.post(&post_by(42, "ana", id, text));
        assert_eq!(status, 200, "{answer}");
    }
    let (_, log) = engine.stop("-TERM");
    attached.wait();
    let lines = json(&log);
    let slow: Vec<_> = lines
        .iter()
        .filter(|line| {
            line["fields"]["message"].as_str().is_some_and(|text| text.starts_with("the disk is slow"))
        })
        .collect();
    let [slow] = slow[..] else { panic!("{log}") };
    assert_eq!(slow["level"], "WARN");
    let took = slow["fields"]["took_ms"].as_u64().unwrap_or_default();
    assert!((700..60_000).contains(&took), "{slow}");
}
