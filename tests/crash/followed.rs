//! The history file of the real binary has each record once, as `flashtag history` prints it, or names what
//! it lacks: after kills at any moment, without its directory, on a full disk, and after segments were
//! removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flashtag::verify::{HistoryFault, read_history};

use super::client::{Client, Kind, clients, random_ms, under_load};
use super::kill::{cards, sales};
use super::server::{Ended, Server, Starting, poll, run, serve};
use super::shop::{Sale, Shop};
use crate::run_budget::{self, RunBudget};
use crate::test_rng::TestRng;

const ACCOUNTS: u32 = 2000;
const LOAD_MS_MAX: usize = 120;
const START_MS_MAX: usize = 60;

/// The command `flashtag serve`, with a history file and other settings.
fn starting(shop: &Shop, file: &Path, settings: &[(&str, &str)]) -> Starting {
    let mut command = serve(&shop.config());
    command.env("FLASHTAG__SUBSCRIBERS__HISTORY", file).envs(settings.iter().copied());
    Starting::spawn(command)
}

fn start(shop: &Shop, file: &Path, settings: &[(&str, &str)]) -> Server {
    starting(shop, file, settings).wait_until_it_serves().unwrap_or_else(|refused| panic!("{refused:?}"))
}

/// Stops the server and returns its output.
fn stop(server: Server) -> String {
    server.ask_to_stop();
    let ended: Ended = server.wait();
    assert_eq!(ended.status.code(), Some(0), "a clean end: {ended:?}");
    ended.stderr
}

/// The lines by partition, without a torn last line.
fn by_partition(text: &str) -> BTreeMap<u32, Vec<&str>> {
    let mut lines = BTreeMap::<u32, Vec<&str>>::new();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let partition = match read_history(line) {
            Ok((partition, ..)) | Err(HistoryFault::Missing { partition, .. }) => partition,
            Err(fault) => panic!("{fault}: {line}"),
        };
        lines.entry(partition).or_default().push(line);
    }
    lines
}

/// The output of `flashtag history`.
fn printed(shop: &Shop) -> String {
    let output = run(&["history"], &shop.data());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("the history is there")
}

/// Asserts that the file has the lines of the command, partition by partition.
fn assert_same(shop: &Shop, file: &Path) {
    let (text, printed) = (read(file), printed(shop));
    assert!(text.is_empty() || text.ends_with('\n'), "a whole last line");
    let (found, expected) = (by_partition(&text), by_partition(&printed));
    for (partition, expected) in &expected {
        let found = found.get(partition).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(found.len(), expected.len(), "partition {partition}");
        let differs = found.iter().zip(expected).find(|(found, expected)| found != expected);
        assert_eq!(differs, None, "partition {partition}");
    }
    assert_eq!(found.len(), expected.len());
}

/// Asserts that the file of a killed engine is a prefix of its journal.
fn assert_begins(shop: &Shop, file: &Path) {
    let (text, printed) = (std::fs::read_to_string(file).unwrap_or_default(), printed(shop));
    let expected = by_partition(&printed);
    for (partition, found) in by_partition(&text) {
        assert!(expected[&partition].starts_with(&found), "partition {partition}");
    }
}

#[test]
fn kills_at_any_moment_leave_each_record_once() {
    let mut budget = RunBudget::of("history kills", 25, 2_000);
    let seed = run_budget::seed();
    eprintln!("FLASHTAG_SEED={seed}");
    let mut rng = TestRng::new(seed);
    let mut done = 0;
    while done < budget.wanted {
        let shop = Shop::open(&sales(), 2, cards(ACCOUNTS));
        let file = shop.data().join("history.ndjson");
        let mut clients = clients(3, ACCOUNTS, &mut rng, &shop.sales);
        for _ in 0..budget.wanted.min(50) {
            while rng.below(4) == 0 {
                let starting = starting(&shop, Path::new("history.ndjson"), &[]);
                std::thread::sleep(random_ms(&mut rng, START_MS_MAX));
                starting.kill();
            }
            let server = start(&shop, Path::new("history.ndjson"), &[]);
            let moment = random_ms(&mut rng, LOAD_MS_MAX);
            let http = server.http();
            under_load(&mut clients, &http, || {
                std::thread::sleep(moment);
                server.kill();
            });
            if rng.below(5) == 0 {
                assert_begins(&shop, &file);
            }
            done += 1;
            budget.step();
        }
        let server = start(&shop, Path::new("history.ndjson"), &[]);
        stop(server);
        assert_same(&shop, &file);
        assert!(by_partition(&read(&file)).len() == 2, "both partitions sold");
    }
    budget.report("each record once, in the order of its partition");
}

/// A shop with a one-step sale, and a client.
fn plenty(rng: &mut TestRng) -> (Shop, Client) {
    let shop = Shop::open(
        &[Sale::new("flash", 500_000, 0)],
        1,
        (1..=ACCOUNTS).map(|author| format!("tok_{author}")),
    );
    let client = Client::new(0, rng.split(), &shop.sales, 1..ACCOUNTS);
    (shop, client)
}

/// Sells `claims` units.
fn sell(client: &mut Client, server: &Server, claims: u32) {
    // An account claims again only after the others, when its order is complete.
    let author = |client: &Client| 1 + client.posts.len() as u32 % (ACCOUNTS - 1);
    let batch: Vec<usize> = (0..claims).map(|_| client.write(Kind::Claim, author(client), 0)).collect();
    client.post(&server.http(), &batch).expect("it is served");
    assert!(batch.iter().all(|post| client.posts[*post].answer.is_some()));
}

fn metric(server: &Server, name: &str) -> Option<f64> {
    let name = format!("{name}{{subscriber=\"history\"}} ");
    server.http().metrics().lines().find_map(|line| line.strip_prefix(&name)?.parse().ok())
}

#[test]
fn the_history_follows_live_and_the_sale_does_not_wait_for_it() {
    let (shop, mut client) = plenty(&mut TestRng::new(1));
    let place = tempfile::tempdir().expect("a directory");
    let file: PathBuf = place.path().join("none/history.ndjson");
    let server = start(&shop, &file, &[]);
    sell(&mut client, &server, 300);
    poll(
        || metric(&server, "flashtag_subscriber_failures_total"),
        |failures| failures.is_some_and(|count| count > 1.0),
    );
    assert!(metric(&server, "flashtag_subscriber_behind_records") > Some(300.0), "it has nothing yet");
    std::fs::create_dir(place.path().join("none")).expect("a directory");
    poll(|| metric(&server, "flashtag_subscriber_behind_records"), |behind| *behind == Some(0.0));
    // Now it keeps up: an acknowledged post is soon in the file.
    for _ in 0..5 {
        sell(&mut client, &server, 1);
        let post = client.posts.last().expect("a post").id.clone();
        poll(|| read(&file).contains(&post), |is_there| *is_there);
    }
    let output = stop(server);
    assert!(output.contains("cannot create") && output.contains("create its directory"), "{output}");
    assert!(output.contains("the sale goes on"), "{output}");
    assert_same(&shop, &file);
    assert!(!output.contains("a subscriber has a gap"), "{output}");
}

#[test]
fn a_full_disk_stops_the_history_and_not_the_sale() {
    let full = Path::new("/dev/full");
    let (shop, mut client) = plenty(&mut TestRng::new(2));
    let server = start(&shop, full, &[]);
    sell(&mut client, &server, 200);
    poll(
        || metric(&server, "flashtag_subscriber_failures_total"),
        |failures| failures.is_some_and(|count| count > 0.0),
    );
    sell(&mut client, &server, 200);
    let output = stop(server);
    assert!(output.contains("cannot write to /dev/full: No space left on device"), "{output}");
    assert!(output.contains("make room on its disk"), "{output}");
    assert!(output.contains("it goes on after the next start"), "{output}");
    shop.assert_verified(false);
    let file = shop.data().join("history.ndjson");
    stop(start(&shop, &file, &[]));
    assert_same(&shop, &file);
}

#[test]
fn a_file_that_is_no_history_is_left_alone() {
    let (shop, mut client) = plenty(&mut TestRng::new(3));
    let file = shop.data().join("notes.txt");
    std::fs::create_dir(shop.data()).expect("a directory");
    // With what a line of an earlier history has, and an end without a line break.
    const NOTES: &str = "call Ana, \"email\":\"ana@example.com\"\nand Bob";
    std::fs::write(&file, NOTES).expect("a file");
    let server = start(&shop, &file, &[]);
    sell(&mut client, &server, 20);
    poll(
        || metric(&server, "flashtag_subscriber_failures_total"),
        |failures| failures.is_some_and(|count| count > 0.0),
    );
    let output = stop(server);
    assert!(output.contains("notes.txt is not a history and is left alone; name another file"), "{output}");
    assert_eq!(read(&file), NOTES);
}

const RETAIN: (&str, &str) = ("FLASHTAG__RETAIN", "1 snapshot");
const HOLD: (&str, &str) = ("FLASHTAG__LIMITS__SUBSCRIBER_HOLD", "1 MiB");

fn first_segment(shop: &Shop) -> PathBuf {
    shop.data().join("journal/partition-0/00000000000000000001.seg")
}

fn snapshots(server: &Server) -> f64 {
    let metrics = server.http().metrics();
    let count =
        metrics.lines().find_map(|line| line.strip_prefix("flashtag_snapshots_taken_total ")?.parse().ok());
    count.unwrap_or(0.0)
}

#[test]
fn segments_wait_for_the_history() {
    let (shop, mut client) = plenty(&mut TestRng::new(4));
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("none/history.ndjson");
    let server = start(&shop, &file, &[RETAIN]);
    while snapshots(&server) < 1.0 {
        sell(&mut client, &server, 1000);
    }
    assert!(first_segment(&shop).exists(), "the history has not read it");
    std::fs::create_dir(place.path().join("none")).expect("a directory");
    poll(|| metric(&server, "flashtag_subscriber_behind_records"), |behind| *behind == Some(0.0));
    let before = snapshots(&server);
    while first_segment(&shop).exists() {
        sell(&mut client, &server, 1000);
        assert!(snapshots(&server) < before + 20.0, "it is removed once it was read");
    }
    let output = stop(server);
    assert!(!output.contains("a subscriber has a gap"), "{output}");
    let text = read(&file);
    let lines = &by_partition(&text)[&0];
    for (line, expected) in lines.iter().zip(1..) {
        assert_eq!(read_history(line).expect("a record").1, expected);
    }
    let printed = printed(&shop);
    assert!(lines.ends_with(&by_partition(&printed)[&0]), "as the command prints the remaining records");
}

#[test]
fn removed_records_are_named() {
    let (shop, mut client) = plenty(&mut TestRng::new(5));
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("none/history.ndjson");
    let server = start(&shop, &file, &[RETAIN, HOLD]);
    while first_segment(&shop).exists() {
        sell(&mut client, &server, 1000);
        assert!(snapshots(&server) < 20.0, "segments beyond the hold are removed");
    }
    assert!(metric(&server, "flashtag_subscriber_behind_bytes") > Some(0.0));
    std::fs::create_dir(place.path().join("none")).expect("a directory");
    poll(|| metric(&server, "flashtag_subscriber_behind_records"), |behind| *behind == Some(0.0));
    let missed = metric(&server, "flashtag_subscriber_missed_records_total");
    sell(&mut client, &server, 10);
    let output = stop(server);
    assert!(output.contains("further behind than subscriber_hold"), "{output}");
    assert!(output.contains("a subscriber has a gap"), "{output}");
    let text = read(&file);
    let lines = &by_partition(&text)[&0];
    let Err(HistoryFault::Missing { partition: 0, first: 1, last }) = read_history(lines[0]) else {
        panic!("{}", lines[0])
    };
    assert_eq!(missed, Some(last as f64));
    for (line, expected) in lines[1..].iter().zip(last + 1..) {
        assert_eq!(read_history(line).expect("a record").1, expected, "it continues after the gap");
    }
    let printed = printed(&shop);
    assert!(lines.ends_with(&by_partition(&printed)[&0]), "as the command prints the remaining records");
    // Another start has nothing to add.
    stop(start(&shop, &file, &[RETAIN, HOLD]));
    assert!(read(&file).starts_with(&text));
}
