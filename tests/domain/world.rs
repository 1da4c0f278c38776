//! A test harness around one campaign. It does what the partition does (deadlines first, then the command,
//! then the record), answers for the card provider on request, and keeps a ledger.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::sync::Arc;

use flashtag::domain::account_status::{AccountStatus, AccountStatuses};
use flashtag::domain::answer::Answer;
use flashtag::domain::campaign::Campaign;
use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::{Event, Unfreezing};
use flashtag::domain::id::{Account, EffectKey, Network, OfferId, OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::offer::Counts;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use super::ledger::Ledger;

/// 2013-02-13T00:00:00Z: the day of all tests.
pub(crate) const MIDNIGHT_MS: i64 = 1_360_713_600_000;

/// The time `after_midnight` milliseconds after midnight.
pub(crate) fn ms(after_midnight: i64) -> Timestamp {
    Timestamp::from_ms(MIDNIGHT_MS + after_midnight)
}

/// Terms that most tests share: one unit, open all day, 15 minutes to confirm, 30 s of grace.
pub(crate) fn terms(id: &str) -> Terms {
    Terms {
        id: OfferId::parse(id).expect("an offer's name"),
        campaign: "launch".into(),
        title: id.into(),
        tags: Tags { buy: "Buy".into(), confirm: Some("Confirm".into()), cancel: Some("Cancel".into()) },
        price: "149.99 USD".parse().expect("a price"),
        tax: Tax::Flat("10%".parse().expect("a rate")),
        units: 1,
        opens: ms(0),
        closes: ms(23 * 3_600_000).into(),
        confirm_within: Millis::from_secs(900),
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::ZERO,
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 1,
        waitlist: true,
        waitlist_max: 1000,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: None,
        rules: flashtag::domain::rules::Rules::default(),
    }
}

/// The account `number` on X.
pub(crate) fn account(number: u32) -> Account {
    Account::parse(Network::X, &number.to_string()).expect("a number is an id")
}

/// A link that every offer accepts.
pub(crate) fn link(account: &Account) -> Link {
    let author = &account.author;
    let card = Card {
        token: format!("tok_{author}").into(),
        brand: "amex".into(),
        funding: Funding::Credit,
        last4: "1005".into(),
    };
    Link::new(&card, &format!("{author}@example.com"), "US-NY")
}

/// A post id of X.
pub(crate) fn post(number: u64) -> PostId {
    PostId::parse(Network::X, &number.to_string()).expect("a number is an id")
}

/// A linked account's post.
pub(crate) fn post_command(number: u32, post: PostId, posted_at: Timestamp, intent: Intent) -> PostCommand {
    let account = account(number);
    let link = Some(link(&account));
    PostCommand { link, ..PostCommand::plain(account, post, posted_at, intent) }
}

/// A result of the card provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardResult {
    Approve,
    Decline,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) campaign: Campaign,
    pub(crate) statuses: AccountStatuses,
    pub(crate) now: Timestamp,
    pub(crate) history: Vec<Arc<Record>>,
    /// Unanswered requests to the card provider, the oldest first.
    pub(crate) cards: VecDeque<(EffectKey, Effect)>,
    /// Whether the card provider approves everything at once.
    pub(crate) cards_approve: bool,
    ledger: Ledger,
}

impl World {
    /// Creates a world with these offers, added at `now` and numbered from 0.
    pub(crate) fn new(now: Timestamp, offers: impl IntoIterator<Item = Terms>) -> Self {
        let mut world = Self {
            campaign: Campaign::default(),
            statuses: AccountStatuses::default(),
            now,
            history: Vec::new(),
            cards: VecDeque::new(),
            cards_approve: false,
            ledger: Ledger::default(),
        };
        for (no, terms) in offers.into_iter().enumerate() {
            let offer = OfferNo(u32::try_from(no).expect("a few offers"));
            world.step(&Command::AddOffer { offer, terms: Box::new(terms) }).expect("a new offer is added");
        }
        world.expire();
        world
    }

    /// Decides one command and records the decision; a refusal changes nothing.
    pub(crate) fn step(&mut self, command: &Command) -> Result<Decision, Refusal> {
        let decision = self.campaign.decide(self.now, command)?;
        self.record(decision.clone());
        Ok(decision)
    }

    fn record(&mut self, decision: Decision) {
        assert_posts_named_once(self.now, &decision);
        let record = Record { at: self.now, decision };
        self.campaign.apply(record.at, &record.decision);
        self.ledger.book(&record);
        self.ledger.assert_agrees(&self.campaign);
        let sequence = self.history.len() as u64;
        for (index, effect) in record.decision.effects.iter().enumerate() {
            if matches!(effect, Effect::Authorize(_) | Effect::Capture(_) | Effect::Refund(_)) {
                self.cards.push_back((key(sequence, index), effect.clone()));
            }
        }
        self.history.push(Arc::new(record));
    }

    /// Decides what is due, as the partition does before each command.
    pub(crate) fn expire(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        while self.campaign.next_deadline().is_some_and(|due| due <= self.now) {
            let decision = self.step(&Command::ExpireDue).expect("time is never refused");
            assert!(!decision.events.is_empty(), "every deadline leads to a decision");
            decisions.push(decision);
        }
        decisions
    }

    /// Advances to `to`, and decides at each deadline on the way, as the clock actor makes it do.
    pub(crate) fn advance(&mut self, to: Timestamp) -> Vec<Decision> {
        assert!(to >= self.now, "time does not go back");
        let mut decisions = Vec::new();
        while let Some(due) = self.campaign.next_deadline().filter(|due| *due <= to) {
            self.now = self.now.max(due);
            let decision = self.step(&Command::ExpireDue).expect("time is never refused");
            assert!(!decision.events.is_empty(), "every deadline leads to a decision");
            decisions.push(decision);
            decisions.extend(self.settle());
        }
        self.now = to;
        decisions
    }

    /// Jumps to `to`, as after a pause of the machine, and decides what was due there.
    pub(crate) fn jump(&mut self, to: Timestamp) -> Vec<Decision> {
        self.now = self.now.max(to);
        self.expire()
    }

    /// Decides a post at the current time. Deadlines must have been decided before.
    pub(crate) fn submit(&mut self, command: PostCommand) -> Result<Vec<Decision>, Refusal> {
        assert!(self.campaign.next_deadline().is_none_or(|due| due > self.now), "time first");
        let decision = match self.campaign.decide(self.now, &Command::Say(command.clone())) {
            Ok(decision) => decision,
            Err(refusal) => {
                if command.intent == Intent::Freeze {
                    self.freeze(command);
                    return Err(refusal);
                }
                let place = self.campaign.slot_of(&command.account);
                self.campaign.refuse(self.now, &command, place, refusal.clone());
                return Err(refusal);
            }
        };
        self.record(decision.clone());
        let mut decisions = vec![decision];
        decisions.extend(self.settle());
        decisions.extend(self.expire());
        if command.intent == Intent::Freeze {
            self.freeze(command);
        }
        Ok(decisions)
    }

    fn freeze(&mut self, command: PostCommand) {
        let PostCommand { account, post, posted_at, .. } = command;
        self.statuses.apply(self.now, &Event::AccountFrozen { account, post, posted_at });
    }

    pub(crate) fn status_of(&self, account: &Account) -> AccountStatus {
        self.statuses.of(account)
    }

    pub(crate) fn unfreeze(&mut self, account: &Account) {
        self.statuses.apply(
            self.now,
            &Event::AccountUnfrozen(Unfreezing { account: account.clone(), at: None, undid: None }),
        );
    }

    /// Changes an allotment.
    pub(crate) fn change(&mut self, command: &Command) -> Result<Vec<Decision>, Refusal> {
        let mut decisions = vec![self.step(command)?];
        decisions.extend(self.expire());
        Ok(decisions)
    }

    pub(crate) fn report(&mut self, report: Report) -> Result<Vec<Decision>, Refusal> {
        let mut decisions = vec![self.step(&Command::Report(report))?];
        decisions.extend(self.settle());
        Ok(decisions)
    }

    /// The card provider's result for its oldest request.
    pub(crate) fn card_report(&self, result: CardResult) -> Option<Report> {
        let (key, effect) = self.cards.front()?;
        if let Effect::Capture(payment) | Effect::Refund(payment) = effect {
            assert_eq!(payment.reference, Some(payment_ref(payment.id)), "the processor knows no other id");
        }
        Some(match (result, effect) {
            (CardResult::Approve, Effect::Authorize(payment)) => {
                assert_eq!(payment.reference, None, "nothing was authorized yet");
                Report::Authorized { id: payment.id, key: *key, reference: Some(payment_ref(payment.id)) }
            }
            (CardResult::Approve, Effect::Capture(payment)) => Report::Captured { id: payment.id, key: *key },
            (_, Effect::Refund(payment)) => Report::Refunded { id: payment.id, key: *key },
            (_, Effect::Authorize(payment) | Effect::Capture(payment)) => {
                Report::Declined { id: payment.id, key: *key, reason: "insufficient_funds".into() }
            }
            _ => return None,
        })
    }

    /// Reports the card provider's result for its oldest request.
    pub(crate) fn card(&mut self, result: CardResult) -> Option<Decision> {
        let report = self.card_report(result)?;
        self.cards.pop_front();
        Some(self.step(&Command::Report(report)).expect("an expected report is accepted"))
    }

    fn settle(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        while self.cards_approve {
            let Some(decision) = self.card(CardResult::Approve) else { break };
            decisions.push(decision);
        }
        decisions
    }

    /// Reports that a reservation's prompt was delivered at `at`.
    pub(crate) fn prompt_report(id: ReservationId, at: Timestamp) -> Report {
        Report::Prompted { id, key: key(u64::from(id.ordinal), 0), prompt: prompt(id), at }
    }

    pub(crate) fn counts(&self, offer: u32) -> Counts {
        self.campaign.offer(OfferNo(offer)).expect("the offer was added").counts()
    }

    /// A hash of the state.
    pub(crate) fn digest(&self) -> u64 {
        digest(&self.campaign)
    }

    /// Asserts that a replay of the records, read back from their stored form, gives the same state.
    pub(crate) fn assert_replays(&self) {
        let mut replayed = Campaign::default();
        for record in &self.history {
            let bytes = postcard::to_stdvec(&**record).expect("a record is written");
            let read: Record = postcard::from_bytes(&bytes).expect("a record is read");
            assert_eq!(read, **record, "a record reads back as it was written");
            replayed.apply(read.at, &read.decision);
        }
        assert_eq!(digest(&replayed), self.digest(), "replay_gives_same_hash");
        assert_eq!(replayed.next_deadline(), self.campaign.next_deadline(), "a restart forgets no deadline");
        assert_eq!(replayed.is_pending(), self.campaign.is_pending());
    }
}

/// The post id of a reservation's prompt.
pub(crate) fn prompt(id: ReservationId) -> PostId {
    PostId::parse_reference(&format!("prompt/{}/{}", id.offer.0, id.ordinal)).expect("a visible id")
}

fn key(sequence: u64, index: usize) -> EffectKey {
    EffectKey { partition: 0, sequence, index: u32::try_from(index).expect("a few effects") }
}

pub(crate) fn digest(campaign: &Campaign) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    campaign.digest(&mut hasher);
    hasher.finish()
}

/// Asserts that a decision answers each post once.
pub(crate) fn assert_posts_named_once(at: Timestamp, decision: &Decision) {
    let answers = Answer::to_decision(at, &decision.events);
    let mut posts: Vec<_> = answers.iter().filter_map(|answer| answer.post.as_ref()).collect();
    let command = posts.len();
    posts.sort();
    posts.dedup();
    assert_eq!(posts.len(), command, "one decision answers each post once: {answers:?}");
}

/// The card processor's id of an order's payment.
pub(crate) fn payment_ref(id: ReservationId) -> PaymentRef {
    PaymentRef::parse(&format!("pay_{}_{}", id.offer.0, id.ordinal)).expect("an id")
}
