//! A live stream before the router: what one core spends on all posts of Bluesky, as an uncompressed Jetstream of version 1
//! delivers them.
//!
//! The figure is the CPU time of the reading thread, so a busy machine does not change it: the socket, the WebSocket, the
//! position of each line, the prefilter, and decoding what passes it. Of 20,000 posts a second it may take 15 % of a core, which
//! is 7.5 microseconds for each. Every run checks that no relevant post is missed.

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flashtag::clock::Clock;
use flashtag::config::offers::parse_offers;
use flashtag::config::serve::Mode;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::stream::PostStream;
use flashtag::intake::stream::live::bluesky::JetstreamV1;
use flashtag::intake::stream::live::{LiveStream, Pace};
use flashtag::net::{Bounds, Client, Dialer, Egress, Trust};
use tungstenite::handshake::derive_accept_key;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Posts that a connection delivers before they begin anew.
const POSTS: usize = 20_000;

/// Posts that are read at one time, because the CPU time is counted in ticks of milliseconds.
const READ_LEAST: u64 = 50_000;

/// Posts of which one has a tag of the catalog.
const TAGGED_ONE_IN: usize = 500;

const OFFER: &str = include_str!("offer.toml");

/// The texts of posts, of usual lengths.
const TEXTS: [&str; 5] = [
    "good morning",
    "What a day. The train was late again, and the heating in it was broken, and nobody said a word about either of them.",
    "こんにちは、今日はとても寒いですね。コーヒーが手放せません",
    "New post on the blog: how we moved four hundred services to another region in a weekend, and what broke on the way. \
     It was mostly names. It is always names. #engineering #postmortem",
    "@somebody.bsky.social yes! exactly this",
];

/// A line of the stream.
fn line(no: usize) -> String {
    let text = TEXTS.iter().cycle().nth(no % TEXTS.len()).expect("there are texts");
    let tag = if no.is_multiple_of(TAGGED_ONE_IN) { " #BuyThing0" } else { "" };
    let (did, time_us) = (format!("did:plc:{no:0>24}"), 1_796_050_801_204_137 + no);
    let parent = format!("at://did:plc:{:0>24}/app.bsky.feed.post/3lbxyz{no:0>7}", no / 7);
    let reply = format!(
        r#""reply":{{"parent":{{"cid":"bafyreihx2nwbfpzr5hpmsnzs5gnu3kynqhgvnfqvj3rmz2q2rjv3z4kyoe","uri":"{parent}"}},"root":{{"cid":"bafyreihx2nwbfpzr5hpmsnzs5gnu3kynqhgvnfqvj3rmz2q2rjv3z4kyoe","uri":"{parent}"}}}},"#
    );
    let reply = if no.is_multiple_of(2) { reply.as_str() } else { "" };
    format!(
        r#"{{"did":"{did}","time_us":{time_us},"kind":"commit","commit":{{"rev":"3lbxyz{no:0>7}","operation":"create","collection":"app.bsky.feed.post","rkey":"3lbxyz{no:0>7}","record":{{"$type":"app.bsky.feed.post","createdAt":"2026-11-30T15:00:01.204Z","langs":["en"],{reply}"text":"{text}{tag}"}},"cid":"bafyreidxkq4zb2yyt2c3vfx6hq4k6bmhqm4ujjm5jmpf3hdh7w5hqfdq5e"}}}}"#
    )
}

/// The frames of a server, which are not masked.
fn frames() -> Vec<u8> {
    let mut frames = Vec::new();
    for line in (0..POSTS).map(line) {
        let length = u16::try_from(line.len()).expect("a line is short");
        frames.extend_from_slice(&[0x81, 126]);
        frames.extend_from_slice(&length.to_be_bytes());
        frames.extend_from_slice(line.as_bytes());
    }
    frames
}

/// A server that delivers the frames to each client as fast as it takes them, and begins anew. Returns its port.
fn serve(frames: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let frames = Arc::new(frames);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, frames) = (client.expect("a client"), Arc::clone(&frames));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(client.try_clone().expect("a socket"));
                let (mut key, mut header) = (String::new(), String::new());
                while reader.read_line(&mut header).is_ok_and(|bytes| bytes > 2) {
                    let (name, value) = header.split_once(':').unwrap_or_default();
                    if name.eq_ignore_ascii_case("sec-websocket-key") {
                        value.trim().clone_into(&mut key);
                    }
                    header.clear();
                }
                let accept = derive_accept_key(key.as_bytes());
                let head = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
                     sec-websocket-accept: {accept}\r\n\r\n"
                );
                client.write_all(head.as_bytes()).ok();
                // The client ends the connection.
                while client.write_all(&frames).is_ok() {}
            });
        }
    });
    port
}

/// The machine's time, without waits.
struct Now(Clock);

impl Pace for Now {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn wait(&mut self, _: Millis) {}
}

/// What this thread has run on a processor.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    let ran = stat.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ran.expect("nanoseconds"))
}

/// A catalog with one tag.
fn catalog() -> Catalog {
    let mut terms = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer").offers.remove(0);
    (terms.tags.buy, terms.tags.confirm, terms.tags.cancel) = ("BuyThing0".into(), None, None);
    let front = ShopFront { own: Vec::new(), handles: Vec::new() };
    Catalog::unnumbered(&[Offering::from(terms)], front)
}

/// Reads lines as the reading thread of an account does, and returns how many of them were tagged.
fn read(stream: &mut LiveStream<Client, Now>, prefilter: &Prefilter, posts: u64) -> u64 {
    let (mut counts, mut tagged) = (LineCounts::default(), 0);
    while counts.filled < posts {
        let chunk = stream.next_chunk().expect("a live stream does not fail").unwrap_or_default();
        for (_, line) in prefilter.passing_lines(Format::Bluesky, chunk, &mut counts) {
            match line.and_then(|line| Format::Bluesky.decode(line)) {
                Ok(Decoded::Post(post)) => tagged += u64::from(black_box(&post).text.contains("#BuyThing0")),
                other => panic!("a sound line: {other:?}"),
            }
        }
    }
    let missed = counts.filled / TAGGED_ONE_IN as u64;
    assert!(tagged.abs_diff(missed) <= 1, "{tagged} of about {missed} relevant posts");
    counts.filled
}

fn jetstream(criterion: &mut Criterion) {
    let port = serve(frames());
    let prefilter = Prefilter::new(&catalog());
    let peer = format!("127.0.0.1:{port}").parse().expect("an address");
    let clock = Clock::start();
    let dialer =
        Dialer::new(Egress::new(Mode::Test, vec![peer]), Trust::load(None).expect("no file"), clock.clone());
    let client = Client::new(dialer, Bounds::default());
    let source = JetstreamV1::new(vec![format!("ws://127.0.0.1:{port}").into()], None, 7).expect("no cursor");
    let mut stream = LiveStream::new(Box::new(source), client, Now(clock));
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(1));
    group.bench_function("jetstream_v1", |bencher| {
        bencher.iter_custom(|posts| {
            // The share of them counts.
            let (begin, read) = (cpu_time(), read(&mut stream, &prefilter, posts.max(READ_LEAST)));
            (cpu_time() - begin).mul_f64(posts as f64 / read as f64)
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(5));
    targets = jetstream
}
criterion_main!(benches);
