//! Recovery from a journal with any damage.
//!
//! The bytes are a list of injuries to a sound journal. Recovery afterwards either finds a prefix of what was
//! written, or refuses and changes nothing. Acknowledged records are not lost without a refusal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{Batch, Options, SimDisk, recover};

use super::partition::Choices;

/// Records in the sound journal; the first half of them is one acknowledged group after the other.
const RECORDS: u64 = 12;

/// Size of a segment in bytes; the first 4096 are its header.
const SEGMENT_BYTES: u64 = 4096 + 300;

fn directory() -> &'static Path {
    Path::new("/data/journal")
}

fn options() -> Options {
    Options { segment_bytes: SEGMENT_BYTES, ..Options::default() }
}

/// The files that a journal may consist of, each of which may be injured.
fn files() -> impl Iterator<Item = PathBuf> {
    let segments = (1..=RECORDS + 1).map(|first| directory().join(format!("{first:020}.seg")));
    segments.chain([directory().join("watermark")])
}

fn payload(sequence: u64) -> Vec<u8> {
    (0..=(sequence * 7) % 40)
        .map(|at| u8::try_from((sequence * 31 + at * 17) % 255).unwrap_or(0) | 1)
        .collect()
}

fn sound() -> SimDisk {
    let disk = SimDisk::new();
    let recovered = recover(Arc::new(disk.clone()), directory(), 3, options(), |_, _| Ok(()));
    let mut writer = recovered.expect("a sound disk").writer;
    while writer.next_sequence() <= RECORDS {
        let first = writer.next_sequence();
        let mut batch = Batch::new(first);
        for sequence in first..=(first + first % 3).min(RECORDS) {
            batch.push(&payload(sequence));
        }
        writer.append(&batch).expect("a sound disk");
    }
    writer.finish().expect("a sound disk");
    disk.restart();
    disk
}

/// The records that a start finds; `None` if it is refused.
fn found(disk: &SimDisk) -> Option<Vec<Vec<u8>>> {
    disk.restart();
    let mut records = Vec::new();
    let each = |_: u64, payload: &[u8]| {
        records.push(payload.to_vec());
        Ok(())
    };
    recover(Arc::new(disk.clone()), directory(), 3, options(), each).ok()?;
    Some(records)
}

fn injure(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let at = choices.below(bytes.len());
    match choices.byte() % 6 {
        0 => bytes.truncate(at),
        1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (choices.byte() % 8)),
        2 => bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0),
        3 => bytes.iter_mut().skip(at).take(16).for_each(|byte| *byte = choices.byte()),
        4 => bytes.extend_from_slice(&[choices.byte(); 64]),
        _ => {
            let piece: Vec<u8> = bytes.iter().skip(at).take(64).copied().collect();
            let to = choices.below(bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}

/// Injures the journal, starts twice, and compares the results.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let disk = sound();
    let names: Vec<PathBuf> = files().filter(|file| disk.content(file).is_some()).collect();
    while !choices.are_over() {
        let name = names.get(choices.below(names.len())).expect("one of them");
        disk.edit(name, |bytes| injure(bytes, &mut choices));
    }
    let before: Vec<_> = names.iter().map(|name| disk.content(name)).collect();
    let Some(records) = found(&disk) else {
        let after: Vec<_> = names.iter().map(|name| disk.content(name)).collect();
        assert!(before == after, "a refused start changed something");
        return;
    };
    for (record, sequence) in records.iter().zip(1..) {
        assert_eq!(*record, payload(sequence), "record {sequence} is another one");
    }
    assert!(records.len() as u64 <= RECORDS);
    assert_eq!(found(&disk).as_ref(), Some(&records), "a second start finds something else");
}

/// No injury, and one injury of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let one = |kind: u8| vec![0, 0, 16, 100, kind, 3];
    std::iter::once(Vec::new()).chain((0..6).map(one)).collect()
}
