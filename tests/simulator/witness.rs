//! Records what was posted and acknowledged to the outside, independently of the engine, and compares it with
//! the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use compact_str::CompactString;
use flashtag::actors::collector::Answers;
use flashtag::domain::answer::Answer;
use flashtag::domain::arrival::Arrival;
use flashtag::domain::decision::Record;
use flashtag::domain::event::{Event, Way};
use flashtag::domain::id::{Account, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::post::Post;
use flashtag::domain::sale_order::Deadlines;
use flashtag::domain::time::{Millis, Timestamp};

use super::authors::is_invented;
use super::crowd::Written;
use super::shop::Shop;

/// A post by its network and id.
type Name = (Network, PostId);

/// A post that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PostRef {
    pub(super) account: Account,
    pub(super) post: PostId,
    /// Whether it has no id of its own: a deletion, or the button of a letter's page.
    pub(super) bare: bool,
}

impl PostRef {
    fn name(&self) -> Name {
        (self.account.network, self.post.clone())
    }
}

/// An acknowledgement that must never be lost: partition, outcome and reservation.
type Acknowledgement = (u32, Outcome, Option<ReservationId>);

/// How long every offer remembers its decisions, at least.
const REMEMBERED: Millis = Millis::from_secs(600);

/// A true instant, and the run of the process that it lies in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) boot: u64,
}

impl Moment {
    /// What counts towards forgetting since `earlier`, at most: a start may set journal time far ahead, and then a minute
    /// of that counts.
    fn counted_since(self, earlier: Self) -> Millis {
        let starts = i64::try_from(self.boot - earlier.boot).unwrap_or(i64::MAX);
        let passed = self.at.since(earlier.at).ms();
        Millis::from_ms(starts.saturating_mul(Arrival::AHEAD_MAX.ms()).saturating_add(passed))
    }
}

/// When a post arrived.
#[derive(Debug)]
struct Arrivals {
    /// The earliest arrival, by the machine's clock.
    first: Timestamp,
    /// The latest one.
    last: Timestamp,
    /// The earliest one in truth.
    began: Moment,
}

/// What was posted and acknowledged.
#[derive(Default)]
pub(super) struct Witness {
    /// The time of each post, and whether it was its author's own.
    posted: HashMap<Name, (Timestamp, bool)>,
    /// The cards of linked accounts.
    cards: HashMap<Account, CompactString>,
    words: BTreeMap<PostRef, Acknowledgement>,
    /// The number of answers that arrived.
    answers_seen: u64,
    /// When an answer first showed that an accepted post was deleted.
    deleted: BTreeMap<PostRef, u64>,
    /// Posts that were accepted by a first answer.
    accepted: BTreeSet<Name>,
    decided_at: BTreeMap<Name, Timestamp>,
    arrived: HashMap<Name, Arrivals>,
    /// How far a post may be ahead of its arrival.
    posts_ahead: Millis,
    /// Posts that were told that a sale is over: partition, offer, the post's time, and when they were told.
    turned_away: Vec<(u32, OfferNo, Timestamp, Timestamp)>,
}

/// Posts older than this when they arrive are stale for every offer.
const LATENESS_MOST: Millis = Millis::from_secs(3_600);

fn is_acceptance(answer: &Answer) -> bool {
    use Outcome::{Confirmed, Enrolled, Released, Reserved, Waitlisted};
    matches!(answer.outcome, Reserved | Waitlisted | Confirmed | Released | Enrolled)
}

impl Witness {
    /// Creates a witness that knows which card belongs to which account.
    pub(super) fn new(shop: &Shop, posts_ahead: Millis) -> Self {
        let cards = shop.links.iter().map(|linked| (linked.account.clone(), linked.link.token().into()));
        Self { cards: cards.collect(), posts_ahead, ..Self::default() }
    }

    /// Records a post.
    pub(super) fn record_post(&mut self, Written { post, is_own }: &Written) {
        if !post.deleted {
            let name = (post.account.network, post.id.clone());
            self.posted.insert(name, (post.posted_at, *is_own));
        }
    }

    /// Records that a post arrived when the machine's clock showed `wall`.
    pub(super) fn record_arrival(&mut self, post: &Post, wall: Timestamp, moment: Moment) {
        let name = (post.account.network, post.id.clone());
        let new = Arrivals { first: wall, last: wall, began: moment };
        let Arrivals { first, last, .. } = self.arrived.entry(name).or_insert(new);
        (*first, *last) = (wall.min(*first), wall.max(*last));
    }

    /// Checks that an accepted post was credible when it arrived, and that one refused as `future` was not: by the
    /// machine's clock, whatever journal time says.
    fn check_believed(&self, name: &Name, answer: &Answer) {
        let Some((posted_at, _)) = self.posted.get(name) else { return };
        let Some(Arrivals { first, last, .. }) = self.arrived.get(name) else { return };
        if is_acceptance(answer) {
            assert!(
                first.since(*posted_at) <= LATENESS_MOST && *posted_at <= last.plus(self.posts_ahead),
                "{name:?} of {posted_at} was believed between {first} and {last}"
            );
        }
        if answer.outcome == Outcome::Future {
            assert!(!answer.duplicate, "{name:?} is refused as future for ever: {answer:?}");
            assert!(
                *posted_at > first.plus(self.posts_ahead),
                "{name:?} of {posted_at} was future between {first} and {last}"
            );
        }
    }

    /// The number of answers so far.
    pub(super) fn answers_seen(&self) -> u64 {
        self.answers_seen
    }

    /// Records the answers to posts that were delivered when `asked` answers had arrived: an acknowledgement
    /// is never contradicted.
    pub(super) fn record_answers(
        &mut self,
        asked: u64,
        posts: &[PostRef],
        answers: &Answers,
        moment: Moment,
    ) {
        self.answers_seen += 1;
        for (post_ref, placed) in posts.iter().zip(answers) {
            let Some(placed) = placed else { continue };
            let answer = &placed.answer;
            assert_eq!(
                answer.account, post_ref.account,
                "{post_ref:?} is answered as another account's: {answer:?}"
            );
            let word = (placed.partition, answer.outcome, answer.reservation);
            self.record_turned_away(placed.partition, post_ref, answer);
            if is_acceptance(answer) && !post_ref.bare {
                let is_own = self.posted.get(&post_ref.name()).is_none_or(|(_, is_own)| *is_own);
                assert!(is_own, "{post_ref:?} is not its author's own post, and is accepted: {answer:?}");
                let first = answer.duplicate || self.accepted.insert(post_ref.name());
                assert!(first, "{post_ref:?} is accepted twice: {answer:?}");
            }
            if !post_ref.bare {
                self.check_believed(&post_ref.name(), answer);
            }
            if answer.duplicate && answer.outcome == Outcome::Released {
                self.deleted.entry(post_ref.clone()).or_insert(self.answers_seen);
            }
            // A deletion has no id of its own: repeated, it finds nothing to delete. The same holds for a
            // button.
            match self.words.get(post_ref).filter(|_| !post_ref.bare) {
                // If the post was deleted since, the answer is that of the deletion.
                Some(_) if answer.duplicate && answer.outcome == Outcome::Released => {}
                // An earlier answer may arrive after it, if it waited for another partition.
                Some((_, Outcome::Released, _))
                    if self.deleted.get(post_ref).is_some_and(|at| asked < *at) => {}
                Some(first) if is_acceptance(answer) => {
                    assert_eq!(*first, word, "{post_ref:?} has two answers: {answer:?}");
                }
                Some(first) => {
                    // A parked confirmation is no refusal, and its answer may arrive late.
                    let open = answer.outcome == Outcome::Overloaded || answer.parked_until.is_some();
                    let may = open || self.is_old(&post_ref.name(), answer.at, moment);
                    assert!(may, "{post_ref:?} was answered with {first:?}, and is refused now: {answer:?}");
                }
                None if is_acceptance(answer) => {
                    self.words.insert(post_ref.clone(), word);
                    self.decided_at.insert(post_ref.name(), answer.at);
                }
                None => {}
            }
        }
    }

    /// Records that a post was told that a sale is over.
    fn record_turned_away(&mut self, partition: u32, post_ref: &PostRef, answer: &Answer) {
        let posted = self.posted.get(&post_ref.name()).filter(|_| !post_ref.bare);
        let told = answer.outcome == Outcome::Closed && !answer.duplicate;
        if let (Some((posted_at, _)), Some(offer), true) = (posted, answer.offer, told) {
            self.turned_away.push((partition, offer, *posted_at, answer.at));
        }
    }

    /// Whether a post was decided so long before `answered`, in journal time and in truth, that only its age is judged.
    fn is_old(&self, name: &Name, answered: Timestamp, moment: Moment) -> bool {
        let is_old_in_truth = |arrivals: &Arrivals| moment.counted_since(arrivals.began) >= REMEMBERED;
        self.decided_at.get(name).is_some_and(|at| answered.since(*at) >= REMEMBERED)
            && self.arrived.get(name).is_none_or(is_old_in_truth)
    }

    /// Checks that every acknowledgement is in the history, and that confirmations in it were in time.
    pub(super) fn compare(&self, history: &[(u32, u64, Record)]) {
        let mut recorded: HashMap<Name, Vec<Acknowledgement>> = HashMap::new();
        let mut deadlines = DeadlineBook::default();
        for (partition, _, record) in history {
            for event in &record.decision.events {
                if let Some((account, post, outcome, reservation)) = answer_of(event) {
                    let name = (account.network, post.clone());
                    recorded.entry(name).or_default().push((*partition, outcome, reservation));
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
        self.check_turned_away(history);
        check_nothing_invented(history);
        for (post_ref, word) in &self.words {
            let recorded = recorded.get(&post_ref.name()).map(Vec::as_slice).unwrap_or_default();
            let (partition, outcome, reservation) = word;
            let found = recorded.iter().any(|(of, word, id)| {
                (of, word) == (partition, outcome) && (reservation.is_none() || id == reservation)
            });
            assert!(found, "{post_ref:?} was acknowledged with {word:?}; the history has {recorded:?}");
        }
    }

    /// Checks that nobody was told that a sale is over who posted while it was on, to its last second.
    fn check_turned_away(&self, history: &[(u32, u64, Record)]) {
        let (mut spans, mut closed) = (HashMap::new(), HashMap::new());
        for (partition, _, record) in history {
            for event in &record.decision.events {
                match event {
                    Event::OfferAdded { offer, terms } | Event::OfferCorrected { offer, terms } => {
                        spans.insert((*partition, *offer), (terms.opens, terms.closes.after(), terms.ends()));
                    }
                    Event::CreditOfferAdded { offer, terms }
                    | Event::CreditOfferCorrected { offer, terms } => {
                        spans.insert((*partition, *offer), (terms.opens, terms.closes.after(), terms.ends()));
                    }
                    Event::OfferClosed { offer } => {
                        closed.entry((*partition, *offer)).or_insert(record.at);
                    }
                    _ => {}
                }
            }
        }
        for (partition, offer, posted_at, told_at) in &self.turned_away {
            let key = (*partition, *offer);
            let (opens, closes, ends) = spans[&key];
            // A post counts as of its arrival, if that is earlier. An operator may close a sale before its time.
            let on_sale = (opens..closes).contains(posted_at.min(told_at)) && *told_at < ends;
            let ordered = closed.get(&key).is_some_and(|at| *at < closes && at <= told_at);
            assert!(
                !on_sale || ordered,
                "a post of {posted_at} was told at {told_at} that offer {offer:?} is over, which is on sale to {closes}"
            );
        }
    }

    /// Checks a deadline by the time of the post, which the records lack.
    fn check_deadline(&self, partition: u32, at: Timestamp, event: &Event, book: &mut DeadlineBook) {
        match event {
            Event::OfferPaused { offer, deadlines: Deadlines::Freeze, .. } => {
                book.frozen.insert((partition, *offer));
            }
            Event::OfferResumed { offer, moved, .. } => {
                book.frozen.remove(&(partition, *offer));
                let of_offer = |(of, id): &(u32, ReservationId)| (*of, id.offer) == (partition, *offer);
                let moving = book.deadlines.iter_mut().filter(|(key, _)| of_offer(key));
                moving.for_each(|(_, deadline)| *deadline = deadline.plus(*moved));
            }
            Event::Reserved { id, deadline, .. }
            | Event::Promoted { id, deadline, .. }
            | Event::Prompted { id, deadline, .. } => {
                book.deadlines.insert((partition, *id), *deadline);
            }
            Event::Confirmed { id, account, post, way: Way::Post, .. } => {
                let posted = self.posted.get(&(account.network, post.clone()));
                let (posted_at, _) = posted.expect("whatever confirms was posted");
                let deadline = book.deadlines[&(partition, *id)];
                // A network's clock may be slightly ahead: no post is later than its arrival. A frozen deadline
                // does not pass.
                let in_time = at.min(*posted_at) < deadline || book.frozen.contains(&(partition, id.offer));
                assert!(in_time, "{post} of {posted_at} confirms {id:?} of before {deadline}");
            }
            _ => {}
        }
    }
}

/// Checks that no card paid for an order that rests on a post which only a relay told of.
fn check_nothing_invented(history: &[(u32, u64, Record)]) {
    let (mut claims, mut orders) = (HashMap::new(), HashMap::new());
    for (partition, _, record) in history {
        for event in &record.decision.events {
            match event {
                Event::Reserved { claim, .. }
                | Event::Waitlisted { claim, .. }
                | Event::Entered { claim, .. } => {
                    let offer = event.offer().expect("a claim is of an offer");
                    claims.insert((*partition, offer, claim.account.clone()), claim.post.clone());
                }
                Event::Confirmed { id, account, post, .. } => {
                    let claim = claims.get(&(*partition, id.offer, account.clone())).cloned();
                    orders.insert((*partition, *id), (account.network, claim, post.clone()));
                }
                Event::Authorized(authorized) => {
                    let (network, claim, confirmation) = &orders[&(*partition, authorized.id)];
                    for post in claim.iter().chain([confirmation]) {
                        assert!(!is_invented(*network, post), "a card paid for {post}, which nobody wrote");
                    }
                }
                _ => {}
            }
        }
    }
}

/// The deadlines of reservations, as the events of a history set and move them.
#[derive(Default)]
struct DeadlineBook {
    deadlines: HashMap<(u32, ReservationId), Timestamp>,
    /// The offers whose deadlines are frozen.
    frozen: HashSet<(u32, OfferNo)>,
}

/// The answer of an event to the author of a post.
fn answer_of(event: &Event) -> Option<(&Account, &PostId, Outcome, Option<ReservationId>)> {
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
        Event::LeftLine { account, post, .. } | Event::ClaimCancelled { account, post, .. } => {
            (account, post, Outcome::Released, None)
        }
        Event::Enrolled { enrollment, .. } => {
            (&enrollment.account, &enrollment.post, Outcome::Enrolled, None)
        }
        _ => return None,
    })
}
