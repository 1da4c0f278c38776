//! The state of one partition: its campaigns, its journal time and its sequence. Plain code without actors:
//! the live partition, the replay of a journal, recordings and the simulator all drive it.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use compact_str::CompactString;

mod dead_letters;
mod post;
mod prefetch;
mod reports;
mod statuses;
mod stored;
mod transactions;

use super::decision_batch::{AnswerRef, DecisionBatch};
use crate::collections::deadline_map::DeadlineMap;
use crate::domain::account_status::AccountStatuses;
use crate::domain::answer::Answer;
use crate::domain::arrival::Arrival;
use crate::domain::campaign::Campaign;
use crate::domain::command::{Command, StockChange};
use crate::domain::credit::CreditOffer;
use crate::domain::decision::{Decision, Record};
use crate::domain::effect::ReplyRequest;
use crate::domain::event::{Event, Unfreezing};
use crate::domain::holding::Holding;
use crate::domain::id::{Account, EffectKey, OfferNo};
use crate::domain::offer::Offer;
use crate::domain::outcome::Outcome;
use crate::domain::parked_deletions::ParkedDeletions;
use crate::domain::refusal::Refusal;
use crate::domain::sale_order::SaleOrder;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::partition::counters::OfferCounters;
use crate::partition::handlers::Handlers;

/// One partition's state and counters.
#[derive(Debug, Default)]
pub struct PartitionState {
    no: u32,
    campaigns: Vec<Campaign>,
    by_name: HashMap<CompactString, usize>,
    /// The campaign of each offer, by the offer's number.
    by_offer: Vec<usize>,
    counters: Vec<OfferCounters>,
    /// When each offer was added, by its number.
    added: Vec<Timestamp>,
    statuses: AccountStatuses,
    /// The deletions that wait for their posts.
    deletions: ParkedDeletions,
    deadlines: DeadlineMap<Timestamp, usize>,
    journal_time: Timestamp,
    last_sequence: u64,
    /// The effects that were given up, until an operator retries or settles them.
    dead_letters: BTreeSet<EffectKey>,
    handlers: Handlers,
}

impl PartitionState {
    /// Creates an empty partition.
    #[must_use]
    pub fn new(no: u32) -> Self {
        Self { no, ..Self::default() }
    }

    /// Lets sessions and offers decide by these functions from now on.
    #[must_use]
    pub fn with_handlers(self, handlers: Handlers) -> Self {
        Self { handlers, ..self }
    }

    /// The partition's number.
    #[must_use]
    pub fn no(&self) -> u32 {
        self.no
    }

    /// The sequence of the last record; 0 if there is none.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The time of the last record.
    #[must_use]
    pub fn journal_time(&self) -> Timestamp {
        self.journal_time
    }

    /// The number that the next offer gets.
    #[must_use]
    pub fn next_offer(&self) -> OfferNo {
        OfferNo(u32::try_from(self.by_offer.len()).expect("fewer offers than a u32 counts"))
    }

    /// The numbers of all offers, of either kind.
    pub fn numbers(&self) -> impl Iterator<Item = OfferNo> + use<> {
        (0..self.next_offer().0).map(OfferNo)
    }

    /// The offers, by number.
    pub fn offers(&self) -> impl Iterator<Item = (OfferNo, &Offer)> {
        (0..)
            .map(OfferNo)
            .zip(&self.by_offer)
            .filter_map(|(no, &campaign)| self.campaigns.get(campaign)?.offer(no).map(|offer| (no, offer)))
    }

    /// One offer.
    #[must_use]
    pub fn offer(&self, no: OfferNo) -> Option<&Offer> {
        self.campaigns.get(self.campaign_of(no)?)?.offer(no)
    }

    /// The offers of which an account has or had something, by number.
    #[must_use]
    pub fn holdings_of(&self, account: &Account) -> Vec<(&Offer, &Holding)> {
        let mut all = Vec::new();
        for campaign in &self.campaigns {
            let session = campaign.session(account).into_iter();
            let held = session.flat_map(Session::holdings);
            all.extend(held.filter_map(|(no, holding)| Some((campaign.offer(no)?, holding))));
        }
        all.sort_by_key(|(offer, _)| offer.no());
        all
    }

    /// The statement-credit offers, by number.
    pub fn credits(&self) -> impl Iterator<Item = (OfferNo, &CreditOffer)> {
        (0..)
            .map(OfferNo)
            .zip(&self.by_offer)
            .filter_map(|(no, &campaign)| self.campaigns.get(campaign)?.credit(no).map(|offer| (no, offer)))
    }

    /// One statement-credit offer.
    #[must_use]
    pub fn credit(&self, no: OfferNo) -> Option<&CreditOffer> {
        self.campaigns.get(self.campaign_of(no)?)?.credit(no)
    }

    /// The counters of an offer.
    #[must_use]
    pub fn counters_of(&self, no: OfferNo) -> Option<&OfferCounters> {
        self.counters.get(no.0 as usize)
    }

    /// When an offer was added; the first instant if an older release's snapshot does not tell.
    #[must_use]
    pub fn added_at(&self, no: OfferNo) -> Timestamp {
        self.added.get(no.0 as usize).copied().unwrap_or(Timestamp::MIN)
    }

    /// The index of an offer's campaign.
    #[must_use]
    pub fn campaign_of(&self, no: OfferNo) -> Option<usize> {
        self.by_offer.get(no.0 as usize).copied()
    }

    /// Whether the partition has a campaign of that name.
    #[must_use]
    pub fn has_campaign(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The campaigns, by index.
    #[must_use]
    pub fn campaigns(&self) -> &[Campaign] {
        &self.campaigns
    }

    pub(super) fn campaign_mut(&mut self, index: usize) -> Option<&mut Campaign> {
        self.campaigns.get_mut(index)
    }

    /// The next deadline of any campaign.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(due, _)| due)
    }

    /// Whether anything is in progress that a deadline or a provider will end.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.campaigns.iter().any(Campaign::is_pending)
    }

    /// Whether an account waits for a deadline, for a provider, or in line for the end of a sale.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.campaigns.iter().any(Campaign::is_awaited)
    }

    /// Handles a command: first what is due by `clock`, then the command, then what became due because of it.
    /// Appends the decisions to the batch. Returns the answer to the post, if the command is one.
    pub fn turn(&mut self, clock: Timestamp, command: &Command, batch: &mut DecisionBatch) -> Option<Answer> {
        let now = self.advance(clock, batch);
        let answer = self.take(now, command, batch);
        self.advance(now, batch);
        answer
    }

    /// Changes an offer: its allotment, whether it is on sale, or what stands beside one of its orders; or what becomes of a
    /// dead letter.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn change_offer(
        &mut self,
        clock: Timestamp,
        command: &Command,
        batch: &mut DecisionBatch,
    ) -> Result<(), Refusal> {
        let now = self.advance(clock, batch);
        if let Command::RetryDeadLetter(_) | Command::SettleDeadLetter(_) = command {
            self.change_dead_letter(now, command, batch)?;
            self.advance(now, batch);
            return Ok(());
        }
        let offer = match command {
            Command::Restock(StockChange { offer, .. })
            | Command::Withdraw(StockChange { offer, .. })
            | Command::Operate(SaleOrder { offer, .. }) => *offer,
            Command::NoteObjection(note) => note.id.offer,
            _ => return Err(Outcome::NotRelevant.into()),
        };
        let campaign = self.campaign_of(offer).ok_or(Outcome::NotRelevant)?;
        self.decide(campaign, now, command, batch)?;
        self.advance(now, batch);
        Ok(())
    }

    fn take(&mut self, now: Timestamp, command: &Command, batch: &mut DecisionBatch) -> Option<Answer> {
        match command {
            Command::AddOffer { terms, .. } => {
                let campaign = self.campaign_named(&terms.campaign);
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::AddCreditOffer { terms, .. } => {
                let campaign = self.campaign_named(&terms.campaign);
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::CorrectOffer { offer, .. } | Command::CorrectCreditOffer { offer, .. } => {
                let campaign = self.campaign_of(*offer)?;
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::Say(post) => Some(self.answer(now, post, batch).read(batch)),
            Command::Transact { offer, transaction, holder } => {
                self.decide_transaction(*offer, transaction, holder.as_ref(), (now, Arrival::at(now)), batch)
            }
            Command::Report(report) => {
                self.take_report(now, report, command, batch);
                None
            }
            Command::Restock(change) | Command::Withdraw(change) => {
                let campaign = self.campaign_of(change.offer)?;
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::NoteObjection(note) => {
                let campaign = self.campaign_of(note.id.offer)?;
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::Operate(order) => {
                let campaign = self.campaign_of(order.offer)?;
                self.decide(campaign, now, command, batch).ok();
                None
            }
            Command::Unfreeze(account) => {
                if self.statuses.of(account).frozen {
                    let unfreezing = Unfreezing { account: account.clone(), at: None, undid: None };
                    self.record(now, Decision::of(Event::AccountUnfrozen(unfreezing)), batch);
                }
                None
            }
            Command::Unlink(account) => {
                self.release_unlinked(now, account, batch);
                None
            }
            Command::SetStatus(word) => {
                self.take_word(now, word, batch);
                None
            }
            Command::RetryDeadLetter(_) | Command::SettleDeadLetter(_) => {
                self.change_dead_letter(now, command, batch).ok();
                None
            }
            Command::ExpireDue => None,
        }
    }

    /// Decides everything that is due by `clock`. Returns journal time, which never goes back.
    pub fn advance(&mut self, clock: Timestamp, batch: &mut DecisionBatch) -> Timestamp {
        self.journal_time = self.journal_time.max(clock);
        let now = self.journal_time;
        while let Some(campaign) = self.deadlines.first().filter(|(due, _)| *due <= now).map(|(_, &c)| c) {
            let decided = self.decide(campaign, now, &Command::ExpireDue, batch);
            assert!(decided.is_ok_and(|events| events > 0), "time had come, and nothing happened");
        }
        now
    }

    /// Takes in an answer that the router gave from the post alone. The author of a look-alike tag is
    /// notified, as of a refusal; the other answers need no reply.
    pub fn note_catalog_answer(&mut self, answer: Answer, batch: &mut DecisionBatch) -> AnswerRef {
        self.note(&answer);
        if let (Outcome::LookAlikeTag, Some(post), Some(offer)) = (answer.outcome, &answer.post, answer.offer)
            && let Some(campaign) = self.campaign_of(offer).and_then(|index| self.campaigns.get_mut(index))
            && campaign.notify(&answer)
        {
            batch.refusal_replies.push(ReplyRequest::new(
                answer.account.clone(),
                post.clone(),
                offer,
                answer.outcome,
            ));
        }
        batch.answer(answer)
    }

    fn note(&mut self, answer: &Answer) {
        if let Some(counters) = answer.offer.and_then(|no| self.counters.get_mut(no.0 as usize)) {
            counters.count(answer);
        }
    }

    /// Lets a campaign decide, and records the decision. Returns the number of events.
    fn decide(
        &mut self,
        campaign: usize,
        now: Timestamp,
        command: &Command,
        batch: &mut DecisionBatch,
    ) -> Result<usize, Refusal> {
        self.decide_by(campaign, now, |deciding| deciding.decide(now, command), batch)
    }

    fn decide_by(
        &mut self,
        campaign: usize,
        now: Timestamp,
        decide: impl FnOnce(&mut Campaign) -> Result<Decision, Refusal>,
        batch: &mut DecisionBatch,
    ) -> Result<usize, Refusal> {
        let decision = decide(self.campaigns.get_mut(campaign).ok_or(Outcome::NotRelevant)?)?;
        let events = decision.events.len();
        self.record(now, decision, batch);
        Ok(events)
    }

    fn record(&mut self, now: Timestamp, decision: Decision, batch: &mut DecisionBatch) {
        self.last_sequence += 1;
        let DecisionBatch { records, answers, .. } = batch;
        // Pushed first and read in place: the record is moved only once.
        records.push((self.last_sequence, Record { at: now, decision }));
        let (_, record) = records.last().expect("just put there");
        // The record determines the campaign, not the caller: a replay has only the record.
        let campaign = self.campaign_in(record);
        self.apply_record(campaign, record, |answer| answers.push(answer));
    }

    fn apply_record(&mut self, campaign: usize, record: &Record, mut answered: impl FnMut(Answer)) {
        for event in &record.decision.events {
            if let Event::OfferAdded { offer, terms } = event {
                assert_eq!(*offer, self.next_offer(), "offers are numbered as they are added");
                self.by_offer.push(campaign);
                self.counters.push(OfferCounters::new(terms.price.currency));
                self.added.push(record.at);
            }
            if let Event::CreditOfferAdded { offer, terms } = event {
                assert_eq!(*offer, self.next_offer(), "offers are numbered as they are added");
                self.by_offer.push(campaign);
                self.counters.push(OfferCounters::new(terms.currency()));
                self.added.push(record.at);
            }
            if let Event::Sold { id, amount, .. } = event {
                self.counters_mut(id.offer).capture(*amount);
            }
            if let Event::Refunded { id, amount, .. } = event {
                self.counters_mut(id.offer).refund(*amount);
            }
            self.statuses.apply(record.at, event);
            self.deletions.apply(record.at, event);
            self.note_dead_letter(event);
        }
        let mut take = |answer: Answer| {
            self.note(&answer);
            // An answer about the whole account is reported once, by partition 0, and not by every partition.
            if answer.offer.is_some() || self.no == 0 {
                answered(answer);
            }
        };
        match record.decision.events.as_slice() {
            // Most records have one event: there is nothing to merge.
            [event] => Answer::to_event(record.at, event).into_iter().for_each(take),
            events => Answer::to_decision(record.at, events).into_iter().for_each(&mut take),
        }
        if let Some(deciding) = self.campaigns.get_mut(campaign) {
            deciding.apply(record.at, &record.decision);
            self.deadlines.set(&campaign, deciding.next_deadline());
        }
    }

    fn campaign_named(&mut self, name: &CompactString) -> usize {
        let next = self.campaigns.len();
        let index = *self.by_name.entry(name.clone()).or_insert(next);
        if index == next {
            self.campaigns.push(Campaign::default());
        }
        index
    }

    /// The campaign that a record concerns; the first one if it names no offer.
    fn campaign_in(&mut self, record: &Record) -> usize {
        let campaign = record.decision.events.iter().find_map(|event| match event {
            Event::OfferAdded { terms, .. } => Some(self.campaign_named(&terms.campaign)),
            Event::CreditOfferAdded { terms, .. } => Some(self.campaign_named(&terms.campaign)),
            _ => event.offer().and_then(|no| self.campaign_of(no)),
        });
        campaign.unwrap_or(0)
    }

    /// Applies a record of the journal.
    ///
    /// # Panics
    /// When the record contradicts those before it: the journal belongs to another partition.
    pub fn replay(&mut self, sequence: u64, record: &Record) {
        assert_eq!(sequence, self.last_sequence + 1, "records follow each other");
        self.last_sequence = sequence;
        self.journal_time = self.journal_time.max(record.at);
        let campaign = self.campaign_in(record);
        self.apply_record(campaign, record, |_| {});
        for event in &record.decision.events {
            let offer = match event {
                Event::Reserved { id, .. } => id.offer,
                Event::Waitlisted { offer, .. }
                | Event::Entered { offer, .. }
                | Event::ClaimCancelled { offer, .. }
                | Event::Enrolled { offer, .. } => *offer,
                _ => continue,
            };
            self.counters_mut(offer).claims += 1;
            // A partly reserved claim joined the waitlist in the same record, and counts once.
            break;
        }
    }

    fn counters_mut(&mut self, offer: OfferNo) -> &mut OfferCounters {
        self.counters.get_mut(offer.0 as usize).expect("every offer has counters")
    }

    /// A hash of the journaled state. It is the same however the state came about.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for campaign in &self.campaigns {
            campaign.digest(&mut hasher);
        }
        self.statuses.digest(&mut hasher);
        self.deletions.hash(&mut hasher);
        hasher.finish()
    }
}
