//! The witness: what was acknowledged to the outside, kept apart from the engine, and held against what
//! its journal says afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flashtag::actor::collector::Answers;
use flashtag::domain::answer::Answer;
use flashtag::domain::decision::Record;
use flashtag::domain::event::Event;
use flashtag::domain::id::{PostId, ReservationId};
use flashtag::domain::outcome::Outcome;

/// A post as the witness knows it: its id, and whether it is only a word about another: a deletion, or the
/// button of a letter's page.
pub(super) type Told = (PostId, bool);

/// What a post was told that must never be lost: the partition, the outcome and the reservation.
type Word = (u32, Outcome, Option<ReservationId>);

/// What was acknowledged.
#[derive(Default)]
pub(super) struct Witness {
    words: BTreeMap<Told, Word>,
    /// Posts that were accepted by an answer that does not repeat another.
    accepted: BTreeSet<PostId>,
    /// The check of each durable record, by partition.
    durable: Vec<Vec<u32>>,
}

/// The check by which a record is known again.
pub(super) fn check(record: &Record) -> u32 {
    crc32c::crc32c(&postcard::to_stdvec(record).expect("records have a stored form"))
}

fn is_acceptance(answer: &Answer) -> bool {
    use Outcome::{Confirmed, Enrolled, Released, Reserved, Waitlisted};
    matches!(answer.outcome, Reserved | Waitlisted | Confirmed | Released | Enrolled)
}

impl Witness {
    /// Answers to posts arrive: whoever was accepted has it in writing, and is never told otherwise.
    pub(super) fn hear(&mut self, posts: &[Told], answers: &Answers) {
        for (post, placed) in posts.iter().zip(answers) {
            let Some(placed) = placed else { continue };
            let answer = &placed.answer;
            let word = (placed.partition, answer.outcome, answer.reservation);
            if is_acceptance(answer) && !answer.duplicate && !post.1 {
                let first = self.accepted.insert(post.0.clone());
                assert!(first, "{post:?} is accepted twice: {answer:?}");
            }
            // A deletion has no id of its own: told again, it finds nothing to delete. So does a button.
            match self.words.get(post).filter(|_| !post.1) {
                Some(first) if is_acceptance(answer) => {
                    assert_eq!(*first, word, "{post:?} is told two things: {answer:?}");
                }
                Some(first) => {
                    // Too old to be believed is what a post may become; refused it may not.
                    let may = matches!(answer.outcome, Outcome::Overloaded | Outcome::Stale);
                    assert!(may, "{post:?} was told {first:?}, and is refused now: {answer:?}");
                }
                None if is_acceptance(answer) => {
                    self.words.insert(post.clone(), word);
                }
                None => {}
            }
        }
    }

    /// A record became durable, and may have been acted upon.
    pub(super) fn is_durable(&mut self, partition: u32, sequence: u64, record: &Record) {
        let checks = &mut self.durable[partition as usize];
        checks.push(check(record));
        assert_eq!(checks.len() as u64, sequence, "records of partition {partition} become durable in order");
    }

    /// What a start found in the journals: at least what was durable, unchanged. From now on all of it is.
    pub(super) fn found(&mut self, found: Vec<Vec<u32>>) {
        self.durable.resize(found.len(), Vec::new());
        for (partition, (before, now)) in self.durable.iter().zip(&found).enumerate() {
            let kept = before.iter().zip(now).take_while(|(before, now)| before == now).count();
            assert_eq!(kept, before.len(), "acknowledged record {} of partition {partition} is lost", kept + 1);
        }
        self.durable = found;
    }

    /// Everything that anybody was told is in the history.
    pub(super) fn compare(&self, history: &[(u32, u64, Record)]) {
        let mut said: HashMap<&PostId, Vec<Word>> = HashMap::new();
        for (partition, _, record) in history {
            for event in &record.decision.events {
                if let Some((post, outcome, reservation)) = said_to(event) {
                    said.entry(post).or_default().push((*partition, outcome, reservation));
                }
            }
        }
        for ((post, _), word) in &self.words {
            let said = said.get(post).map(Vec::as_slice).unwrap_or_default();
            let (partition, outcome, reservation) = word;
            let stands = said.iter().any(|(of, word, id)| {
                (of, word) == (partition, outcome) && (reservation.is_none() || id == reservation)
            });
            assert!(stands, "{post} was told {word:?}; the history says {said:?}");
        }
    }
}

/// What a fact says to the author of a post.
fn said_to(event: &Event) -> Option<(&PostId, Outcome, Option<ReservationId>)> {
    Some(match event {
        Event::Reserved { id, claim, .. } => (&claim.post, Outcome::Reserved, Some(*id)),
        Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
            (&claim.post, Outcome::Waitlisted, None)
        }
        Event::WaiterConfirmed { post, .. } => (post, Outcome::Waitlisted, None),
        Event::Confirmed { id, post, .. } => (post, Outcome::Confirmed, Some(*id)),
        Event::Released { id, post, .. }
        | Event::TakeBackNoted { id, post, .. }
        | Event::TakenBack { id, post, .. } => (post, Outcome::Released, Some(*id)),
        Event::LeftLine { post, .. } => (post, Outcome::Released, None),
        Event::Enrolled { enrollment, .. } => (&enrollment.post, Outcome::Enrolled, None),
        _ => return None,
    })
}
