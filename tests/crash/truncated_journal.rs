//! The negative control of the crash tests: a journal that loses acknowledged records is noticed.
//!
//! Between the kill and the restart, acknowledged records are removed from the journal's end, as if the
//! engine had answered before writing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use flashtag::domain::event::Event;
use flashtag::journal::frame::{Decoded, decode};
use flashtag::partition::codec;

use super::client::{Client, Kind, clients, lost, posts_by_id, under_load};
use super::history::missing_from_history;
use super::server::Server;
use super::shop::{Sale, Shop};
use crate::test_rng::TestRng;

/// Bytes before a segment's first record.
const HEADER: usize = 4096;

/// A killed engine, and the offset at which its journal can be cut so that an acknowledged answer is lost.
struct Crashed {
    shop: Shop,
    clients: Vec<Client>,
    segment: PathBuf,
    bytes: Vec<u8>,
    /// The offset of the victim's record.
    offset: usize,
    /// The post whose answer the record holds.
    victim: String,
}

fn crash(seed: u64) -> Crashed {
    let mut rng = TestRng::new(seed);
    // The last account posts only after the others.
    let cards = (1..=601).map(|author| format!("tok_{author}"));
    let shop = Shop::open(&[Sale::new("plenty", 100_000, 900)], 1, cards);
    let mut clients = clients(2, 600, &mut rng, &shop.sales);
    let mut server = Server::start(&shop.config());
    for _ in 0..2 {
        let http = server.http();
        under_load(&mut clients, &http, || {
            std::thread::sleep(Duration::from_millis(150));
            server.kill();
        });
        server = Server::start(&shop.config());
        let http = server.http();
        clients.iter_mut().for_each(|client| client.compare(&http, false));
        assert_eq!(lost(&clients), Vec::<&String>::new(), "an honest journal loses nothing");
    }
    // The load may have achieved little on a busy machine, so one acknowledged reservation is added.
    let client = &mut clients[0];
    let claim = client.write(Kind::Claim, 601, 0);
    client.post(&server.http(), &[claim]).expect("the server serves");
    server.kill();
    let entries = fs::read_dir(partition(&shop)).expect("a journal");
    let names = entries.map(|entry| entry.expect("a file").path());
    let segments = names.filter(|path| path.extension().is_some_and(|end| end == "seg"));
    let segment = segments.max().expect("a segment");
    let bytes = fs::read(&segment).expect("it can be read");
    let (offset, victim) = last_answered(&bytes, &clients);
    Crashed { shop, clients, segment, bytes, offset, victim }
}

fn partition(shop: &Shop) -> PathBuf {
    shop.data().join("journal/partition-0")
}

/// The last record with a reservation that a client was acknowledged: its offset and its post.
fn last_answered(bytes: &[u8], clients: &[Client]) -> (usize, String) {
    let posts = posts_by_id(clients);
    let (mut at, mut last) = (HEADER, None);
    while let Decoded::Record(frame) = decode(&bytes[at..]) {
        let (_, record) = codec::decode(frame.payload).expect("a record");
        for event in &record.decision.events {
            if let Event::Reserved { claim, .. } = event
                && posts.get(&*claim.post.text()).is_some_and(|post| post.answer.is_some())
            {
                last = Some((at, claim.post.to_string()));
            }
        }
        at += frame.bytes();
    }
    last.expect("a client was answered with a reservation")
}

#[test]
fn an_engine_that_answers_before_it_writes_is_caught() {
    let Crashed { shop, mut clients, segment, mut bytes, offset, victim } = crash(1);
    bytes[offset..].fill(0);
    fs::write(&segment, &bytes).expect("the journal is cut");
    fs::remove_file(partition(&shop).join("watermark")).expect("there was a watermark");
    let missing = missing_from_history(&shop, &clients);
    assert!(missing.iter().any(|words| words.contains(&victim)), "{victim} is not among {missing:?}");
    // It starts, because nothing in the files shows the loss. The clients notice it.
    let server = Server::start(&shop.config());
    let http = server.http();
    clients.iter_mut().for_each(|client| client.compare(&http, true));
    let lost = lost(&clients);
    assert!(lost.iter().any(|words| words.contains(&victim)), "{victim} is not among {lost:?}");
    server.kill();
}

#[test]
fn a_cut_journal_is_refused_by_its_watermark() {
    let Crashed { shop, mut clients, segment, bytes, offset, .. } = crash(2);
    let zeroed = [&bytes[..offset], &vec![0; bytes.len() - offset]].concat();
    let half_a_record = bytes[..offset + 30].to_vec();
    let cuts = [("zeroed", zeroed), ("cut off", bytes[..offset].to_vec()), ("torn", half_a_record)];
    for (how, cut) in cuts {
        fs::write(&segment, cut).expect("the journal is cut");
        let refused = Server::try_start(&shop.config()).err().expect(how);
        assert_eq!(refused.status.code(), Some(78), "{how}: {}", refused.stderr);
        for word in [segment.display().to_string(), format!("offset {offset}")] {
            assert!(refused.stderr.contains(&word), "{how}: `{word}` is not in {}", refused.stderr);
        }
    }
    // A refused start changes nothing: with the copy restored, every answer is found.
    fs::write(&segment, bytes).expect("the copy is put back");
    let server = Server::start(&shop.config());
    let http = server.http();
    clients.iter_mut().for_each(|client| client.compare(&http, true));
    assert_eq!(lost(&clients), Vec::<&String>::new());
    server.stop();
}
