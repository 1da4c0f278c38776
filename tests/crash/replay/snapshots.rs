//! A partition that was rebuilt from a snapshot equals the one that was rebuilt from all its records, in
//! every field, and so do the pending effects. That holds whatever happens while a snapshot is taken or the
//! partition starts: a crash, a full disk, a changed bit.

use std::collections::BTreeSet;

use flashtag::config::serve::Retain;
use flashtag::domain::command::Report;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, OfferNo, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::lane::Lane;
use flashtag::domain::time::Millis;
use flashtag::journal::file::snapshot_files::{begins_at, snapshots};
use flashtag::journal::frame::HEADER_BYTES;
use flashtag::journal::{Disk, DiskFault, Error, FileLog, SnapshotFault};
use flashtag::partition::codec;
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::partition::recovery::Recovered;
use flashtag::partition::snapshot::Reach;

use super::crowd::claim;
use super::journal_fixture::{JournalFixture, directory};
use super::sale::{OPENS_MS, one_unit};
use super::state_comparison::{assert_equal_states, compare};
use super::*;

const TWO: Retain = Retain::Snapshots(2);

/// The state after a replay of these records.
fn expected(stored: &[Vec<u8>]) -> (PartitionState, PendingEffects) {
    let (mut partition, mut pending) = (PartitionState::new(0), PendingEffects::default());
    for (sequence, bytes) in (1..).zip(stored) {
        partition.replay(sequence, &record(bytes));
        pending.read(0, sequence, KeyForm::Bare, record(bytes));
    }
    (partition, pending)
}

fn assert_found(found: &Recovered<FileLog>, stored: &[Vec<u8>], words: &str) {
    let (partition, pending) = expected(stored);
    assert_equal_states((&found.partition, &found.pending), (&partition, &pending), words);
    assert_eq!(found.snapshot.unwrap_or(0) + found.records, stored.len() as u64, "{words}");
}

fn listed(fixture: &JournalFixture) -> Vec<u64> {
    snapshots(&fixture.disk, directory()).expect("a sound disk")
}

fn snap(sequence: u64) -> std::path::PathBuf {
    directory().join(format!("{sequence:020}.snap"))
}

/// A journal from which snapshots were taken while it grew.
fn grown(stored: &[Vec<u8>], retain: Retain) -> JournalFixture {
    let fixture = JournalFixture::default();
    for end in (0..stored.len()).step_by(40).chain([stored.len()]) {
        fixture.append(&stored[..end]);
        fixture.take(retain, Reach::All).expect("a sound disk");
    }
    fixture
}

#[test]
fn a_snapshot_and_the_later_records_equal_all_records() {
    let stored = Trial::run(SEEDS + 2).stored;
    let fixture = JournalFixture::default();
    for end in 1..=stored.len() {
        fixture.append(&stored[..end]);
        // Checks the snapshot alone, and with all later records.
        let snapped = fixture.fork();
        if snapped.take(Retain::History, Reach::All).expect("a sound disk").is_none() {
            continue;
        }
        let found = snapped.restart().expect("a sound journal");
        assert_eq!((found.snapshot, found.records), (Some(end as u64), 0));
        assert_found(&found, &stored[..end], "the snapshot alone");
        if end % 7 == 0 {
            snapped.append(&stored);
            let found = snapped.restart().expect("a sound journal");
            assert_eq!(found.snapshot, Some(end as u64));
            assert_found(&found, &stored, "the snapshot and the rest");
        }
    }
}

/// The waiter's posts are forgotten by the time of the promotion, and the card is declined then: neither
/// event names a post, and yet each must be remembered as long as if it did.
#[test]
fn a_restored_session_without_posts_ends_at_the_same_time() {
    let at = |s: u32| Timestamp::from_ms(OPENS_MS).plus(Millis::from_secs(s));
    let declined = |ordinal, sequence| {
        let id = ReservationId { offer: OfferNo(0), ordinal };
        let key = EffectKey { partition: 0, sequence, index: 0 };
        Command::Report(Report::Declined { id, key, reason: "no".into() })
    };
    let (mut partition, mut stored, mut promoted) = (PartitionState::new(0), Vec::new(), 0);
    let mut turn = |s: u32, command: Command| {
        let mut batch = DecisionBatch::default();
        partition.turn(at(s), &command, &mut batch);
        let decided = batch.records.iter().map(|(sequence, record)| {
            let authorizes =
                record.decision.effects.iter().any(|effect| matches!(effect, Effect::Authorize(_)));
            promoted = if authorizes { *sequence } else { promoted };
            codec::encode(KeyForm::Bare, record, Vec::new())
        });
        stored.extend(decided);
        promoted
    };
    turn(0, one_unit());
    let first = turn(1, claim(0, at(1)));
    turn(2, claim(2, at(2)));
    let second = turn(700, declined(1, first));
    assert_ne!(first, second, "who waited was promoted, and has an order");
    turn(1_000, declined(2, second));
    // Between the times at which the promotion and the declined card can be forgotten.
    turn(1_400, claim(4, at(1_400)));
    for end in 1..stored.len() {
        let snapped = JournalFixture::of(&stored[..end]);
        snapped.take(Retain::History, Reach::All).expect("a sound disk").expect("it is worth it");
        snapped.append(&stored);
        let found = snapped.restart().expect("a sound journal");
        assert_eq!(found.snapshot, Some(end as u64));
        assert_found(&found, &stored, &format!("a snapshot after record {end}, and the rest"));
    }
}

/// A negative control: a state that lacks the changes of the last record differs, whatever they were.
#[test]
fn the_comparison_of_states_notices_every_record() {
    let stored = Trial::run(SEEDS + 3).stored;
    let (mut before, mut compared) = (expected(&stored[..1]), 0);
    for end in 2..=stored.len() {
        let after = expected(&stored[..end]);
        // Every record changes the sequence, and most change the time; those differences would prove nothing.
        // A repeated result changes nothing else.
        let is_settled = |event: &Event| {
            let known = |&key| before.1.get(key).is_some();
            event.offer().is_none() && !event.settles().is_empty() && !event.settles().iter().any(known)
        };
        // Nor does a lane that goes on twice, is paused twice, or is probed while it is not paused.
        let is_paused = |lane: &Lane| before.1.paused().any(|(_, paused)| paused == *lane);
        let is_known = |event: &Event| match event {
            Event::LaneResumed { lane } | Event::LaneProbed { lane, .. } => !is_paused(lane),
            Event::LanePaused { lane } => is_paused(lane),
            event => is_settled(event),
        };
        let repeated = record(&stored[end - 1]).decision.events.iter().all(is_known);
        if before.0.journal_time() == after.0.journal_time() && !repeated {
            let mut faults = compare((&before.0, &before.1), (&after.0, &after.1));
            faults.retain(|fault| !fault.contains("last_sequence:"));
            assert!(!faults.is_empty(), "record {end} changes nothing: {:?}", record(&stored[end - 1]));
            compared += 1;
        }
        before = after;
    }
    assert!(compared > 50, "few records came at the time of the one before: {compared}");
}

#[test]
fn a_restored_partition_answers_like_a_replayed_one() {
    for seed in 11..=16 {
        let Trial { stored, asked, .. } = Trial::run(seed);
        for restart in (50..asked.len()).step_by(90) {
            let known = &stored[..asked[restart].2];
            let fixture = JournalFixture::of(known);
            fixture.take(Retain::History, Reach::All).expect("a sound disk").expect("it is worth it");
            let (mut restored, (mut replayed, _)) =
                (fixture.restart().expect("a journal").partition, expected(known));
            for (now, command, _) in &asked[restart..] {
                let (mut batch, mut again) = (DecisionBatch::default(), DecisionBatch::default());
                let answers =
                    [restored.turn(*now, command, &mut batch), replayed.turn(*now, command, &mut again)];
                assert_eq!(answers[0], answers[1], "seed {seed}, restarted at {restart}: {command:?}");
                assert_eq!(format!("{batch:?}"), format!("{again:?}"), "seed {seed}, restarted at {restart}");
            }
            let nothing = PendingEffects::default();
            assert_equal_states((&restored, &nothing), (&replayed, &nothing), "at the end of the day");
        }
    }
}

#[test]
fn a_snapshot_builds_on_the_previous_one() {
    for seed in [3, 4] {
        let stored = Trial::run(seed).stored;
        for retain in [Retain::History, TWO, Retain::Snapshots(1), Retain::Snapshots(3)] {
            let fixture = grown(&stored, retain);
            let kept = listed(&fixture);
            assert_eq!(kept.len(), retain.snapshots(), "{retain}: {kept:?}");
            let begins = begins_at(&fixture.disk, directory()).expect("a sound disk");
            assert_eq!(begins == 1, retain == Retain::History, "{retain}: it begins with {begins}");
            assert!(begins <= kept.last().expect("some are kept") + 1, "{retain}");
            let found = fixture.restart().expect("a sound journal");
            assert_eq!(found.snapshot, kept.first().copied());
            assert_found(&found, &stored, "from the newest");
        }
    }
}

#[test]
fn a_snapshot_waits_until_it_is_worthwhile() {
    let all = Trial::run(5).stored;
    // A journal whose newest segment holds a sixteenth of the size of its snapshot.
    let grown_enough = |end: usize| {
        let (stored, fixture) = (&all[..end], JournalFixture::of(&all[..end]));
        let sealed = fixture.take(Retain::History, Reach::Sealed).expect("a sound disk")?;
        let newest = stored.iter().skip(usize::try_from(sealed.sequence).expect("a few records"));
        let bytes: usize = newest.map(|payload| HEADER_BYTES + payload.len()).sum();
        (bytes as u64 >= sealed.bytes.div_ceil(16)).then_some((stored, fixture))
    };
    let (stored, fixture) = (1..=all.len()).rev().find_map(grown_enough).expect("some part of a day");
    assert_eq!(fixture.take(Retain::History, Reach::Sealed).expect("a sound disk"), None, "nothing new");
    let taken = fixture.take(Retain::History, Reach::All).expect("a sound disk");
    assert_eq!(taken.map(|taken| taken.sequence), Some(stored.len() as u64), "the newest segment as well");
    assert_eq!(fixture.take(Retain::History, Reach::All).expect("a sound disk"), None, "nothing new");
}

#[test]
fn a_damaged_snapshot_is_replaced_by_an_older_one_or_by_all_records() {
    let stored = Trial::run(6).stored;
    let fixture = grown(&stored, Retain::History);
    let [newest, older] = listed(&fixture)[..] else { panic!("two are kept") };
    let len = fixture.disk.content(&snap(newest)).expect("it is there").len();
    let damage = |fixture: &JournalFixture, sequence: u64, bit: usize| {
        assert!(fixture.disk.edit(&snap(sequence), |file| file[bit / 8] ^= 1 << (bit % 8)));
    };
    for bit in (0..len * 8).step_by(len / 5) {
        let damaged = fixture.fork();
        damage(&damaged, newest, bit);
        let found = damaged.restart().expect("the older one is whole");
        assert_eq!(found.snapshot, Some(older));
        assert_found(&found, &stored, "from the older one");
        damage(&damaged, older, 8 * 80);
        let found = damaged.restart().expect("all records are there");
        assert_eq!(found.snapshot, None);
        assert_found(&found, &stored, "from none");
        // The next snapshot ignores the damaged ones.
        let taken = damaged.take(Retain::History, Reach::All).expect("a sound disk");
        assert_eq!(taken.map(|taken| taken.records), Some(stored.len() as u64));
    }
    // An unreadable snapshot counts as a damaged one.
    let damaged = fixture.fork();
    damaged.disk.restart();
    damaged.disk.inject(DiskFault::ReadFails { nth: 2, errno: 5 });
    assert_eq!(damaged.start().expect("the older one is whole").snapshot, Some(older));
}

/// An older snapshot or the records would do, but this release must not judge what a newer release decided.
#[test]
fn a_snapshot_of_a_newer_release_refuses_the_start() {
    let stored = Trial::run(6).stored;
    let fixture = grown(&stored, Retain::History);
    let newest = listed(&fixture)[0];
    assert!(fixture.disk.edit(&snap(newest), |file| {
        file[8] += 1;
        let check = crc32c::crc32c(&file[..60]);
        file[60..64].copy_from_slice(&check.to_le_bytes());
    }));
    let error = fixture.restart().err().expect("it is refused");
    assert!(matches!(error, Error::Snapshot { fault: SnapshotFault::Newer { .. }, .. }), "{error}");
    assert!(error.to_string().contains("a newer release wrote it"), "{error}");
}

#[test]
fn a_start_fails_when_neither_records_nor_a_complete_snapshot_remain() {
    let stored = Trial::run(7).stored;
    let fixture = grown(&stored, TWO);
    let kept = listed(&fixture);
    for &sequence in &kept {
        assert!(fixture.disk.edit(&snap(sequence), |file| file.truncate(100)));
    }
    let error = fixture.restart().err().expect("nothing to begin with");
    assert!(matches!(error, Error::Missing { expected: 1, .. }), "{error}");
    for &sequence in &kept {
        assert!(error.to_string().contains(&format!("{sequence:020}.snap cannot be used")), "{error}");
    }
    let error = fixture.take(TWO, Reach::Sealed).err();
    assert!(matches!(error, None | Some(Error::Missing { .. })), "{error:?}");
}

#[test]
fn a_snapshot_ahead_of_the_journal_is_refused() {
    let stored = Trial::run(8).stored;
    let fixture = JournalFixture::of(&stored);
    fixture.take(Retain::History, Reach::All).expect("a sound disk").expect("it is worth it");
    let mut names = fixture.disk.list(directory()).expect("a sound disk");
    names.retain(|name| name.ends_with(".seg"));
    // Whole segments are lost at the end, or all of them, or the end of the last one, and no watermark shows
    // it.
    fixture.disk.remove(&directory().join("watermark")).expect("a sound disk");
    for lost in 1..=names.len() {
        let cut = fixture.fork();
        for name in names.iter().rev().take(lost) {
            cut.disk.remove(&directory().join(name)).expect("a sound disk");
        }
        let error = cut.restart().err().expect("acknowledged records are lost");
        assert!(matches!(error, Error::Damaged { .. } | Error::Missing { .. }), "{error}");
    }
    assert!(
        fixture.disk.edit(&directory().join(names.last().expect("segments")), |file| file[4096..].fill(0))
    );
    let error = fixture.restart().err().expect("acknowledged records are lost");
    assert!(error.to_string().contains("a snapshot was taken of record"), "{error}");
}

/// Chooses which unsynced writes survive a crash.
fn crash(fixture: &JournalFixture, seed: u64) {
    let mut rng = crate::test_rng::TestRng::new(seed);
    match seed {
        0 => fixture.disk.crash(|_| 0),
        1 => fixture.disk.crash(|_| 1),
        _ => fixture.disk.crash(|below| rng.below(below as usize) as u64),
    }
}

#[test]
fn a_crash_while_a_snapshot_is_taken_or_used_changes_nothing() {
    let stored = Trial::run(9).stored;
    let (mut images, mut begun) = (0, BTreeSet::new());
    for retain in [TWO, Retain::Snapshots(1)] {
        let before = grown(&stored[..stored.len() - 60], retain);
        before.append(&stored);
        let (partition, _) = expected(&stored);
        for nth in 1.. {
            let crashed = before.fork();
            crashed.disk.inject(DiskFault::PowerFails { nth });
            let finished = crashed.take(retain, Reach::All).is_ok();
            for seed in 0..5 {
                let fixture = crashed.fork();
                crash(&fixture, seed);
                // Crashes once more during the next start.
                let again = fixture.fork();
                again.disk.inject(DiskFault::PowerFails { nth: 1 + nth % 40 });
                again.start().ok();
                crash(&again, seed + 7);
                for fixture in [fixture, again] {
                    let found = fixture.restart().expect("a crash is no damage");
                    assert_eq!(found.partition.digest(), partition.digest(), "{retain}: {nth} seed {seed}");
                    assert_eq!(found.partition.last_sequence(), stored.len() as u64);
                    begun.insert(found.snapshot);
                    images += 1;
                    if seed == 2 {
                        assert_found(&found, &stored, "after a crash");
                    }
                }
            }
            if finished {
                break;
            }
        }
    }
    assert!(images > 500, "only {images} images");
    assert!(begun.len() > 1, "all began with the same: {begun:?}");
}

#[test]
fn a_full_or_failing_disk_costs_only_the_snapshot() {
    let stored = Trial::run(10).stored;
    let before = grown(&stored[..stored.len() - 60], TWO);
    before.append(&stored);
    let known = listed(&before);
    let mut failed = 0;
    for nth in 1..200 {
        for fault in [
            DiskFault::WriteFails { nth, errno: 28 },
            DiskFault::WriteFails { nth, errno: 5 },
            DiskFault::SyncFails { nth, errno: 5 },
        ] {
            let fixture = before.fork();
            fixture.disk.inject(fault);
            if fixture.take(TWO, Reach::All).is_ok() {
                continue;
            }
            failed += 1;
            let names = fixture.disk.list(directory()).expect("a sound disk");
            assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{fault:?}: {names:?}");
            assert_found(&fixture.restart().expect("a sound journal"), &stored, "after a failure");
            assert!(known.iter().any(|sequence| listed(&fixture).contains(sequence)), "{fault:?}");
            fixture.take(TWO, Reach::All).expect("the disk is sound again");
            assert_found(&fixture.restart().expect("a sound journal"), &stored, "after the next one");
        }
    }
    assert!(failed > 8, "{failed} failures");
}
