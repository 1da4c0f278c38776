//! Writes a kept directory with the real binary: see `README.md` beside this file.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use super::directory::{self, Copy, is_segment};
use super::engine::{Engine, Post, history, verify};
use crate::books;
use crate::crash::poll;

/// The cards of the accounts linked from the start, in the order of their X ids.
const CARDS: [&str; 14] = [
    "tok_timeout_after_1",
    "tok_2",
    "tok_3",
    "tok_4",
    "tok_5",
    "tok_6",
    "tok_7",
    "tok_8",
    "tok_slow_9",
    "tok_10",
    "tok_11",
    "tok_12",
    "tok_13",
    "tok_capture_decline_14",
];

/// The records that a directory keeps.
/// Letters in the name of the account that fills segments. The longer, the fewer of its records are behind the sealed
/// segment of every journal.
const FILLER_LETTERS: usize = 470;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// All records, and no snapshot.
    Segments,
    /// The records after the older of two snapshots.
    Pruned,
}

/// A running shop, and the next post id. All ids have seven digits, so that they sort as text, too.
struct Shop {
    place: tempfile::TempDir,
    next: u64,
}

impl Shop {
    fn open() -> Self {
        let shop = Self { place: tempfile::tempdir().expect("a temporary directory"), next: 1_000_000 };
        for name in ["offers.toml", "serve.toml"] {
            fs::copy(directory::root().join(name), shop.path().join(name)).expect("a copy");
        }
        fs::write(shop.path().join("accounts.ndjson"), accounts()).expect("accounts");
        shop
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    /// Starts the engine, with these replacements in its configuration.
    fn start(&self, replace: &[(&str, &str)]) -> Engine {
        let mut config = fs::read_to_string(self.path().join("serve.toml")).expect("it is there");
        for (from, to) in replace {
            assert!(config.contains(from), "{from}");
            config = config.replace(from, to);
        }
        let path = self.path().join("running.toml");
        fs::write(&path, config).expect("it is written");
        let engine = Engine::start(&path);
        fs::remove_file(path).expect("it is there");
        engine
    }

    /// Posts texts of accounts, and asserts the outcomes.
    fn post_all(&mut self, engine: &Engine, words: &[(&str, &str, &str)]) {
        let posts: Vec<Post<'_>> =
            (self.next..).zip(words).map(|(id, (account, text, _))| Post { account, id, text }).collect();
        self.next += words.len() as u64;
        let wanted: Vec<&str> = words.iter().map(|(.., outcome)| *outcome).collect();
        assert_eq!(engine.post(&posts), wanted);
    }

    /// Waits until the card provider has approved an operation for an order.
    fn wait_for_money(&self, operation: &str, order: &str) {
        let approved = |line: &Value| {
            line["operation"] == operation && line["order"] == order && line["result"] == "approved"
        };
        poll(|| books::lines(&self.path().join("data/cards.ndjson")), |ledger| ledger.iter().any(approved));
    }
}

fn accounts() -> String {
    let mut text = String::new();
    let card = |token: &str| json!({"token": token, "brand": "amex", "funding": "credit", "last4": "1005"});
    for (author, token) in (1..).zip(CARDS) {
        let link = json!({"network": "x", "author_id": author.to_string(), "card": card(token),
            "email": format!("{author}@example.com"), "region": "US-NY"});
        writeln!(text, "{link}").expect("a string takes it");
    }
    for name in ["ana", "bob", "cat"] {
        let link = json!({"network": "bluesky", "author_id": format!("did:plc:{name}"),
            "card": card(&format!("tok_{name}")), "email": format!("{name}@example.com"), "region": "DE-BE"});
        writeln!(text, "{link}").expect("a string takes it");
    }
    let filler = format!("did:plc:{}", "f".repeat(FILLER_LETTERS));
    let link = json!({"network": "bluesky", "author_id": filler, "card": card("tok_filler"),
        "email": "filler@example.com", "region": "DE-BE"});
    writeln!(text, "{link}").expect("a string takes it");
    text
}

/// Fills a segment of each partition with account commands of one account, which every partition records, and
/// stops: a snapshot is left.
fn fill(shop: &mut Shop) {
    let engine = shop.start(&[("retain = \"history\"", "retain = \"2 snapshots\"")]);
    let journal = shop.path().join("data/journal");
    let segments = |partition: &str| {
        let names = fs::read_dir(journal.join(partition)).expect("it is there");
        names.filter(|name| name.as_ref().is_ok_and(|name| is_segment(&name.path()))).count()
    };
    let filler = format!("bluesky:did:plc:{}", "f".repeat(FILLER_LETTERS));
    let turn = [(&*filler, "@Kept STOP", "opted_out"), (&*filler, "@Kept START", "opted_in")];
    let turns: Vec<(&str, &str, &str)> = turn.into_iter().cycle().take(10).collect();
    while ["partition-0", "partition-1", "control"].iter().any(|partition| segments(partition) < 2) {
        shop.post_all(&engine, &turns);
    }
    engine.stop();
}

/// A mail relay that refuses every letter for good. A relay that is away loses no letters.
fn refusing_relay() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
                stream.write_all(b"220 relay\r\n").ok();
                for line in lines.map_while(Result::ok) {
                    let answer = match line.get(..4).unwrap_or(&line) {
                        "EHLO" | "MAIL" | "RCPT" | "RSET" | "QUIT" => "250 relay",
                        "DATA" => "354 go on",
                        "." => "554 5.6.0 never",
                        _ => continue,
                    };
                    stream.write_all(format!("{answer}\r\n").as_bytes()).ok();
                }
            });
        }
    });
    address
}

/// A sale whose letters cannot be delivered and become dead letters.
fn lose_letters(shop: &mut Shop, kind: Kind) {
    let relay = refusing_relay();
    let dead = format!(
        "[providers]\nemail = \"smtp://{relay}?tls=none\"\nemail_from = \"sales@shop.example\"\n[replies]"
    );
    let limits = "[limits]\nattempts_most = 1\nretry_first = \"1ms\"";
    let retain = if kind == Kind::Pruned { "2 snapshots" } else { "history" };
    let allowed = format!("retain = \"{retain}\"\negress_allow = [\"{relay}\"]");
    let replace = [("[replies]", &*dead), ("[limits]", limits), ("retain = \"history\"", &*allowed)];
    let engine = shop.start(&replace);
    shop.post_all(
        &engine,
        &[("bluesky:did:plc:ana", "#BuyFlash", "confirmed"), ("x:2", "#BuyFlash", "confirmed")],
    );
    poll(|| engine.metric("flashtag_dead_letters_total"), |dead| *dead >= 2.0);
    if kind == Kind::Pruned { engine.stop() } else { engine.kill() }
}

/// A line of the feed without its time; a refund if `of` names a purchase.
pub(super) fn transaction(id: &str, card: &str, amount: &str, of: Option<&str>) -> Value {
    let kind = if of.is_some() { "refund" } else { "purchase" };
    let mut line = json!({"id": id, "card": card, "merchant": "m-1", "amount": amount, "kind": kind});
    if let Some(of) = of {
        line["refund_of"] = json!(of);
    }
    line
}

/// Makes reservations, waiters, entries of a draw, enrollments, a sale, links that only the journal has, and
/// account commands.
fn begin(shop: &mut Shop, kind: Kind) {
    let retain: &[(&str, &str)] = match kind {
        Kind::Segments => &[],
        Kind::Pruned => &[("retain = \"history\"", "retain = \"2 snapshots\"")],
    };
    let engine = shop.start(retain);
    engine.link("x:21", "tok_slow_21");
    engine.link("x:22", "tok_22");
    engine.link("bluesky:did:plc:dan", "tok_dan");
    let words = [
        ("x:1", "#BuyHeld", "reserved"),
        ("x:3", "#BuyHeld x2", "reserved"),
        ("x:3", "#ConfirmHeld", "confirmed"),
        ("x:2", "#BuyHeld", "reserved"),
        ("x:21", "#BuyHeld", "reserved"),
        ("x:4", "#BuyHeld x2", "waitlisted"),
        ("x:5", "#BuyHeld", "waitlisted"),
        ("x:5", "#ConfirmHeld", "waitlisted"),
        ("bluesky:did:plc:bob", "#BuySwift", "reserved"),
        ("bluesky:did:plc:dan", "#BuySwift", "waitlisted"),
        ("x:6", "#BuyDrawn", "waitlisted"),
        ("x:7", "#BuyDrawn", "waitlisted"),
        ("bluesky:did:plc:cat", "#BuyDrawn", "waitlisted"),
        ("x:8", "#KeptCoffee", "enrolled"),
        ("x:9", "#KeptCoffee", "enrolled"),
        ("x:10", "@Kept STOP", "opted_out"),
        ("x:11", "@Kept FREEZE", "frozen"),
        ("x:98", "#BuyHeld", "not_linked"),
        ("x:14", "#BuyFlash", "confirmed"),
    ];
    shop.post_all(&engine, &words);
    shop.wait_for_money("capture", "held.2");
    if kind == Kind::Pruned { engine.stop() } else { engine.kill() }
}

/// Leaves payments in flight in every state, and a parked confirmation, and kills the server.
fn leave_in_flight(shop: &mut Shop) {
    let engine = shop.start(&[]);
    shop.post_all(&engine, &[("x:1", "#ConfirmHeld", "confirmed")]);
    let credited = engine.transact(&[
        transaction("t-1", "tok_8", "40.00 USD", None),
        transaction("r-1", "tok_8", "10.00 USD", Some("t-1")),
    ]);
    assert_eq!(credited, ["credited", "credit_reversed"]);
    // This refund came before its purchase and concerns no purchase yet.
    engine.transact(&[transaction("r-9", "tok_8", "5.00 USD", Some("t-9"))]);
    // The capture succeeds and its answer is lost: the engine waits ten seconds before it asks again.
    shop.wait_for_money("capture", "held.1");
    assert_eq!(engine.transact(&[transaction("t-2", "tok_slow_9", "20.00 USD", None)]), ["credited"]);
    shop.post_all(
        &engine,
        &[("x:21", "#ConfirmHeld", "confirmed"), ("x:13", "#ConfirmHeld", "nothing_to_confirm")],
    );
    shop.wait_for_money("authorize", "held.4");
    engine.kill();
}

/// Stores the answers of the engine that wrote a directory.
fn describe(name: &str) {
    let copy = Copy::of(name);
    let kept = directory::root().join(name);
    for (file, text) in [("history.ndjson", history(&copy.data())), ("verify.txt", verify(&copy.data()))] {
        fs::write(kept.join(file), text).expect("it is written");
    }
    let opened = super::opened(&copy);
    let text = serde_json::to_string_pretty(&opened).expect("JSON") + "\n";
    fs::write(kept.join("opened.json"), text).expect("it is written");
}

/// Writes both directories of a release, and its answers.
pub(super) fn write(release: &str) {
    for (kind, ending) in [(Kind::Segments, "segments"), (Kind::Pruned, "pruned")] {
        let mut shop = Shop::open();
        if kind == Kind::Pruned {
            fill(&mut shop);
        }
        lose_letters(&mut shop, kind);
        begin(&mut shop, kind);
        leave_in_flight(&mut shop);
        let name = format!("{release}-{ending}");
        directory::keep(shop.path(), &name);
        describe(&name);
    }
}
