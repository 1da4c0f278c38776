//! The checker: goes through the records once, then through the ledger, then tells.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Book;
use super::brakes::Brakes;
use super::follow::check_follow;
use super::ledger::{LedgerEntry, check_entry, check_order};
use super::news::check_news;
use super::outbox::Outbox;
use super::posts::Posts;
use super::promise::Promise;
use super::report::{Line, OfferSum, Report};
use super::standing::{Order, OrderStage};
use super::tally::{Page, Place, Tally};
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferId, OfferNo, ReservationId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// Dead letters that the report names; of the rest it gives the number.
const DEAD_LETTERS_NAMED: u64 = 20;

/// What the end of the history means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The engine runs on: reservations may be pending.
    Open,
    /// Nothing is to come: every reservation must have ended.
    Strict,
}

/// One partition as its records have it.
#[derive(Debug, Default)]
struct Partition {
    sequence: u64,
    at: Timestamp,
    books: BTreeMap<OfferNo, Book>,
    outbox: Outbox,
    brakes: Brakes,
}

/// Holds a history and a ledger against the promises.
#[derive(Debug)]
pub struct Checker {
    ending: Ending,
    partitions: BTreeMap<u32, Partition>,
    names: BTreeMap<OfferId, (u32, OfferNo)>,
    posts: Posts,
    tally: Tally,
    ledger_lines: Option<u64>,
    dead_letters: u64,
    warnings: Vec<String>,
}

impl Checker {
    /// A checker that has read nothing.
    #[must_use]
    pub fn new(ending: Ending) -> Self {
        Self {
            ending,
            partitions: BTreeMap::new(),
            names: BTreeMap::new(),
            posts: Posts::default(),
            tally: Tally::default(),
            ledger_lines: None,
            dead_letters: 0,
            warnings: Vec::new(),
        }
    }

    /// Reads the next record of a partition. Partitions may take turns.
    pub fn read(&mut self, partition: u32, sequence: u64, record: &Record) {
        let at = record.at;
        let state = self.partitions.entry(partition).or_default();
        let mut page = Page { tally: &mut self.tally, partition, sequence, at };
        let (last, last_at) = (state.sequence, state.at);
        page.check(Promise::SequencesDense, Some(sequence) == last.checked_add(1), || {
            format!("follows record {last}")
        });
        page.check(Promise::JournalTimeMonotone, at >= last_at, || format!("{at} follows {last_at}"));
        (state.sequence, state.at) = (sequence, at);

        for event in &record.decision.events {
            if let Event::OfferAdded { offer, terms } = event {
                let free = !state.books.contains_key(offer) && !self.names.contains_key(&terms.id);
                page.check(Promise::OffersKnown, free, || format!("{} was added before", terms.id));
                state.books.insert(*offer, Book::new((**terms).clone()));
                self.names.insert(terms.id.clone(), (partition, *offer));
            } else {
                state.enter(&mut page, &mut self.posts, event);
            }
            if let Event::DeadLettered { key, reason } = event {
                self.dead_letters += 1;
                if self.dead_letters <= DEAD_LETTERS_NAMED {
                    let place = Place::Record { partition, sequence };
                    self.warnings.push(format!("{place}: effect {key} is a dead letter: {reason}"));
                }
            }
        }
        state.ask(&mut page, &record.decision.effects);
        state.balance(&mut page, record);
    }

    /// Reads the card provider's ledger. To be called once, when all records are read; without it
    /// the promises about the ledger are not checked.
    pub fn read_ledger(&mut self, entries: impl IntoIterator<Item = LedgerEntry>) {
        let mut line = self.ledger_lines.unwrap_or(0);
        for entry in entries {
            line += 1;
            let found = ReservationId::split_public(&entry.order).and_then(|(name, ordinal)| {
                let (partition, offer) = self.names.get(&name)?;
                let book = self.partitions.get_mut(partition)?.books.get_mut(offer)?;
                Some((book, ordinal))
            });
            check_entry(&mut self.tally, Place::LedgerLine(line), &entry, found);
        }
        self.ledger_lines = Some(line);
    }

    /// Closes the books.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let with_ledger = self.ledger_lines.is_some();
        let (mut pending, mut undone, mut offers) = (0_u64, 0_usize, Vec::new());
        for (&number, partition) in &self.partitions {
            undone += partition.outbox.len();
            for book in partition.books.values() {
                pending += (book.live.len() + unfinished(book).count()) as u64;
                close(&mut self.tally, (number, partition.sequence), book, self.ending, with_ledger);
                offers.push(sum(book, with_ledger));
            }
        }
        let last = |partition| self.partitions.get(&partition).map_or(0, |partition| partition.sequence);
        self.posts.close(&mut self.tally, self.ending, last);
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
            Line { note, ..Line::new(promise, &mut self.tally, with_ledger) }
        };
        let lines = Promise::ALL.iter().map(line).collect();
        Report { lines, offers, warnings: self.warnings }
    }
}

impl Partition {
    /// Holds one fact against the book of its offer, then enters it.
    fn enter(&mut self, page: &mut Page<'_>, posts: &mut Posts, event: &Event) {
        let answered = self.outbox.settle(page, event);
        self.note_answers(page, &answered);
        posts.check_standing(page, event);
        self.brakes.check(page, &self.books, event);
        self.enter_in_book(page, posts, event);
        self.brakes.enter(&self.books, event);
    }

    fn enter_in_book(&mut self, page: &mut Page<'_>, posts: &mut Posts, event: &Event) {
        let Some(offer) = event.offer() else { return };
        let book = self.books.get_mut(&offer);
        page.check(Promise::OffersKnown, book.is_some(), || format!("offer {} was not added", offer.0));
        let Some(book) = book else { return };
        book.check_stock(page, event);
        book.check_limits(page, event);
        book.check_draw(page, event);
        book.check_offer_life(page, event);
        book.check_life(page, event);
        book.check_take_back(page, event);
        book.check_words(page, posts, event);
        book.check_amount(page, event);
        book.enter(page.sequence, page.at, event);
    }

    /// Notes that cards answered of orders that did not wait for it any more.
    fn note_answers(&mut self, page: &Page<'_>, answered: &[ReservationId]) {
        for id in answered {
            let book = self.books.get_mut(&id.offer);
            if let Some(order) = book.and_then(|book| book.orders.get_mut(&id.ordinal)) {
                order.answered_in = Some(page.sequence);
            }
        }
    }

    /// Holds the effects of a record against the books, and notes their keys.
    fn ask(&mut self, page: &mut Page<'_>, effects: &[Effect]) {
        for (index, effect) in (0_u32..).zip(effects) {
            let key = EffectKey { partition: page.partition, sequence: page.sequence, index };
            let book = self.books.get_mut(&effect.offer());
            page.check(Promise::OffersKnown, book.is_some(), || format!("effect {key} is of no offer"));
            if let Some(book) = book {
                book.check_payment(page, effect, key);
            }
            self.outbox.queue(key, effect);
        }
    }

    /// What must hold when the whole record is entered.
    fn balance(&self, page: &mut Page<'_>, record: &Record) {
        let events = &record.decision.events;
        check_follow(page, &self.books, events, &record.decision.effects);
        check_news(page, &self.books, events, &record.decision.effects);
        let touched: BTreeSet<_> = events.iter().filter_map(Event::offer).collect();
        for book in touched.iter().filter_map(|offer| self.books.get(offer)) {
            book.check_balance(page, events);
        }
        for event in events {
            if let Some(book) = event.offer().and_then(|offer| self.books.get(&offer)) {
                book.check_applied(page, event);
            }
        }
    }
}

/// The orders that are sold, can be taken back, and are not yet final.
fn unfinished(book: &Book) -> impl Iterator<Item = (&u32, &Order)> {
    let revocable = book.terms.rules.take_back.is_some();
    let orders = book.orders.iter().filter(move |_| revocable);
    orders.filter(|(_, order)| order.stage == OrderStage::Sold && !order.is_final)
}

/// What must hold of one offer at the end.
fn close(
    tally: &mut Tally,
    (partition, sequence): (u32, u64),
    book: &Book,
    ending: Ending,
    with_ledger: bool,
) {
    for (ordinal, live) in &book.live {
        let place = Place::Record { partition, sequence: live.made_in };
        tally.check(Promise::EveryReservationEnds, place, ending == Ending::Open, || {
            format!("{}.{ordinal} of {} has not ended", book.terms.id, live.claim.account)
        });
    }
    let open = ending == Ending::Open;
    for (ordinal, order) in unfinished(book) {
        let place = Place::Record { partition, sequence: order.sequence };
        tally.check(Promise::EveryReservationEnds, place, open, || {
            format!("order {}.{ordinal} can still be taken back", book.terms.id)
        });
    }
    let place = Place::Record { partition, sequence };
    let gathering = book.gathering && book.line.len() > 0;
    tally.check(Promise::EveryReservationEnds, place, open || !gathering, || {
        format!("{}: {} entries, and no draw", book.terms.id, book.line.len())
    });
    let idle = book.idle().filter(|_| !open);
    tally.check(Promise::NeverUndersold, place, idle.is_none(), || idle.unwrap_or_default());
    if with_ledger {
        for (ordinal, order) in &book.orders {
            check_order(tally, partition, &format!("{}.{ordinal}", book.terms.id), order);
        }
    }
}

fn sum(book: &Book, with_ledger: bool) -> OfferSum {
    let minor = i64::try_from(book.takings.minor).ok().filter(|_| with_ledger);
    OfferSum {
        offer: book.terms.id.clone(),
        allotment: book.allotment,
        available: book.available,
        reserved: book.reserved,
        sold: book.sold,
        waiting: book.line.len(),
        captured: minor.map(|minor| Money { minor, currency: book.terms.price.currency }),
    }
}
