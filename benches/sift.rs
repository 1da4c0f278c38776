//! Prefiltering: the cost of finding the relevant posts in a firehose of X's format, compared with parsing
//! all of it.
//!
//! Each figure is for one core, over the same 16 MiB of lines of about 660 bytes, and includes decoding and
//! reading the lines that pass the prefilter. Every run checks that no relevant post is missed.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crowd::{Firehose, Noise, precedent};
use flashtag::config::offers::parse_offers;
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::terms::Terms;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::lines::lines;
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::reading::Reading;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Size of the firehose: larger than the processor's caches.
const BYTES: usize = 16 << 20;

const OPENS_MS: i64 = 1_360_774_800_000;

const OFFER: &str = include_str!("offer.toml");

/// A catalog of `tags` live tags, the first of which is wanted.
fn catalog(tags: u32) -> Catalog {
    let mut offer = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer").offers.remove(0);
    offer.tags.cancel = None;
    let offering = |no: u32| {
        let mut terms: Terms = offer.clone();
        terms.tags.buy = format!("BuyThing{no}").into();
        terms.tags.confirm = (tags > 1).then(|| format!("ConfirmThing{no}").into());
        Offering::from(terms)
    };
    let front = ShopFront { own: Vec::new(), handles: vec!["AmexSync".into()] };
    Catalog::unnumbered(&(0..tags.div_ceil(2)).map(offering).collect::<Vec<_>>(), front)
}

fn matters(catalog: &Catalog, line: &[u8]) -> bool {
    match Format::X.decode(line) {
        Ok(Decoded::Post(post)) => catalog.read(&post) != Reading::Unrelated,
        other => panic!("a sound line: {other:?}"),
    }
}

fn sift(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sift/x");
    let noise = Noise::new(&precedent::targets(), 2013);
    for per_mille in [1, 10, 100, 500] {
        let Firehose { bytes, tagged, .. } = Firehose::new(&noise, "BuyThing0", per_mille, BYTES, OPENS_MS);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for tags in [1, 100, 1_000, 10_000] {
            let catalog = catalog(tags);
            let prefilter = Prefilter::new(&catalog);
            let found = || {
                let mut counts = LineCounts::default();
                let passed = prefilter.passing_lines(Format::X, &bytes, &mut counts);
                passed.filter(|(_, line)| line.as_ref().is_ok_and(|line| matters(&catalog, line))).count()
                    as u64
            };
            assert_eq!(found(), tagged);
            let name = BenchmarkId::new(format!("{tags}_tags"), format!("{per_mille}_in_1000"));
            group.bench_function(name, |bencher| bencher.iter(|| black_box(found())));
        }
        let catalog = catalog(1);
        let parsed = || lines(&bytes).filter(|(_, line)| matters(&catalog, line)).count() as u64;
        assert_eq!(parsed(), tagged);
        let name = BenchmarkId::new("parse_all", format!("{per_mille}_in_1000"));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(parsed())));
    }
}

/// Words of Japanese posts, and tags of which none is on sale.
const WORDS: [&str; 8] =
    ["今日は", "とても楽しい", "一日でした。", "新しい", "写真を", "東京で", "見つけた", "お知らせ！"];
const TAGS: [&str; 8] =
    ["写真", "東京", "猫のいる暮らし", "セットリスト", "ビール", "新商品", "確認中", "アニメ好き"];

/// Lines in Japanese, of which one in `every` has a tag on sale, and how many have.
fn japanese(every: usize) -> (Vec<u8>, u64) {
    let (mut bytes, mut tagged) = (Vec::new(), 0);
    let mut tags = TAGS.into_iter().cycle();
    let mut words = WORDS.into_iter().cycle();
    for number in 0.. {
        if bytes.len() >= BYTES {
            break;
        }
        let live = number % every == 0;
        // One word more than a round of them, so that no two neighbours are alike.
        let text: String = words.by_ref().take(25).collect();
        let (tag, other) = (tags.next().unwrap_or_default(), tags.next().unwrap_or_default());
        let tag = if live { "セール" } else { tag };
        let line = format!(
            r##"{{"data":{{"id":"{}","author_id":"{}","created_at":"2013-02-13T17:00:00.000Z","text":"{text} #{tag} ＃{other}"}}}}"##,
            1_000_000 + number,
            1 + number % 9_999,
        );
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        tagged += u64::from(live);
    }
    (bytes, tagged)
}

/// A firehose in Japanese, and a shop whose tags are Japanese as well.
fn sift_japanese(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sift/japanese");
    let mut offer = parse_offers(OFFER, "benches/offer.toml").expect("a sound offer").offers.remove(0);
    (offer.tags.buy, offer.tags.confirm, offer.tags.cancel) = ("セール".into(), Some("確認".into()), None);
    let catalog = Catalog::unnumbered(&[Offering::from(offer)], ShopFront::default());
    let prefilter = Prefilter::new(&catalog);
    for every in [100, 1000] {
        let (bytes, tagged) = japanese(every);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let found = || {
            let mut counts = LineCounts::default();
            let passed = prefilter.passing_lines(Format::X, &bytes, &mut counts);
            passed.filter(|(_, line)| line.as_ref().is_ok_and(|line| matters(&catalog, line))).count() as u64
        };
        assert_eq!(found(), tagged);
        let name = format!("1_in_{every}");
        group.bench_function(&name, |bencher| bencher.iter(|| black_box(found())));
        let parsed = || lines(&bytes).filter(|(_, line)| matters(&catalog, line)).count() as u64;
        assert_eq!(parsed(), tagged);
        group.bench_function(format!("parse_all_{name}"), |bencher| bencher.iter(|| black_box(parsed())));
    }
}

fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
}

criterion_group!(name = benches; config = short(); targets = sift, sift_japanese);
criterion_main!(benches);
