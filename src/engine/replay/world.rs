//! The world of a replay: partitions, outbox and sandbox under one virtual clock.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use compact_str::CompactString;

use super::commands::Timed;
use super::error::Error;
use super::export::Export;
use super::input::{BadLine, Input};
use super::plan::Plan;
use super::recording::{LinkMap, OtherInput};
use super::summary::Summary;
use crate::actors::partition::{DecisionBatch, PartitionState};
use crate::api::draw_view::DrawView;
use crate::api::offer_view::OfferView;
use crate::control::catalog_handle::CatalogHandle;
use crate::control::journal::{CONTROL, ControlJournal};
use crate::control::processor::answer_to;
use crate::control::record::ControlEvent;
use crate::domain::answer::Answer;
use crate::domain::arrival::Arrival;
use crate::domain::command::{Command, Intent, PostCommand};
use crate::domain::decision::{Decision, Record};
use crate::domain::id::Account;
use crate::domain::key_form::KeyForm;
use crate::domain::link::Link;
use crate::domain::offering::Offering;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::domain::refusal::Refusal;
use crate::domain::status_word::StatusWord;
use crate::domain::time::{Millis, Timestamp};
use crate::engine::catalog_setup::open_offers;
use crate::engine::outbox_thread::renderer;
use crate::engine::stores::{StoreLog, control_store, partition_store};
use crate::intake::catalog::Catalog;
use crate::intake::commands::Operation;
use crate::intake::reading::Reading;
use crate::intake::transactions::Arrived;
use crate::journal::{Batch, Durability, Options};
use crate::outbox::attempt::{Attempt, AttemptResult};
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::incoming::Incoming;
use crate::outbox::provider::sandbox::{self, Sandbox};
use crate::outbox::queue::Outbox;
use crate::outbox::queue::lane::{Bounds, Lane};
use crate::outbox::queue::retry::RetryPolicy;
use crate::partition::codec;
use crate::partition::recovery::recover_partition;

/// The size, in bytes, at which a batch of records goes to the journal.
const BATCH_BYTES: usize = 1 << 20;

/// Smaller than the default: most recordings are small, and preallocated space stays on the user's disk.
const SEGMENT_BYTES: u64 = 8 << 20;

/// Words are few.
const CONTROL_SEGMENT_BYTES: u64 = 1 << 20;
/// Keys of a replay are bare: the same recording has the same keys in every directory.
const FORM: KeyForm = KeyForm::Bare;

/// The journal of one partition, and the batch to append next.
struct PartitionJournal {
    log: StoreLog,
    batch: Batch,
}

/// Everything that a replay simulates, and its clock.
pub(super) struct World {
    partitions: Vec<PartitionState>,
    journals: Vec<PartitionJournal>,
    control: ControlJournal<StoreLog>,
    catalog: Arc<Catalog>,
    links: LinkMap,
    /// The links of the accounts that were unlinked: letters about what they had ordered still go there.
    unlinked: LinkMap,
    /// The account of each linked card, by its token; of several, the first.
    holders: HashMap<CompactString, Account>,
    outbox: Outbox,
    sandbox: Sandbox,
    /// Providers' answers by the time at which they arrive; the number keeps answers of one instant in order.
    reactions: BTreeMap<(Timestamp, u64), (DeliveryKey, AttemptResult)>,
    reactions_made: u64,
    now: Timestamp,
    /// Commands that were not executed.
    refused: Vec<BadLine>,
    export: Export,
}

/// The next thing that happens.
enum Turn {
    Reaction(Timestamp),
    Delivery(Timestamp),
    Deadline(Timestamp, usize),
}

impl Turn {
    fn at(&self) -> Timestamp {
        match self {
            Self::Reaction(at) | Self::Delivery(at) | Self::Deadline(at, _) => *at,
        }
    }
}

impl World {
    /// Creates a world in which the offers have just been put on sale.
    pub(super) fn open(plan: Plan, links: LinkMap, export: Export, now: Timestamp) -> Result<Self, Error> {
        let (mut partitions, mut journals) = (Vec::new(), Vec::new());
        for no in 0..plan.partitions {
            let options =
                Options { durability: Durability::AtEnd, segment_bytes: SEGMENT_BYTES, ..Options::default() };
            let recovered = recover_partition(&partition_store(&plan.out, no), options)?;
            partitions.push(recovered.partition);
            journals.push(PartitionJournal { log: recovered.log, batch: Batch::new(1) });
        }
        let options = Options {
            durability: Durability::AtEnd,
            segment_bytes: CONTROL_SEGMENT_BYTES,
            ..Options::default()
        };
        let control = ControlJournal::recover(&control_store(&plan.out), options)?;
        let mut batches: Vec<DecisionBatch> = partitions.iter().map(|_| DecisionBatch::default()).collect();
        let catalog = Arc::new(open_offers(&mut partitions, &mut batches, plan.offers, plan.front, now)?);
        let retries =
            RetryPolicy { first: Millis::from_ms(250), most: Millis::from_secs(60), attempts_most: 20 };
        // Payments and statement credits together have the bound of one lane.
        let money = Bounds::default().cards;
        let bounds = Bounds { refusals: usize::MAX, money, ..Bounds::default() };
        let renderer = renderer(&CatalogHandle::new(Arc::clone(&catalog)), plan.words);
        let mut outbox = Outbox::new(retries, bounds, 0, renderer).of_partitions(plan.partitions);
        for lane in Lane::MONEY {
            outbox.set_resend_safety(lane, sandbox::RESEND_SAFETY);
        }
        let mut linked: Vec<_> = links.iter().collect();
        linked.sort_by_key(|(account, _)| *account);
        let mut holders = HashMap::new();
        for (account, link) in linked {
            holders.entry(CompactString::from(link.token())).or_insert_with(|| account.clone());
        }
        let mut world = Self {
            partitions,
            journals,
            control,
            catalog,
            links,
            unlinked: LinkMap::default(),
            holders,
            outbox,
            sandbox: open_sandbox(&plan.out)?,
            reactions: BTreeMap::new(),
            reactions_made: 0,
            now,
            refused: Vec::new(),
            export,
        };
        for (batch, index) in batches.into_iter().zip(0..) {
            world.settle_batch(index, batch)?;
        }
        Ok(world)
    }

    /// Advances the clock to the post's arrival, and decides the post.
    pub(super) fn ingest(&mut self, post: Post) -> Result<(), Error> {
        self.run_to(post.arrival())?;
        match self.catalog.read(&post) {
            Reading::Unrelated => Ok(()),
            Reading::Refused { listing, outcome } => self.note(post, listing, outcome),
            Reading::Asks { listing, intent, units } => {
                let partition =
                    self.catalog.listings().get(listing).map(|listing| listing.partition as usize);
                partition.map_or(Ok(()), |partition| self.say(partition, post, intent, units).map(drop))
            }
            Reading::Refers(intent) => {
                self.submit_words(&post, &intent)?;
                // An account without a link has nothing that such a post could concern.
                if !self.links.contains_key(&post.account) {
                    return Ok(());
                }
                for partition in 0..self.partitions.len() {
                    self.say(partition, post.clone(), intent.clone(), 1)?;
                }
                Ok(())
            }
        }
    }

    /// Advances the clock to the command's time, and executes it. A command that cannot be executed is
    /// skipped, as in a running engine, and reported at the end.
    fn operate(&mut self, timed: &Timed) -> Result<(), Error> {
        self.run_to(timed.scheduled.at)?;
        if let Operation::Unfreeze(account) = &timed.scheduled.operation {
            let Some(word) = self.control.state().decide_unfreezing(account, self.now) else { return Ok(()) };
            self.control.record(self.now, ControlEvent::StatusChanged(word.clone()))?;
            let command = Command::SetStatus(Box::new(word));
            return (0..self.partitions.len()).try_for_each(|index| self.turn(index, &command));
        }
        if let Operation::Unlink(account) = &timed.scheduled.operation {
            return self.unlink(account);
        }
        let named = timed.scheduled.operation.offer().and_then(|offer| self.catalog.named(offer));
        let Some((index, offer)) = named.map(|listing| (listing.partition as usize, listing.offer)) else {
            return Ok(());
        };
        let (Some(command), Some(partition)) = (timed.on_offer(offer), self.partitions.get_mut(index)) else {
            return Ok(());
        };
        let mut batch = DecisionBatch::default();
        // A sale that is in the ordered state already stays in it.
        if let Err(refusal) = partition.change_offer(self.now, &command, &mut batch)
            && refusal != Refusal::Repeated
        {
            self.refused.push(BadLine { line: timed.line, reason: in_words(&refusal) });
        }
        self.settle_batch(index, batch)
    }

    /// Unlinks an account, and releases what it has not ordered. One that is not linked stays as it is.
    fn unlink(&mut self, account: &Account) -> Result<(), Error> {
        let Some(link) = self.links.remove(account) else { return Ok(()) };
        self.unlinked.insert(account.clone(), link);
        if let Some(event) = self.control.state().decide_unlinking(account) {
            self.control.record(self.now, event)?;
        }
        let command = Command::Unlink(account.clone());
        (0..self.partitions.len()).try_for_each(|index| self.turn(index, &command))
    }

    /// Records the word of a post, if it says one, as a live node's control does. Accounts without a link are
    /// not bounded: a recording is finite. No partition knows them, so they are answered here, and the outbox
    /// learns here who opted out.
    fn submit_words(&mut self, post: &Post, intent: &Intent) -> Result<(), Error> {
        let command = PostCommand::new(post, intent.clone(), None, 1);
        let Some(word) =
            command.status_word().filter(|word| !Arrival::at(self.now).is_future(word.posted_at))
        else {
            return Ok(());
        };
        let word = StatusWord { posted_at: word.posted_at.min(self.now), ..word };
        let (recency, event) = self.control.state().decide_word(&word);
        let is_new = event.is_some();
        if let Some(event) = event {
            self.control.record(self.now, event)?;
        }
        if self.links.contains_key(&word.account) {
            return Ok(());
        }
        if is_new {
            let record = Record { at: word.posted_at, decision: Decision::of(word.event()) };
            let (records, refusals) = (vec![(0, record)], Vec::new());
            self.outbox.take_in(self.now, Incoming { partition: CONTROL, form: FORM, records, refusals });
        }
        self.export.outcome(&answer_to(self.now, &word, recency), None)
    }

    fn note(&mut self, post: Post, listing: usize, outcome: Outcome) -> Result<(), Error> {
        let Some(listing) = self.catalog.listings().get(listing) else { return Ok(()) };
        let partition = listing.partition as usize;
        let answer = Answer::new(self.now, Some(post.id), post.account, outcome);
        let answer = Answer { offer: Some(listing.offer), ..answer };
        let mut batch = DecisionBatch::default();
        if let Some(partition) = self.partitions.get_mut(partition) {
            partition.note_catalog_answer(answer, &mut batch);
        }
        self.settle_batch(partition, batch)
    }

    fn say(&mut self, partition: usize, post: Post, intent: Intent, units: u32) -> Result<(), Error> {
        let link = self.links.get(&post.account).cloned();
        let command = PostCommand::new(&post, intent, link, units);
        self.turn(partition, &Command::Say(command))
    }

    /// Decides a card transaction or a command.
    pub(super) fn take_other_input(&mut self, input: &OtherInput) -> Result<(), Error> {
        match input {
            OtherInput::Transaction(arrived) => self.transact(arrived),
            OtherInput::Command(timed) => self.operate(timed),
        }
    }

    /// Advances the clock to the transaction's arrival. Every offer that it may concern judges it.
    fn transact(&mut self, arrived: &Arrived) -> Result<(), Error> {
        self.run_to(arrived.arrival())?;
        for index in 0..self.partitions.len() {
            let mut batch = DecisionBatch::default();
            if let Some(partition) = self.partitions.get_mut(index) {
                let holder = self.holders.get(&arrived.transaction.card);
                partition.transact(self.now, &arrived.transaction, holder, Arrival::at(self.now), &mut batch);
            }
            self.settle_batch(index, batch)?;
        }
        Ok(())
    }

    fn turn(&mut self, index: usize, command: &Command) -> Result<(), Error> {
        let mut batch = DecisionBatch::default();
        if let Some(partition) = self.partitions.get_mut(index) {
            partition.turn(self.now, command, &mut batch);
        }
        self.settle_batch(index, batch)
    }

    /// Executes everything that is due by `until`, in order of time.
    fn run_to(&mut self, until: Timestamp) -> Result<(), Error> {
        while let Some(turn) = self.next_turn().filter(|turn| turn.at() <= until) {
            self.take(&turn)?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// Advances the clock until nothing is pending and nobody waits: a recording ends with its sales.
    pub(super) fn run_on(&mut self) -> Result<(), Error> {
        while !self.outbox.is_idle() || self.partitions.iter().any(PartitionState::is_awaited) {
            let Some(turn) = self.next_turn() else { break };
            self.take(&turn)?;
        }
        Ok(())
    }

    /// Returns what happens next; at one instant, providers' answers come before deadlines.
    fn next_turn(&self) -> Option<Turn> {
        let reaction = self.reactions.keys().next().map(|(at, _)| Turn::Reaction(*at));
        let delivery = self.outbox.next_due().map(Turn::Delivery);
        let deadlines =
            self.partitions.iter().zip(0..).filter_map(|(partition, index)| {
                partition.next_deadline().map(|at| Turn::Deadline(at, index))
            });
        reaction.into_iter().chain(delivery).chain(deadlines).min_by_key(Turn::at)
    }

    fn take(&mut self, turn: &Turn) -> Result<(), Error> {
        self.now = self.now.max(turn.at());
        match turn {
            Turn::Reaction(_) => self.react(),
            Turn::Delivery(_) => self.deliver(),
            Turn::Deadline(_, index) => {
                let mut batch = DecisionBatch::default();
                if let Some(partition) = self.partitions.get_mut(*index) {
                    partition.advance(self.now, &mut batch);
                }
                self.settle_batch(*index, batch)
            }
        }
    }

    fn react(&mut self) -> Result<(), Error> {
        let Some((_, (key, attempted))) = self.reactions.pop_first() else { return Ok(()) };
        let report = self.outbox.settle(self.now, &key, attempted);
        match (report, key.effect()) {
            (Some(report), Some(key)) => self.turn(key.partition as usize, &Command::Report(report)),
            _ => Ok(()),
        }
    }

    /// Starts one delivery. The sandbox answers at once, or after its scripted latency.
    fn deliver(&mut self) -> Result<(), Error> {
        if let Some((partition, report)) = self.outbox.take_report(self.now) {
            return self.turn(partition as usize, &Command::Report(report));
        }
        let Some(attempt) = self.take_due() else { return Ok(()) };
        if attempt.number == 1 {
            self.show(&attempt)?;
        }
        let (latency, result) = if Lane::of(&attempt.effect).is_money() {
            self.pay(&attempt)
        } else {
            (Millis::ZERO, attempt.delivered(self.now))
        };
        self.reactions_made += 1;
        let due = (self.now.plus(latency), self.reactions_made);
        self.reactions.insert(due, (attempt.key, result));
        Ok(())
    }

    fn take_due(&mut self) -> Option<Attempt> {
        let money = self.outbox.take_due_money(self.now);
        money.or_else(|| Lane::all().find_map(|lane| self.outbox.take_due(self.now, lane)))
    }

    fn pay(&mut self, attempt: &Attempt) -> (Millis, AttemptResult) {
        let order = self.offering_of(attempt).and_then(|offering| attempt.effect.order_name(offering.id()));
        self.sandbox.serve(self.now, attempt, &order.unwrap_or_default())
    }

    fn offering_of(&self, attempt: &Attempt) -> Option<&Offering> {
        Some(&self.catalog.listing(attempt.key.partition(), attempt.effect.offer())?.offering)
    }

    /// Exports an effect when its delivery starts.
    fn show(&mut self, attempt: &Attempt) -> Result<(), Error> {
        let Some(offering) = self.offering_of(attempt).cloned() else { return Ok(()) };
        let account = attempt.effect.account();
        let link = account.and_then(|account| self.links.get(account).or_else(|| self.unlinked.get(account)));
        self.export.effect(attempt, &offering, self.now, link.and_then(Link::email))
    }

    /// Distributes a batch: answers to the export, records to the journal, effects to the outbox.
    fn settle_batch(&mut self, index: usize, batch: DecisionBatch) -> Result<(), Error> {
        let no = u32::try_from(index).unwrap_or(u32::MAX);
        for answer in &batch.answers {
            let listing = answer.offer.and_then(|offer| self.catalog.listing(no, offer));
            self.export.outcome(answer, listing.map(|listing| listing.offering.id()))?;
        }
        for (sequence, record) in &batch.records {
            self.append(index, *sequence, record)?;
        }
        let incoming =
            Incoming { partition: no, form: FORM, records: batch.records, refusals: batch.refusal_replies };
        self.outbox.take_in(self.now, incoming);
        Ok(())
    }

    fn append(&mut self, index: usize, sequence: u64, record: &Record) -> Result<(), Error> {
        let Some(journal) = self.journals.get_mut(index) else { return Ok(()) };
        let pushed = journal.batch.push_with(|payloads| codec::encode(FORM, record, payloads));
        assert_eq!(pushed, sequence, "the journal numbers records as the partition does");
        if journal.batch.bytes() >= BATCH_BYTES {
            journal.log.append(&journal.batch)?;
            journal.batch.clear(sequence + 1);
        }
        Ok(())
    }

    /// Makes everything durable and writes the summary.
    pub(super) fn close(mut self, input: Input) -> Result<Summary, Error> {
        for journal in &mut self.journals {
            journal.log.append(&journal.batch)?;
            journal.log.finish()?;
        }
        self.control.finish()?;
        let offers = self.partitions.iter().flat_map(OfferView::all);
        let summary = Summary {
            offers: offers.collect(),
            input,
            refused_commands: self.refused,
            ended_at: self.now.to_string(),
        };
        for (_, offer) in self.partitions.iter().flat_map(PartitionState::offers) {
            if let Some(draw) = DrawView::new(offer) {
                self.export.draw(&offer.terms().id, &draw)?;
            }
        }
        self.export.finish(&summary)?;
        Ok(summary)
    }
}

fn open_sandbox(out: &Path) -> Result<Sandbox, Error> {
    let path = out.join("cards.ndjson");
    Sandbox::open(Some(&path), false).map_err(|error| Error::Sandbox(error.to_string()))
}

/// Describes why a command was not executed.
fn in_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Committed { available } => format!("only {available} units are available"),
        Refusal::TooMany => "so many units cannot be counted, or paid for".to_owned(),
        Refusal::Because(Outcome::Closed) => "the sale is over".to_owned(),
        other => other.outcome().code().to_owned(),
    }
}
