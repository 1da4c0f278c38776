//! The witness: what was posted and what was acknowledged to the outside, kept apart from the engine, and
//! held against what its journal says afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;
use flashtag::actors::collector::Answers;
use flashtag::domain::answer::Answer;
use flashtag::domain::decision::Record;
use flashtag::domain::event::{Event, Way};
use flashtag::domain::id::{Account, Network, PostId, ReservationId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};

use super::crowd::Written;
use super::shop::Shop;

/// A post by its network and id.
type Name = (Network, PostId);

/// A post on its way to an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    pub(super) account: Account,
    pub(super) post: PostId,
    /// Whether it is only a word about another: a deletion, or the button of a letter's page.
    pub(super) bare: bool,
}

impl Told {
    fn name(&self) -> Name {
        (self.account.network, self.post.clone())
    }
}

/// What a post was told that must never be lost: the partition, the outcome and the reservation.
type Word = (u32, Outcome, Option<ReservationId>);

/// How long every offer remembers what it decided, at least.
const REMEMBERED: Millis = Millis::from_secs(600);

/// What was posted and acknowledged.
#[derive(Default)]
pub(super) struct Witness {
    /// When each post was published, and whether it was its author's own word.
    posted: HashMap<Name, (Timestamp, bool)>,
    /// The cards of those who may buy.
    cards: HashMap<Account, CompactString>,
    words: BTreeMap<Told, Word>,
    /// How many times answers arrived.
    heard: u64,
    /// When it was first heard that a post that had been accepted was deleted since.
    deleted: BTreeMap<Told, u64>,
    /// Posts that were accepted by an answer that does not repeat another.
    accepted: BTreeSet<Name>,
    decided_at: BTreeMap<Name, Timestamp>,
}

fn is_acceptance(answer: &Answer) -> bool {
    use Outcome::{Confirmed, Enrolled, Released, Reserved, Waitlisted};
    matches!(answer.outcome, Reserved | Waitlisted | Confirmed | Released | Enrolled)
}

impl Witness {
    /// A witness who knows whose card is whose.
    pub(super) fn new(shop: &Shop) -> Self {
        let cards = shop.links.iter().map(|linked| (linked.account.clone(), linked.link.token().into()));
        Self { cards: cards.collect(), ..Self::default() }
    }

    /// Somebody posted something.
    pub(super) fn see(&mut self, Written { post, own_word }: &Written) {
        if !post.deleted {
            let name = (post.account.network, post.id.clone());
            self.posted.insert(name, (post.posted_at, *own_word));
        }
    }

    /// How many times answers arrived so far.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// Answers arrive to posts that were delivered when so many had arrived: whoever was accepted has it in
    /// writing, and is never told otherwise.
    pub(super) fn hear(&mut self, asked: u64, posts: &[Told], answers: &Answers) {
        self.heard += 1;
        for (told, placed) in posts.iter().zip(answers) {
            let Some(placed) = placed else { continue };
            let answer = &placed.answer;
            assert_eq!(answer.account, told.account, "{told:?} is answered as somebody else's: {answer:?}");
            let word = (placed.partition, answer.outcome, answer.reservation);
            if is_acceptance(answer) && !told.bare {
                let own_word = self.posted.get(&told.name()).is_none_or(|(_, own_word)| *own_word);
                assert!(own_word, "{told:?} is nobody's own word, and is accepted: {answer:?}");
                let first = answer.duplicate || self.accepted.insert(told.name());
                assert!(first, "{told:?} is accepted twice: {answer:?}");
            }
            if answer.duplicate && answer.outcome == Outcome::Released {
                self.deleted.entry(told.clone()).or_insert(self.heard);
            }
            // A deletion has no id of its own: told again, it finds nothing to delete. So does a button.
            match self.words.get(told).filter(|_| !told.bare) {
                // Whoever deleted the post since is told what came of that.
                Some(_) if answer.duplicate && answer.outcome == Outcome::Released => {}
                // An answer from before that may arrive behind it, where it had to wait for another partition.
                Some((_, Outcome::Released, _)) if self.deleted.get(told).is_some_and(|at| asked < *at) => {}
                Some(first) if is_acceptance(answer) => {
                    assert_eq!(*first, word, "{told:?} is told two things: {answer:?}");
                }
                Some(first) => {
                    // That a confirmation was parked is no refusal, and may be heard late.
                    let open = answer.outcome == Outcome::Overloaded || answer.parked_until.is_some();
                    let may = open || self.is_old(&told.name(), answer.at);
                    assert!(may, "{told:?} was told {first:?}, and is refused now: {answer:?}");
                }
                None if is_acceptance(answer) => {
                    self.words.insert(told.clone(), word);
                    self.decided_at.insert(told.name(), answer.at);
                }
                None => {}
            }
        }
    }

    /// Whether a post was decided so long ago that it is not remembered, but for its age.
    fn is_old(&self, name: &Name, now: Timestamp) -> bool {
        self.decided_at.get(name).is_some_and(|at| now.since(*at) >= REMEMBERED)
    }

    /// Everything that anybody was told is in the history, and what is in it was said in time.
    pub(super) fn compare(&self, history: &[(u32, u64, Record)]) {
        let mut said: HashMap<Name, Vec<Word>> = HashMap::new();
        let mut deadlines: HashMap<(u32, ReservationId), Timestamp> = HashMap::new();
        for (partition, _, record) in history {
            for event in &record.decision.events {
                if let Some((account, post, outcome, reservation)) = said_to(event) {
                    let name = (account.network, post.clone());
                    said.entry(name).or_default().push((*partition, outcome, reservation));
                }
                self.check_deadline(*partition, record.at, event, &mut deadlines);
                if let Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } = event {
                    assert_eq!(
                        self.cards.get(&claim.account),
                        Some(&claim.card),
                        "the buyer pays: {claim:?}"
                    );
                }
            }
        }
        for (told, word) in &self.words {
            let said = said.get(&told.name()).map(Vec::as_slice).unwrap_or_default();
            let (partition, outcome, reservation) = word;
            let stands = said.iter().any(|(of, word, id)| {
                (of, word) == (partition, outcome) && (reservation.is_none() || id == reservation)
            });
            assert!(stands, "{told:?} was told {word:?}; the history says {said:?}");
        }
    }

    /// The records do not tell when a confirmation was published; the witness knows.
    fn check_deadline(
        &self,
        partition: u32,
        at: Timestamp,
        event: &Event,
        deadlines: &mut HashMap<(u32, ReservationId), Timestamp>,
    ) {
        match event {
            Event::Reserved { id, deadline, .. }
            | Event::Promoted { id, deadline, .. }
            | Event::Prompted { id, deadline, .. } => drop(deadlines.insert((partition, *id), *deadline)),
            Event::Confirmed { id, account, post, way: Way::Post, .. } => {
                let posted = self.posted.get(&(account.network, post.clone()));
                let (posted_at, _) = posted.expect("whatever confirms was posted");
                let deadline = deadlines[&(partition, *id)];
                // A network's clock may be a little ahead: no post is later than its arrival.
                let in_time = at.min(*posted_at) < deadline;
                assert!(in_time, "{post} of {posted_at} confirms {id:?} of before {deadline}");
            }
            _ => {}
        }
    }
}

/// What a fact says to the author of a post.
fn said_to(event: &Event) -> Option<(&Account, &PostId, Outcome, Option<ReservationId>)> {
    Some(match event {
        Event::Reserved { id, claim, .. } => (&claim.account, &claim.post, Outcome::Reserved, Some(*id)),
        Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
            (&claim.account, &claim.post, Outcome::Waitlisted, None)
        }
        Event::WaiterConfirmed { account, post, .. } => (account, post, Outcome::Waitlisted, None),
        Event::Confirmed { id, account, post, .. } => (account, post, Outcome::Confirmed, Some(*id)),
        Event::Released { id, account, post, .. }
        | Event::TakeBackNoted { id, account, post, .. }
        | Event::TakenBack { id, account, post, .. } => (account, post, Outcome::Released, Some(*id)),
        Event::LeftLine { account, post, .. } => (account, post, Outcome::Released, None),
        Event::Enrolled { enrollment, .. } => {
            (&enrollment.account, &enrollment.post, Outcome::Enrolled, None)
        }
        _ => return None,
    })
}
