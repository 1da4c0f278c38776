//! The journal's promise: every acknowledged record is found again, complete and in order.

mod ahead;
mod commit;
mod contract;
mod crash;
mod damage;
mod failure;
mod lock;
mod refusal;
mod round_trip;
mod snapshot;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{Batch, Durability, Error, Options, Recovered, SimDisk, recover};

/// Bytes before a segment's first record.
const HEADER: usize = 4096;
/// Bytes before a record's payload.
const FRAME: usize = 20;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn directory() -> &'static Path {
    Path::new("/data/journal")
}

fn segment(first_sequence: u64) -> PathBuf {
    directory().join(format!("{first_sequence:020}.seg"))
}

fn watermark() -> PathBuf {
    directory().join("watermark")
}

/// The file of the next segment.
fn blank() -> PathBuf {
    directory().join("blank.tmp")
}

/// The size of a segment's file with room for `bytes` of records: whole blocks.
fn file_bytes(bytes: usize) -> usize {
    (HEADER + bytes).next_multiple_of(4096)
}

/// Segments with room for `bytes` of records.
fn options(bytes: u64) -> Options {
    Options { segment_bytes: HEADER as u64 + bytes, ..Options::default() }
}

fn at_end(bytes: u64) -> Options {
    Options { durability: Durability::AtEnd, ..options(bytes) }
}

/// A payload unique to its sequence, of 1 to 40 bytes.
fn payload(sequence: u64) -> Vec<u8> {
    let len = 1 + sequence.wrapping_mul(7) % 40;
    (0..len).map(|at| (sequence.wrapping_mul(31).wrapping_add(at * 17) | 1) as u8).collect()
}

fn payloads(count: u64) -> Vec<Vec<u8>> {
    (1..=count).map(payload).collect()
}

/// The offset of record `sequence` in the segment that begins with `first`.
fn offset(first: u64, sequence: u64) -> usize {
    HEADER + (first..sequence).map(|it| FRAME + payload(it).len()).sum::<usize>()
}

fn batch(first_sequence: u64, records: u64) -> Batch {
    let mut batch = Batch::new(first_sequence);
    for sequence in first_sequence..first_sequence + records {
        assert_eq!(batch.push(&payload(sequence)), sequence);
    }
    batch
}

/// Recovers, and returns the records as well.
fn open(disk: &SimDisk, options: Options) -> Result<(Recovered, Vec<Vec<u8>>), Error> {
    let mut records = Vec::new();
    let disk = Arc::new(disk.clone());
    let recovered = recover(disk, directory(), 3, options, |sequence, payload| {
        assert_eq!(sequence, options.replay_from + records.len() as u64);
        records.push(payload.to_vec());
        Ok(())
    })?;
    assert_eq!(recovered.records, records.len() as u64);
    assert_eq!(recovered.last_sequence + 1, recovered.writer.next_sequence());
    Ok((recovered, records))
}

/// The records that a restart finds.
fn records(disk: &SimDisk, options: Options) -> Result<Vec<Vec<u8>>, Error> {
    disk.restart();
    open(disk, options).map(|(_, records)| records)
}

/// Appends batches of these numbers of records. Returns the number of acknowledged records.
fn fill(disk: &SimDisk, options: Options, batches: &[u64]) -> Result<u64, (u64, Error)> {
    let (Recovered { mut writer, last_sequence, .. }, _) = open(disk, options).map_err(|error| (0, error))?;
    let mut acknowledged = last_sequence;
    for &count in batches {
        let batch = batch(writer.next_sequence(), count);
        writer.append(&batch).map_err(|error| (acknowledged, error))?;
        acknowledged += count;
    }
    writer.finish().map_err(|error| (acknowledged, error))?;
    Ok(acknowledged)
}

/// A disk with batches of these numbers of records.
fn filled(options: Options, batches: &[u64]) -> SimDisk {
    let disk = SimDisk::new();
    let acknowledged = fill(&disk, options, batches).expect("a sound disk");
    assert_eq!(acknowledged, batches.iter().sum::<u64>());
    disk.restart();
    disk
}

/// The promise: the records found are a prefix of the written ones and include all acknowledged ones.
fn judge(written: u64, acknowledged: u64, found: &[Vec<u8>]) -> Result<(), String> {
    let count = found.len() as u64;
    if count < acknowledged {
        return Err(format!("{count} records found of {acknowledged} acknowledged"));
    }
    if count > written {
        return Err(format!("{count} records found of {written} written"));
    }
    let changed = (1..).zip(found).find(|(sequence, found)| **found != payload(*sequence));
    changed.map_or(Ok(()), |(sequence, _)| Err(format!("record {sequence} differs")))
}

/// Choices of a crash that a seed repeats (splitmix64).
fn choices(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}
