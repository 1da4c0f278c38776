//! A torn tail is cut, damage to acknowledged records is refused, and a refusal changes nothing.

use flashtag::journal::{Evidence, frame};

use super::*;

/// Asserts that a start is refused for damage to record `sequence` and changes nothing.
fn refused(disk: &SimDisk, options: Options, first: u64, sequence: u64) -> Evidence {
    let before = snapshot(disk);
    let error = open(disk, options).err().expect("a refusal");
    let text = error.to_string();
    let Error::Damaged { file, offset: at, sequence: found, evidence } = error else {
        panic!("refused for another reason: {text}");
    };
    assert_eq!((file, found), (segment(first), sequence));
    assert_eq!(at, offset(first, sequence) as u64);
    assert!(text.contains(&at.to_string()), "{text}");
    assert!(text.contains(".seg"), "{text}");
    assert!(before == snapshot(disk), "a refused start changed something");
    evidence
}

fn snapshot(disk: &SimDisk) -> Vec<Option<Vec<u8>>> {
    let files = (1..40).map(segment).chain([watermark()]);
    files.map(|file| disk.content(&file)).collect()
}

fn forget_watermark(disk: &SimDisk) {
    assert!(disk.edit(&watermark(), Vec::clear));
}

#[test]
fn without_a_watermark_a_cut_file_gives_the_longest_prefix() {
    let whole = filled(options(400), &[10]);
    forget_watermark(&whole);
    let size = whole.content(&segment(1)).expect("the segment").len();
    for cut in 0..=size {
        let disk = whole.fork();
        disk.edit(&segment(1), |bytes| bytes.truncate(cut));
        let expected = (1..=10).take_while(|sequence| offset(1, sequence + 1) <= cut).count();
        let found = records(&disk, options(400)).expect("a torn tail is no damage");
        assert_eq!(found, payloads(expected as u64), "cut at {cut}");
    }
}

#[test]
fn with_a_watermark_a_cut_file_is_refused() {
    let whole = filled(options(400), &[4, 6]);
    let size = whole.content(&segment(1)).expect("the segment").len();
    for cut in 0..=size {
        let disk = whole.fork();
        disk.edit(&segment(1), |bytes| bytes.truncate(cut));
        let lost = (1..=10).find(|sequence| offset(1, sequence + 1) > cut);
        match lost {
            Some(sequence) => {
                assert_eq!(refused(&disk, options(400), 1, sequence), Evidence::Watermark(10));
            }
            None => assert_eq!(records(&disk, options(400)).expect("whole"), payloads(10)),
        }
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    let byte = bytes.get_mut(bit / 8).expect("a bit of the file");
    *byte ^= 1 << (bit % 8);
}

/// Flips each bit of a file in turn and recovers. Returns the number of starts that were not refused.
fn flip_every_bit(whole: &SimDisk, options: Options, file: &Path, acknowledged: u64) -> usize {
    let size = whole.content(file).expect("the file").len();
    let is_accepted = |bit: &usize| {
        let disk = whole.fork();
        disk.edit(file, |bytes| flip(bytes, *bit));
        let Ok(found) = records(&disk, options) else {
            return false;
        };
        judge(12, acknowledged, &found)
            .unwrap_or_else(|fault| panic!("bit {bit} of {}: {fault}", file.display()));
        true
    };
    (0..size * 8).filter(is_accepted).count()
}

/// Batches of 4, 3 and 5 records: the first two in one segment, the third in the next.
fn twelve() -> SimDisk {
    let disk = filled(options(300), &[4, 3, 5]);
    assert!(disk.content(&segment(8)).is_some());
    disk
}

#[test]
fn a_flipped_bit_never_changes_a_record_nor_loses_an_acknowledged_one() {
    for (first, next) in [(1, 8), (8, 13)] {
        let disk = twelve();
        let size = disk.content(&segment(first)).expect("the segment").len();
        let accepted = flip_every_bit(&disk, options(300), &segment(first), 12);
        // Only a bit in unwritten space does no harm.
        assert!(accepted <= (size - offset(first, next)) * 8, "{accepted} starts of {first}");
    }
}

#[test]
fn a_flipped_bit_in_the_watermark_loses_nothing() {
    assert_eq!(flip_every_bit(&twelve(), options(300), &watermark(), 12), 12 * 8);
}

#[test]
fn without_a_watermark_a_flipped_bit_costs_at_most_the_last_group() {
    let whole = filled(options(600), &[4, 3, 5]);
    forget_watermark(&whole);
    flip_every_bit(&whole, options(600), &segment(1), 7);
}

#[test]
fn a_later_group_proves_that_an_earlier_one_was_durable() {
    let disk = filled(options(4096), &[4, 3, 5]);
    forget_watermark(&disk);
    disk.edit(&segment(1), |bytes| bytes[offset(1, 6) + FRAME] ^= 1);
    let evidence = refused(&disk, options(4096), 1, 6);
    let offset = offset(1, 8) as u64;
    assert_eq!(evidence, Evidence::LaterGroup { sequence: 8, offset });
}

#[test]
fn a_zeroed_record_before_a_later_group_is_not_the_end() {
    let disk = filled(options(4096), &[4, 3, 5]);
    forget_watermark(&disk);
    let (begin, end) = (offset(1, 3), offset(1, 4));
    disk.edit(&segment(1), |bytes| bytes[begin..end].fill(0));
    assert!(matches!(refused(&disk, options(4096), 1, 3), Evidence::LaterGroup { .. }));
}

#[test]
fn a_later_group_is_found_after_unwritten_space_of_any_length() {
    // The first bytes of the later record's length are zero too, like the hole before it.
    for length in [256, 65_536] {
        let disk = SimDisk::new();
        let mut writer = open(&disk, options(100_000)).expect("a new journal").0.writer;
        let mut long = Batch::new(2);
        long.push(&vec![7; length]);
        writer.append(&batch(1, 1)).expect("a sound disk");
        writer.append(&long).expect("a sound disk");
        forget_watermark(&disk);
        disk.edit(&segment(1), |bytes| bytes[HEADER..offset(1, 2)].fill(0));
        assert!(matches!(refused(&disk, options(100_000), 1, 1), Evidence::LaterGroup { .. }));
    }
}

#[test]
fn complete_records_within_a_torn_group_prove_nothing() {
    for fill_byte in [0, 0xff] {
        let disk = filled(options(4096), &[4, 8]);
        forget_watermark(&disk);
        // The sectors of one write may arrive in any order: a hole, then records.
        let (begin, end) = (offset(1, 7), offset(1, 9));
        disk.edit(&segment(1), |bytes| bytes[begin..end].fill(fill_byte));
        let (recovered, found) = open(&disk, options(4096)).expect("a torn tail");
        assert_eq!(found, payloads(6));
        let discarded = recovered.discarded.expect("something was discarded");
        assert_eq!((discarded.file, discarded.offset), (segment(1), begin as u64));
        assert_eq!(discarded.bytes, (offset(1, 13) - begin) as u64);
    }
}

#[test]
fn a_complete_record_with_a_wrong_sequence_is_not_read() {
    for (sequence, position) in [(4, 0), (3, 2), (6, 1)] {
        let disk = filled(options(4096), &[4]);
        let mut stray = Vec::new();
        frame::encode(&mut stray, sequence, position, b"stray");
        let end = offset(1, 5);
        disk.edit(&segment(1), |bytes| bytes[end..end + stray.len()].copy_from_slice(&stray));
        assert_eq!(records(&disk, options(4096)).expect("nothing was lost"), payloads(4));
    }
}

#[test]
fn garbage_after_the_end_is_cut() {
    let disk = filled(options(4096), &[4]);
    let end = offset(1, 5);
    disk.edit(&segment(1), |bytes| {
        bytes[end..].iter_mut().zip((0_u8..251).cycle()).for_each(|(byte, noise)| *byte = noise);
    });
    let (recovered, found) = open(&disk, options(4096)).expect("garbage is no damage");
    assert_eq!(found, payloads(4));
    assert_eq!(recovered.discarded.expect("something was discarded").offset, end as u64);
    let left = disk.content(&segment(1)).expect("the segment");
    assert!(left[end..].iter().all(|&byte| byte == 0), "the tail is preallocated anew");
}

#[test]
fn a_torn_tail_is_cut_then_appended_to_then_recovered() {
    let disk = filled(options(4096), &[4, 8]);
    forget_watermark(&disk);
    disk.edit(&segment(1), |bytes| bytes[offset(1, 9) + 3] ^= 0x80);
    assert_eq!(fill(&disk, options(4096), &[2, 2]).expect("a torn tail"), 12);
    disk.crash(|_| 0);
    let (recovered, found) = open(&disk, options(4096)).expect("a sound journal");
    assert_eq!((found, recovered.discarded), (payloads(12), None));
}

#[test]
fn damage_in_a_sealed_segment_is_refused() {
    let whole = filled(options(200), &[4, 4, 4]);
    forget_watermark(&whole);
    assert!(whole.content(&segment(5)).is_some());
    for sequence in 1..=4 {
        let disk = whole.fork();
        disk.edit(&segment(1), |bytes| bytes[offset(1, sequence) + FRAME] ^= 1);
        assert_eq!(refused(&disk, options(200), 1, sequence), Evidence::LaterSegment(5));
    }
    let disk = whole.fork();
    disk.edit(&segment(1), |bytes| bytes.truncate(offset(1, 4) + 5));
    assert_eq!(refused(&disk, options(200), 1, 4), Evidence::LaterSegment(5));
}

#[test]
fn a_segment_whose_creation_was_interrupted_is_created_again() {
    let whole = filled(options(200), &[4, 4]);
    let last = whole.content(&segment(5)).expect("it rolled");
    let stillborn: [&[u8]; 4] = [&[], &[0; HEADER + 200], &last[..17], &last[..HEADER - 1]];
    for content in stillborn {
        let disk = whole.fork();
        disk.edit(&segment(5), |bytes| *bytes = content.to_vec());
        // The watermark confirms records in the segment, so its creation was complete.
        assert_eq!(refused(&disk, options(200), 5, 5), Evidence::Watermark(8));
        forget_watermark(&disk);
        assert_eq!(fill(&disk, options(200), &[4]).expect("nothing was lost"), 8);
        assert_eq!(records(&disk, options(200)).expect("a sound journal"), payloads(8));
    }
}

#[test]
fn a_journal_older_than_its_snapshot_is_refused() {
    let disk = filled(options(4096), &[4]);
    let late = Options { replay_from: 7, ..options(4096) };
    assert_eq!(refused(&disk, late, 1, 5), Evidence::Snapshot(6));
}
