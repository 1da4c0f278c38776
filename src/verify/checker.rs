//! The checker: reads the records once, then the ledger, then reports.

use std::collections::BTreeMap;

use super::checks::{Checks, RecordChecks, RecordPlace};
use super::credit::CreditModel;
use super::credit::grants::{check_grant_entry, split_order};
use super::ending::Ending;
use super::entries::{Order, OrderStage, Stage};
use super::freezes::Freezes;
use super::ledger::{LedgerEntry, check_entry, check_order};
use super::offer_model::OfferModel;
use super::outbox::Asked;
use super::partition::Partition;
use super::posts::Posts;
use super::promise::Promise;
use super::report::{CreditSum, Line, OfferSum, Report};
use crate::domain::decision::Record;
use crate::domain::event::Event;
use crate::domain::id::{OfferId, OfferNo, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::money::Money;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;

/// Upper bound on dead letters that the report names; the rest are only counted.
const DEAD_LETTERS_NAMED: u64 = 20;

/// Upper bound on warnings up to which units that wait for an operator are named.
const DEAD_UNITS_NAMED: usize = 60;

/// Checks a history and a ledger against the promises.
#[derive(Debug)]
pub struct Checker {
    ending: Ending,
    partitions: BTreeMap<u32, Partition>,
    names: BTreeMap<OfferId, (u32, OfferNo)>,
    posts: Posts,
    freezes: Freezes,
    checks: Checks,
    ledger_lines: Option<u64>,
    dead_letters: u64,
    warnings: Vec<String>,
}

impl Checker {
    /// Creates a checker that has read nothing.
    #[must_use]
    pub fn new(ending: Ending) -> Self {
        Self {
            ending,
            partitions: BTreeMap::new(),
            names: BTreeMap::new(),
            posts: Posts::default(),
            freezes: Freezes::default(),
            checks: Checks::default(),
            ledger_lines: None,
            dead_letters: 0,
            warnings: Vec::new(),
        }
    }

    /// Reads the next record of a partition. Records of different partitions may be interleaved.
    pub fn read(&mut self, partition: u32, sequence: u64, record: &Record) {
        let at = record.at;
        let state = self.partitions.entry(partition).or_default();
        let mut checks = RecordChecks { all: &mut self.checks, partition, sequence, at };
        let (last, last_at) = (state.sequence, state.at);
        checks.check(Promise::SequencesDense, Some(sequence) == last.checked_add(1), || {
            format!("follows record {last}")
        });
        checks.check(Promise::JournalTimeMonotone, at >= last_at, || format!("{at} follows {last_at}"));
        (state.sequence, state.at) = (sequence, at);

        for event in &record.decision.events {
            self.freezes.check(&mut checks, event);
            if let Some((offer, name)) = state.add(event) {
                let new = self.names.insert(name.clone(), (partition, offer.no)).is_none();
                checks
                    .check(Promise::OffersKnown, new && offer.is_new, || format!("{name} was added before"));
            } else {
                state.read(&mut checks, &mut self.posts, event);
            }
            if let Event::DeadLettered { key, reason } = event {
                self.dead_letters += 1;
                if self.dead_letters <= DEAD_LETTERS_NAMED {
                    let place = RecordPlace::Record { partition, sequence };
                    self.warnings.push(format!("{place}: effect {key} is a dead letter: {reason}"));
                }
            }
        }
        state.ask(&mut checks, &record.decision.effects);
        state.balance(&mut checks, record);
    }

    /// Reads a word that the control journal recorded at `at`. Words are read in their order, and before any record of a
    /// partition.
    pub fn read_word(&mut self, at: Timestamp, word: &StatusWord) {
        self.freezes.read(at, word);
    }

    /// Reads the form of the keys that the effects of a record have at providers. Without it the forms of keys are not
    /// checked.
    pub fn read_form(&mut self, partition: u32, sequence: u64, form: KeyForm) {
        let forms = &mut self.partitions.entry(partition).or_default().forms;
        if forms.last().is_none_or(|(_, last)| *last != form) {
            forms.push((sequence, form));
        }
    }

    /// Checks that a request had the key that its record gave it.
    fn check_form(&mut self, place: RecordPlace, entry: &LedgerEntry) {
        let recorded =
            entry.effect().and_then(|key| self.partitions.get(&key.partition)?.form_at(key.sequence));
        let fits = recorded.is_none_or(|form| entry.form() == Some(form));
        self.checks.check(Promise::NoMoneyWithoutEffect, place, fits, || {
            let LedgerEntry { key, operation, .. } = entry;
            format!("{operation} {key}: the history asks for it under a key of another form, {recorded:?}")
        });
    }

    /// Reads the card provider's ledger. Call it once, after all records are read. Without it the promises
    /// about the ledger are not checked.
    pub fn read_ledger(&mut self, entries: impl IntoIterator<Item = LedgerEntry>) {
        let mut line = self.ledger_lines.unwrap_or(0);
        for entry in entries {
            line += 1;
            let place = RecordPlace::LedgerLine(line);
            self.check_form(place, &entry);
            if let Some((name, purchase)) = split_order(&entry.order) {
                let found = self.names.get(&name).and_then(|(partition, offer)| {
                    self.partitions.get_mut(partition)?.credits.get_mut(offer)
                });
                check_grant_entry(&mut self.checks, place, &entry, found.map(|model| (model, purchase)));
                continue;
            }
            let found = ReservationId::split_public(&entry.order).and_then(|(name, ordinal)| {
                let (partition, offer) = self.names.get(&name)?;
                let model = self.partitions.get_mut(partition)?.models.get_mut(offer)?;
                Some((model, ordinal))
            });
            check_entry(&mut self.checks, place, &entry, found);
        }
        self.ledger_lines = Some(line);
    }

    /// Checks what must hold at the end of the history, and reports.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let with_ledger = self.ledger_lines.is_some();
        let (mut pending, mut undone) = (0_u64, 0_usize);
        let (mut offers, mut credits) = (Vec::new(), Vec::new());
        for (&number, partition) in &self.partitions {
            undone += partition.outbox.len();
            check_undone(&mut self.checks, number, partition, self.ending);
            dead_units(number, partition, &mut self.warnings);
            for model in partition.models.values() {
                pending += (model.live.len() + unfinished(model).count()) as u64;
                close(&mut self.checks, (number, partition.sequence), model, self.ending, with_ledger);
                offers.push(sum(model, with_ledger));
            }
            credits.extend(partition.credits.values().map(sum_credits));
        }
        let last = |partition| self.partitions.get(&partition).map_or(0, |partition| partition.sequence);
        self.posts.close(&mut self.checks, self.ending, last);
        let unnamed = self.dead_letters.saturating_sub(DEAD_LETTERS_NAMED);
        if unnamed > 0 {
            self.warnings.push(format!("and {unnamed} more dead letters"));
        }
        let line = |&promise: &Promise| {
            let note = match promise {
                Promise::EveryReservationEnds if pending > 0 => Some(format!("{pending} pending")),
                Promise::EffectsKnown if undone > 0 => Some(format!("{undone} effects not yet done")),
                _ => None,
            };
            Line { note, ..Line::new(promise, &mut self.checks, with_ledger) }
        };
        let lines = Promise::ALL.iter().map(line).collect();
        Report { lines, offers, credits, warnings: self.warnings }
    }
}

/// Checks that somebody or something can still end what has not ended.
fn check_undone(checks: &mut Checks, number: u32, partition: &Partition, ending: Ending) {
    for (key, asked, _) in partition.outbox.undone().filter(|(_, asked, _)| asked.must_end()) {
        let place = RecordPlace::Record { partition: number, sequence: key.sequence };
        checks.check(Promise::NothingEndsUndone, place, ending == Ending::Open, || {
            format!("effect {key}, {asked:?}, is not done, and no dead letter")
        });
    }
    let frees = |stage| match stage {
        Stage::Held => None,
        Stage::Confirmed => Some(Asked::Authorize),
        Stage::Authorized => Some(Asked::Capture),
        Stage::Returning => Some(Asked::Refund),
    };
    for kind in [Asked::Authorize, Asked::Capture, Asked::Refund] {
        let kept = partition.outbox.keeps(&[kind]);
        for (no, model) in &partition.models {
            for (ordinal, live) in model.live.iter().filter(|(_, live)| frees(live.stage) == Some(kind)) {
                let id = ReservationId { offer: *no, ordinal: *ordinal };
                let place = RecordPlace::Record { partition: number, sequence: live.made_in };
                checks.check(Promise::NothingEndsUndone, place, kept.contains(&id), || {
                    let (name, stage) = (id.public(&model.terms.id), live.stage);
                    format!("nothing will ever free the units of {name}, which is {stage:?}")
                });
            }
        }
    }
}

/// Names the units that wait for an operator.
fn dead_units(number: u32, partition: &Partition, warnings: &mut Vec<String>) {
    for (key, id) in partition.outbox.dead_payments() {
        let Some(model) = partition.models.get(&id.offer) else { continue };
        if model.live.contains_key(&id.ordinal) && warnings.len() < DEAD_UNITS_NAMED {
            let name = id.public(&model.terms.id);
            warnings.push(format!(
                "partition {number}: the units of {name} wait for an operator to settle {key}"
            ));
        }
    }
}

/// Returns the orders that are sold, can be taken back, and are not final yet.
fn unfinished(model: &OfferModel) -> impl Iterator<Item = (&u32, &Order)> {
    let revocable = model.terms.rules.take_back.is_some();
    let orders = model.orders.iter().filter(move |_| revocable);
    orders.filter(|(_, order)| order.stage == OrderStage::Sold && !order.is_final)
}

/// Checks what must hold for one offer at the end of the history.
fn close(
    checks: &mut Checks,
    (partition, sequence): (u32, u64),
    model: &OfferModel,
    ending: Ending,
    with_ledger: bool,
) {
    for (ordinal, live) in &model.live {
        let place = RecordPlace::Record { partition, sequence: live.made_in };
        checks.check(Promise::EveryReservationEnds, place, ending == Ending::Open, || {
            format!("{}.{ordinal} of {} has not ended", model.terms.id, live.claim.account)
        });
    }
    let open = ending == Ending::Open;
    for (ordinal, order) in unfinished(model) {
        let place = RecordPlace::Record { partition, sequence: order.sequence };
        checks.check(Promise::EveryReservationEnds, place, open, || {
            format!("order {}.{ordinal} can still be taken back", model.terms.id)
        });
    }
    let place = RecordPlace::Record { partition, sequence };
    let gathering = model.gathering && model.waitlist.len() > 0;
    checks.check(Promise::EveryReservationEnds, place, open || !gathering, || {
        format!("{}: {} entries, and no draw", model.terms.id, model.waitlist.len())
    });
    let idle = model.idle().filter(|_| !open);
    checks.check(Promise::NeverUndersold, place, idle.is_none(), || idle.unwrap_or_default());
    if with_ledger {
        for (ordinal, order) in &model.orders {
            check_order(checks, partition, &format!("{}.{ordinal}", model.terms.id), order);
        }
    }
}

fn sum(model: &OfferModel, with_ledger: bool) -> OfferSum {
    let minor = i64::try_from(model.takings.minor).ok().filter(|_| with_ledger);
    OfferSum {
        offer: model.terms.id.clone(),
        allotment: model.allotment,
        available: model.available,
        reserved: model.reserved,
        sold: model.sold,
        waiting: model.waitlist.len(),
        captured: minor.map(|minor| Money { minor, currency: model.terms.price.currency }),
    }
}

fn sum_credits(model: &CreditModel) -> CreditSum {
    let currency = model.terms.min_spend.currency;
    let money = |minor| i64::try_from(minor).ok().map(|minor| Money { minor, currency });
    CreditSum {
        offer: model.terms.id.clone(),
        enrollments: model.terms.enrollments,
        enrolled: model.enrolled(),
        credits: model.credits,
        sums: money(model.credited).zip(money(model.reversed)),
    }
}
