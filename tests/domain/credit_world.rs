//! A test harness around one statement-credit offer: deadlines first, then the command. It records every
//! decision, and sums up the requested payments instead of trusting the offer's own counts.

use std::collections::BTreeMap;
use std::hash::Hasher;

use flashtag::domain::answer::Answer;
use flashtag::domain::arrival::Arrival;
use flashtag::domain::command::{Intent, PostCommand};
use flashtag::domain::credit::{CreditAsk, CreditOffer, CreditTerms, Reward};
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, Network, OfferId, OfferNo, PostId};
use flashtag::domain::link::Link;
use flashtag::domain::money::Money;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::{Transaction, TransactionId};

use super::world::{account, ms};

pub(crate) const OFFER: OfferNo = OfferNo(4);

/// Terms that most tests share: 25 back on 25 or more, once per card, open all day.
pub(crate) fn terms() -> CreditTerms {
    CreditTerms {
        id: OfferId::parse("small").expect("an offer's name"),
        campaign: "small".into(),
        title: "Small".into(),
        enroll: "Load".into(),
        reward: Reward::Fixed(money("25.00 USD")),
        min_spend: money("25.00 USD"),
        merchants: vec!["m-100".into(), "m-101".into()],
        uses_per_card: 1,
        enrollments: 1000,
        opens: ms(0),
        closes: ms(20 * 3_600_000).into(),
        valid_until: ms(22 * 3_600_000).into(),
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(3600),
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: None,
    }
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

pub(crate) fn id(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("a transaction's id")
}

/// A post that enrolls. An offer that is asked to enroll ignores the intent.
pub(crate) fn enrolling(
    account: &Account,
    link: Option<Link>,
    post: u64,
    posted_at: Timestamp,
) -> PostCommand {
    let post = PostId::parse(Network::X, &post.to_string()).expect("a number is an id");
    PostCommand { link, ..PostCommand::plain(account.clone(), post, posted_at, Intent::Enroll(OFFER)) }
}

/// An answer to a transaction, in the words of the tables: `t-1 credited 25.00 USD (0 left)`.
pub(crate) fn answer_text(answer: &Answer) -> String {
    let mut words = Vec::new();
    let transacted = answer.transacted.as_deref();
    words.extend(transacted.map(|about| about.transaction.to_string()));
    words.push(answer.outcome.to_string());
    words.extend(answer.credit().map(|credit| credit.to_string()));
    words.extend(transacted.and_then(|about| about.uses_left).map(|left| format!("({left} left)")));
    words.join(" ")
}

/// A refusal, in the words of the tables.
pub(crate) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Duplicate(first) => format!("duplicate: {}", answer_text(first)),
        refusal => format!("refused: {}", refusal.outcome()),
    }
}

/// The requested payments for one purchase, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) credited: i64,
    pub(crate) reversed: i64,
}

#[derive(Debug)]
pub(crate) struct CreditWorld {
    pub(crate) offer: CreditOffer,
    pub(crate) now: Timestamp,
    pub(crate) paid: BTreeMap<TransactionId, Paid>,
    history: Vec<Record>,
}

impl CreditWorld {
    /// Creates a world and adds the offer at `now`.
    pub(crate) fn new(now: Timestamp, terms: CreditTerms) -> Self {
        let offer = CreditOffer::new(OFFER, terms.clone());
        let added = Decision::of(Event::CreditOfferAdded { offer: OFFER, terms: Box::new(terms) });
        let history = vec![Record { at: now, decision: added }];
        let mut world = Self { offer, now, paid: BTreeMap::new(), history };
        world.advance(now);
        world
    }

    /// Decides and records the decision; a refusal changes nothing.
    pub(crate) fn step(&mut self, ask: CreditAsk<'_>) -> Result<Decision, Refusal> {
        let decision = self.offer.decide(self.now, ask)?;
        for event in &decision.events {
            self.offer.apply(self.now, event);
        }
        decision.effects.iter().for_each(|effect| self.pay(effect));
        self.assert_remembered(&decision);
        let counts = self.offer.counts();
        let sum = |of: fn(&Paid) -> i64| self.paid.values().map(of).sum::<i64>();
        assert_eq!(counts.credited.minor, sum(|paid| paid.credited), "the offer counts what is credited");
        assert_eq!(counts.reversed.minor, sum(|paid| paid.reversed), "the offer counts what is reversed");
        self.history.push(Record { at: self.now, decision: decision.clone() });
        Ok(decision)
    }

    pub(crate) fn transact(&mut self, transaction: &Transaction) -> Result<Decision, Refusal> {
        self.step(CreditAsk::Transact(transaction, Arrival::at(self.now)))
    }

    /// Decides a transaction of a card that is linked to account 1, enrolled or not.
    pub(crate) fn transact_of_linked(&mut self, transaction: &Transaction) {
        let decided = match self.transact(transaction) {
            Err(Refusal::Because(Outcome::NotRelevant)) => {
                self.step(CreditAsk::Park(transaction, Arrival::at(self.now), &account(1)))
            }
            decided => decided,
        };
        drop(decided.expect("it is decided, or waits"));
    }

    /// Advances to `to`, and decides at each deadline on the way, as the clock actor makes it do.
    pub(crate) fn advance(&mut self, to: Timestamp) -> Vec<Decision> {
        assert!(to >= self.now, "time does not go back");
        let mut decisions = Vec::new();
        while let Some(due) = self.offer.next_deadline().filter(|due| *due <= to) {
            self.now = self.now.max(due);
            decisions.push(self.step(CreditAsk::ExpireDue).expect("time is never refused"));
            assert_ne!(self.offer.next_deadline(), Some(due), "every deadline leads to a decision");
        }
        self.now = to;
        decisions
    }

    fn pay(&mut self, effect: &Effect) {
        match effect {
            Effect::Credit(grant) => {
                let paid = Paid { credited: grant.amount.minor, reversed: 0 };
                assert!(paid.credited > 0, "no zero amount is requested");
                assert_eq!(self.paid.insert(grant.purchase.clone(), paid), None, "one credit a purchase");
            }
            Effect::ReverseCredit(grant) => {
                let paid = self.paid.get_mut(&grant.purchase).expect("only a credit is taken back");
                paid.reversed += grant.amount.minor;
                assert!(grant.amount.minor > 0, "no zero amount is requested");
                assert!(paid.reversed <= paid.credited, "never more than was credited");
            }
            _ => {}
        }
    }

    /// Asserts that a repeated transaction gets the answer of this decision.
    fn assert_remembered(&self, decision: &Decision) {
        for answer in Answer::to_decision(self.now, &decision.events) {
            let Some(id) = answer.transacted.as_deref().map(|about| &about.transaction) else { continue };
            // What waits is remembered with what it waits for.
            if answer.parked_until.is_some() {
                continue;
            }
            assert_eq!(self.offer.recall(id).as_ref(), Some(&answer));
            assert_eq!((&answer.post, answer.offer), (&None, Some(OFFER)));
        }
    }

    /// Asserts that a replay of the records, read back from their stored form, gives the same state.
    pub(crate) fn assert_replays(&self) {
        let mut replayed = None;
        for record in &self.history {
            let bytes = postcard::to_stdvec(record).expect("a record is written");
            let read: Record = postcard::from_bytes(&bytes).expect("a record is read");
            assert_eq!(read, *record, "a record reads back as it was written");
            for event in &read.decision.events {
                match event {
                    Event::CreditOfferAdded { offer, terms } => {
                        replayed = Some(CreditOffer::new(*offer, (**terms).clone()));
                    }
                    event => replayed.as_mut().expect("it was added first").apply(read.at, event),
                }
            }
        }
        let replayed = replayed.expect("it was added");
        assert_eq!(digest(&replayed), digest(&self.offer), "replay_gives_same_hash");
        assert_eq!(replayed.counts(), self.offer.counts());
        assert_eq!(replayed.next_deadline(), self.offer.next_deadline(), "a restart forgets no deadline");
    }
}

pub(crate) fn digest(offer: &CreditOffer) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    offer.digest(&mut hasher);
    hasher.finish()
}
