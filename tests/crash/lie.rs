//! The proof that the crash tests can fail: a journal that lies is caught.
//!
//! Between the kill and the restart, records that were acknowledged are taken off the journal's end.
//! That is what an engine leaves behind that answers first and writes later.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use flashtag::domain::event::Event;
use flashtag::journal::frame::{Decoded, decode};
use flashtag::partition::codec;

use super::client::{Client, Kind, clients, lost, told, under_load};
use super::history::missing_from_history;
use super::server::Server;
use super::shop::{Sale, Shop};
use crate::dice::Dice;

/// Bytes before a segment's first record.
const HEADER: usize = 4096;

/// A killed engine, and where its journal can be cut so that an acknowledged answer is lost.
struct Crashed {
    shop: Shop,
    clients: Vec<Client>,
    segment: PathBuf,
    bytes: Vec<u8>,
    /// Where the record of the victim begins.
    offset: usize,
    /// The post whose answer the record holds.
    victim: String,
}

fn crash(seed: u64) -> Crashed {
    let mut dice = Dice::new(seed);
    // The last one posts only when the others are done.
    let cards = (1..=601).map(|author| format!("tok_{author}"));
    let shop = Shop::open(&[Sale::new("plenty", 100_000, 900)], 1, cards);
    let mut clients = clients(2, 600, &mut dice, &shop.sales);
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
    // However little the load got through on a busy machine: this one was told of its reservation.
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

/// The last record that holds a reservation which a client was told of.
fn last_answered(bytes: &[u8], clients: &[Client]) -> (usize, String) {
    let posts = told(clients);
    let (mut at, mut last) = (HEADER, None);
    while let Decoded::Record(frame) = decode(&bytes[at..]) {
        let (_, record) = codec::decode(frame.payload).expect("a record");
        for event in &record.decision.events {
            if let Event::Reserved { claim, .. } = event
                && posts.get(&*claim.post.text()).is_some_and(|post| post.told.is_some())
            {
                last = Some((at, claim.post.to_string()));
            }
        }
        at += frame.bytes();
    }
    last.expect("somebody was told of a reservation")
}

#[test]
fn an_engine_that_answers_before_it_writes_is_caught() {
    let Crashed { shop, mut clients, segment, mut bytes, offset, victim } = crash(1);
    bytes[offset..].fill(0);
    fs::write(&segment, &bytes).expect("the journal is cut");
    fs::remove_file(partition(&shop).join("watermark")).expect("there was a watermark");
    let missing = missing_from_history(&shop, &clients);
    assert!(missing.iter().any(|words| words.contains(&victim)), "{victim} is not among {missing:?}");
    // It starts: nothing in the files says that anything is gone. The clients know better.
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
    // A refused start changes nothing: with the copy back in its place, everything is there.
    fs::write(&segment, bytes).expect("the copy is put back");
    let server = Server::start(&shop.config());
    let http = server.http();
    clients.iter_mut().for_each(|client| client.compare(&http, true));
    assert_eq!(lost(&clients), Vec::<&String>::new());
    server.stop();
}
