//! The cost of the journal on this machine's disk: one durable append, and the replay at a start.
//!
//! The appends wait for the disk, so their figures are the disk's. The files are in cargo's build directory,
//! because `/tmp` is often in memory, where the cost would not show.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flashtag::journal::{Batch, Durability, FileDisk, FileLog, Options, recover};
use tempfile::TempDir;

/// Approximate size of a reservation's record.
const RECORD_BYTES: usize = 150;
const REPLAYED: u64 = 100_000;

fn home() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for the benchmark")
}

fn writer(directory: &Path, durability: Durability) -> FileLog {
    let options = Options { durability, ..Options::default() };
    recover(Arc::new(FileDisk), directory, 0, options, |_, _| Ok(())).expect("a new journal").writer
}

fn refill(batch: &mut Batch, first_sequence: u64, records: u64) {
    batch.clear(first_sequence);
    for _ in 0..records {
        batch.push(&[0x5a; RECORD_BYTES]);
    }
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal/append");
    for records in [1, 16, 256] {
        let home = home();
        let mut writer = writer(home.path(), Durability::EachBatch);
        let mut batch = Batch::default();
        group.throughput(Throughput::Elements(records));
        group.bench_function(BenchmarkId::from_parameter(records), |bencher| {
            bencher.iter(|| {
                refill(&mut batch, writer.next_sequence(), records);
                writer.append(&batch).expect("a sound disk");
            });
        });
    }
}

fn replay(criterion: &mut Criterion) {
    let home = home();
    let mut fresh = writer(home.path(), Durability::AtEnd);
    let mut batch = Batch::default();
    while fresh.next_sequence() <= REPLAYED {
        refill(&mut batch, fresh.next_sequence(), 250);
        fresh.append(&batch).expect("a sound disk");
    }
    fresh.finish().expect("a sound disk");
    drop(fresh);
    let mut group = criterion.benchmark_group("journal/replay");
    group.throughput(Throughput::Elements(REPLAYED)).sample_size(20);
    group.bench_function(BenchmarkId::from_parameter(REPLAYED), |bencher| {
        bencher.iter(|| {
            let mut sum = 0;
            let each = |sequence: u64, payload: &[u8]| {
                sum += sequence + payload.len() as u64;
                Ok(())
            };
            let options = Options::default();
            let recovered = recover(Arc::new(FileDisk), home.path(), 0, options, each);
            assert_eq!(recovered.expect("a sound journal").records, REPLAYED);
            black_box(sum)
        });
    });
}

criterion_group!(benches, append, replay);
criterion_main!(benches);
