//! `serve` as a process: its configuration, start and end, and conflicts over its resources.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, Ran, Sale, binary, flashtag};
use crate::crash::signal;

pub(super) const CONFIG: &str = r#"data = "data"
offers = "offers.toml"
accounts = "accounts.ndjson"
[http]
listen = "127.0.0.1:0"
"#;

pub(super) fn shop_with(config: &str) -> Sale {
    let offers = OFFERS.replace("closes = \"2013", "closes = \"2093");
    let sale = Sale::new(offers, ACCOUNTS, "");
    sale.write("flashtag.toml", config);
    sale
}

/// Asserts that a start fails: the process ends by itself without listening.
pub(super) fn serve(sale: &Sale, variables: &[(&str, &str)]) -> Ran {
    let mut command = binary();
    command.arg("serve").arg("--config").arg(sale.path("flashtag.toml"));
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    let ran = Ran::of(command.output().expect("the binary runs"));
    assert!(!ran.err.contains("listening on"), "{}", ran.err);
    ran
}

/// A running engine; killed if the test fails before it is stopped.
pub(super) struct Running {
    child: Child,
    /// Its output after it listens, to the end.
    rest: Option<JoinHandle<String>>,
    pub(super) words: String,
    pub(super) address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    pub(super) fn start(sale: &Sale) -> Self {
        Self::start_with(sale, &[])
    }

    /// Starts with these environment variables.
    pub(super) fn start_with(sale: &Sale, variables: &[(&str, &str)]) -> Self {
        let mut command = binary();
        command.arg("serve").arg("--config").arg(sale.path("flashtag.toml"));
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    /// Starts by this command.
    pub(super) fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut output = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let (mut words, mut address) = (String::new(), None);
        while address.is_none() {
            let mut line = String::new();
            let read = output.read_line(&mut line).expect("UTF-8");
            words.push_str(&line);
            assert!(read > 0, "the engine ended before it listened:\n{words}");
            // The line for people, or the same in JSON.
            let listening = line.split("listening on ").nth(1).and_then(|rest| rest.trim().split('"').next());
            address = listening.map(ToOwned::to_owned);
        }
        // Its output is drained, so that it never blocks.
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            output.read_to_string(&mut rest).expect("UTF-8");
            rest
        });
        Self { child, rest: Some(rest), words, address: address.unwrap_or_default() }
    }

    /// The id of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Signals the engine to stop and waits until it ends.
    pub(super) fn stop(mut self, name: &str) -> (Option<i32>, String) {
        signal(&self.child, name);
        let rest = self.rest.take().map_or_else(String::new, |rest| rest.join().expect("it is read"));
        let status = self.child.wait().expect("the engine ends");
        (status.code(), format!("{}{rest}", self.words))
    }

    pub(super) fn post(&self, body: &str) -> (u16, String) {
        self.post_to("/v1/posts", body)
    }

    pub(super) fn post_to(&self, target: &str, body: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer =
            agent.post(format!("{}{target}", self.address)).send(body).expect("the engine answers");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("text"))
    }
}

/// The current time from the system: a live engine does not believe posts of other hours.
pub(super) fn now() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().expect("date is there");
    String::from_utf8(date.stdout).expect("ASCII").trim().to_owned()
}

/// A post of ana, published now.
fn post(id: u32, text: &str) -> String {
    post_by(42, "ana", id, text)
}

/// A post of an author, published now.
pub(super) fn post_by(author: u32, handle: &str, id: u32, text: &str) -> String {
    let author = json!({"id": author.to_string(), "handle": handle});
    let post =
        json!({"network": "x", "id": id.to_string(), "author": author, "posted_at": now(), "text": text});
    format!("{post}\n")
}

#[test]
fn an_engine_sells_stops_on_request_and_recovers_its_state() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    let (status, answer) = engine.post(&post(1, "#BuyKindle"));
    assert_eq!((status, super::text(&super::ndjson(&answer)[0], "outcome")), (200, "reserved"), "{answer}");
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("stopped; everything that was answered is on the disk"), "{words}");
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--data", &data]).must(0, &["0 violated", "1 reserved"]);
    let engine = Running::start(&sale);
    assert!(!engine.words.contains(": 0 records replayed"), "{}", engine.words);
    let (_, answer) = engine.post(&post(2, "#ConfirmKindle"));
    assert_eq!(super::text(&super::ndjson(&answer)[0], "outcome"), "confirmed", "{answer}");
    let (code, words) = engine.stop("-INT");
    assert_eq!(code, Some(0), "{words}");
}

#[test]
fn a_request_with_a_line_that_is_no_json_is_refused_whole() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    let good = post(1, "#BuyKindle");
    let deep = format!("{}\n", "[".repeat(10_000));
    let long = format!("{}\n", "a".repeat(2_000_000));
    for (sentence, bad) in [
        ("no JSON", "nonsense\n"),
        ("depth 10,000", &deep),
        ("a NUL", "{\"network\":\"\0\"}\n"),
        ("a line of 2 MB", &long),
    ] {
        let (status, problem) = engine.post(&format!("{good}{bad}"));
        assert_eq!(status, 400, "{sentence}: {problem}");
        let problem: Value = serde_json::from_str(&problem).expect("a problem is JSON");
        assert!(problem.to_string().contains('2'), "{sentence}: no line is named in {problem}");
    }
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    let data = sale.path("data").display().to_string();
    let history = flashtag(["history", "--data", &data]).must(0, &[]);
    assert!(!history.out.contains("reserved"), "a refused request was applied:\n{}", history.out);
}

#[test]
fn a_data_directory_belongs_to_one_process_whose_id_is_named() {
    let sale = shop_with(CONFIG);
    let engine = Running::start(&sale);
    let pid = format!("(pid {})", engine.child.id());
    serve(&sale, &[]).must(75, &["another flashtag process", &pid, "choose another directory"]);
    let data = sale.path("data").display().to_string();
    for command in ["verify", "history"] {
        flashtag([command, "--data", &data]).must(75, &[&pid]);
    }
    let ran = sale.sell_with(&["--out", &data]);
    ran.must(75, &[&pid]);
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    // `sell` never overwrites the history of an engine, running or not.
    sale.sell_with(&["--out", &data]).must(73, &["another sale"]);
    flashtag(["verify", "--data", &data]).must(0, &[]);
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let sale = shop_with(&CONFIG.replace("127.0.0.1:0", &address));
    serve(&sale, &[]).must(69, &[&address]);
}

#[test]
fn faults_of_the_configuration_are_named_all_at_once() {
    let table: [(&str, &str, &[&str]); 7] = [
        (
            "an unknown key",
            "dta = \"x\"",
            &["flashtag.toml:1:1: unknown key \"dta\"", "did you mean `data`?"],
        ),
        ("no partition", "partitions = 0", &["flashtag.toml:1:14: `partitions` is 0"]),
        ("an unknown table", "[htp]\nlisten = \"x\"", &["flashtag.toml:1:", "unknown key \"htp\""]),
        ("no address", "[http]\nlisten = \"here\"", &["flashtag.toml:2:10: `listen` is \"here\""]),
        (
            "everybody without a token",
            "[http]\nlisten = \"0.0.0.0:0\"\nauth = \"off\"",
            &["flashtag.toml:2:10: `listen` is 0.0.0.0:0", "no token is asked for"],
        ),
        (
            "a limit of nothing",
            "[limits]\nposts_in_flight = 0",
            &["flashtag.toml:2:19: `posts_in_flight` is 0"],
        ),
        ("no TOML", "data = ", &["flashtag.toml:1:"]),
    ];
    for (sentence, config, message) in table {
        println!("{sentence}");
        let sale = shop_with(config);
        serve(&sale, &[]).must(78, message);
        assert!(!sale.path("data").exists(), "{sentence}: something was begun");
    }
    let both = shop_with("dta = 1\npartitions = 0\n");
    serve(&both, &[("FLASHTAG__HTTP__LSTEN", "x")])
        .must(78, &["unknown key \"dta\"", "`partitions` is 0", "FLASHTAG__HTTP__LSTEN: "]);
}

#[test]
fn wrong_variables_are_named() {
    let table: [(&str, &str, &[&str]); 4] = [
        ("FLASHTAG__HTTP__LISTEN", "here", &["FLASHTAG__HTTP__LISTEN: `listen` is \"here\""]),
        ("FLASHTAG__PARTITIONS", "many", &["FLASHTAG__PARTITIONS: `partitions` is many"]),
        (
            "FLASHTAG__HTTP__LISTNE",
            "x",
            &["FLASHTAG__HTTP__LISTNE: no key", "did you mean FLASHTAG__HTTP__LISTEN?"],
        ),
        ("FLASHTAG__OFFERS", "nowhere.toml", &["nowhere.toml"]),
    ];
    for (name, value, message) in table {
        serve(&shop_with(CONFIG), &[(name, value)]).must(78, message);
    }
}

#[test]
fn the_printed_configuration_means_the_same() {
    let sale = Sale::new("", "", "");
    let print = |variables: &[(&str, &str)], config: Option<&str>| {
        let mut command = binary();
        command.args(["serve", "--print-config"]).envs(variables.iter().copied());
        if let Some(config) = config {
            command.arg("--config").arg(sale.path(config));
        }
        Ran::of(command.output().expect("the binary runs")).must(0, &[]).out
    };
    // The printed defaults mean the same as an empty file.
    sale.write("printed.toml", print(&[], None));
    sale.write("empty.toml", "");
    assert_eq!(print(&[], Some("printed.toml")), print(&[], Some("empty.toml")));
    let other =
        print(&[("FLASHTAG__PARTITIONS", "3"), ("FLASHTAG__LIMITS__TICK", "7ms")], Some("empty.toml"));
    assert!(other.contains("partitions = 3\n") && other.contains("tick = \"7ms\"\n"), "{other}");
    sale.write("other.toml", &other);
    assert_eq!(print(&[], Some("other.toml")), other);
}

#[test]
fn missing_files_of_a_start_are_named() {
    let sale = shop_with(CONFIG);
    for (name, code) in [("accounts.ndjson", 66), ("offers.toml", 78), ("flashtag.toml", 78)] {
        std::fs::remove_file(sale.path(name)).expect("the file is there");
        serve(&sale, &[]).must(code, &[name, "No such file"]);
    }
    assert!(!sale.path("data").exists(), "something was begun");
    let sale = shop_with(CONFIG);
    sale.write("accounts.ndjson", format!("{ACCOUNTS}nonsense\n"));
    serve(&sale, &[]).must(65, &["accounts.ndjson", "line 2"]);
}

#[test]
fn terms_cannot_change_during_a_sale() {
    let sale = shop_with(CONFIG);
    let (code, _) = Running::start(&sale).stop("-TERM");
    assert_eq!(code, Some(0));
    sale.write("offers.toml", sale.read("offers.toml").replace("149.99", "99.99"));
    serve(&sale, &[]).must(78, &["offer kindle is on sale under other terms", "price differs"]);
}

#[test]
fn the_link_key_is_created_once_and_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let sale = shop_with(CONFIG);
    Running::start(&sale).stop("-TERM");
    let key = sale.read("data/link-key");
    assert_eq!((key.len(), key.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit())), (65, true));
    let mode = std::fs::metadata(sale.path("data/link-key")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!super::listing(&sale.path("data")).iter().any(|name| name.contains("draft")));
    Running::start(&sale).stop("-TERM");
    assert_eq!(sale.read("data/link-key"), key, "links that are out open after a restart");

    let elsewhere = shop_with(&format!("{CONFIG}link_key_file = \"secrets/links\"\n"));
    Running::start(&elsewhere).stop("-TERM");
    assert_eq!(elsewhere.read("secrets/links").len(), 65);
    assert_ne!(elsewhere.read("secrets/links"), key);
    assert!(!elsewhere.path("data/link-key").exists());
}

#[test]
fn a_file_without_a_valid_key_is_refused_and_unchanged() {
    let table: [(&str, &[u8]); 5] = [
        ("nothing", b""),
        ("half a key", b"00ff00ff00ff00ff00ff00ff00ff00ff\n"),
        ("two keys", &[b'0'; 128]),
        ("words", b"correct horse battery staple\n"),
        ("bytes", &[0xff; 32]),
    ];
    for (sentence, content) in table {
        println!("{sentence}");
        let sale = shop_with(&format!("{CONFIG}link_key_file = \"link-key\"\n"));
        sale.write_secret("link-key", content);
        let ran =
            serve(&sale, &[]).must(78, &["link-key: not 64 hexadecimal digits", "links that were sent"]);
        assert!(!ran.err.contains("correct horse"), "a secret was repeated");
        assert_eq!(std::fs::read(sale.path("link-key")).expect("it is there"), content);
    }
    let sale = shop_with(&format!("{CONFIG}link_key_file = \"link-key\"\n"));
    std::fs::create_dir(sale.path("link-key")).expect("the place is free");
    serve(&sale, &[]).must(74, &["cannot read", "link-key"]);
}

/// Resident memory of the process, in KiB.
fn resident_kib(engine: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.child.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the status has it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn memory_for_linked_accounts_is_prefaulted_up_to_its_limit() {
    const LINKED: usize = 30_000;
    let account = ACCOUNTS.lines().next().expect("an account");
    assert!(account.contains("\"42\""), "{account}");
    let linked =
        (0..LINKED).map(|no| account.replacen("\"42\"", &format!("\"{}\"", 1_000_000 + no), 1) + "\n");
    let linked: String = linked.collect();
    let started = |most: &str| {
        let sale = shop_with(CONFIG);
        sale.write("accounts.ndjson", &linked);
        // With pages of two megabytes more is resident than was requested.
        let small_pages = ("MIMALLOC_ALLOW_THP", "0");
        let engine = Running::start_with(&sale, &[("FLASHTAG__LIMITS__MEMORY_AHEAD", most), small_pages]);
        let resident = resident_kib(&engine);
        let (code, words) = engine.stop("-TERM");
        assert_eq!(code, Some(0), "{words}");
        let prefaulted = words
            .lines()
            .find_map(|line| line.split_once(" MiB of memory pre-faulted")?.0.rsplit(' ').next());
        (resident, prefaulted.map(ToOwned::to_owned))
    };
    let (without, none) = started("0");
    assert_eq!(none, None);
    // Two KiB per account are 58 MiB. A part is there already, and what else a start takes varies.
    for (most, expected, at_least_kib) in [("1 GiB", "58", 50 << 10), ("20 MiB", "20", 15 << 10)] {
        let (resident, prefaulted) = started(most);
        assert_eq!(prefaulted.as_deref(), Some(expected), "{most}");
        let more = resident.saturating_sub(without);
        assert!((at_least_kib..at_least_kib + (20 << 10)).contains(&more), "{most}: {more} KiB more");
    }
}

#[test]
fn the_allocator_keeps_memory_unless_configured_otherwise() {
    let sale = shop_with(CONFIG);
    for (variables, setting) in [
        (&[][..], "MIMALLOC_PURGE_DELAY=-1"),
        (&[("MIMALLOC_PURGE_DELAY", "500")][..], "MIMALLOC_PURGE_DELAY=500"),
    ] {
        let engine = Running::start_with(&sale, variables);
        let environment = std::fs::read(format!("/proc/{}/environ", engine.child.id())).expect("it runs");
        let environment = String::from_utf8(environment).expect("UTF-8");
        assert!(environment.split('\0').any(|each| each == setting), "{setting} is not in {environment:?}");
        assert_eq!(engine.stop("-TERM").0, Some(0), "it is the same process still");
    }
}
