//! One partition: the books of its offers, its outbox and its accounts, side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Book;
use super::brakes::Brakes;
use super::credit::CreditBook;
use super::credit::grants::check_grants;
use super::follow::check_follow;
use super::news::check_news;
use super::outbox::Outbox;
use super::posts::Posts;
use super::promise::Promise;
use super::tally::RecordChecks;
use crate::domain::decision::{Decision, Record};
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferId, OfferNo, ReservationId};
use crate::domain::time::Timestamp;

/// One partition as its records have it.
#[derive(Debug, Default)]
pub(super) struct Partition {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) books: BTreeMap<OfferNo, Book>,
    pub(super) credits: BTreeMap<OfferNo, CreditBook>,
    pub(super) outbox: Outbox,
    brakes: Brakes,
}

/// An offer that was just added.
pub(super) struct Added {
    pub(super) no: OfferNo,
    pub(super) is_new: bool,
}

impl Partition {
    /// Enters an offer, if the fact is that one was added. Returns its number, whether that is new, and
    /// its name.
    pub(super) fn add(&mut self, event: &Event) -> Option<(Added, OfferId)> {
        let (no, name) = match event {
            Event::OfferAdded { offer, terms } => (*offer, terms.id.clone()),
            Event::CreditOfferAdded { offer, terms } => (*offer, terms.id.clone()),
            _ => return None,
        };
        let is_new = !self.books.contains_key(&no) && !self.credits.contains_key(&no);
        match event {
            Event::OfferAdded { terms, .. } => drop(self.books.insert(no, Book::new((**terms).clone()))),
            Event::CreditOfferAdded { terms, .. } => {
                self.credits.insert(no, CreditBook::new((**terms).clone()));
            }
            _ => {}
        }
        Some((Added { no, is_new }, name))
    }

    /// Holds one fact against the book of its offer, then enters it.
    pub(super) fn enter(&mut self, page: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        let answered = self.outbox.settle(page, event);
        self.note_answers(page, &answered);
        posts.check_standing(page, event);
        self.brakes.check(page, &self.books, event);
        self.enter_in_book(page, posts, event);
        self.brakes.enter(page.at, &self.books, event);
    }

    fn enter_in_book(&mut self, page: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        let Some(offer) = event.offer() else { return };
        if let Some(credit) = self.credits.get_mut(&offer) {
            credit.check(page, posts, event);
            credit.enter(event);
            return;
        }
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
    fn note_answers(&mut self, page: &RecordChecks<'_>, answered: &[ReservationId]) {
        for id in answered {
            let book = self.books.get_mut(&id.offer);
            if let Some(order) = book.and_then(|book| book.orders.get_mut(&id.ordinal)) {
                order.answered_in = Some(page.sequence);
            }
        }
    }

    /// Holds the effects of a record against the books, and notes their keys.
    pub(super) fn ask(&mut self, page: &mut RecordChecks<'_>, effects: &[Effect]) {
        for (index, effect) in (0_u32..).zip(effects) {
            let key = EffectKey { partition: page.partition, sequence: page.sequence, index };
            let offer = effect.offer();
            let known = self.books.contains_key(&offer) || self.credits.contains_key(&offer);
            page.check(Promise::OffersKnown, known, || format!("effect {key} is of no offer"));
            if let Some(book) = self.books.get_mut(&offer) {
                book.check_payment(page, effect, key);
            }
            if let Some(credit) = self.credits.get_mut(&offer) {
                credit.note_grant(effect, key);
            }
            self.outbox.queue(key, effect);
        }
    }

    /// What must hold when the whole record is entered.
    pub(super) fn balance(&self, page: &mut RecordChecks<'_>, record: &Record) {
        let Decision { events, effects } = &record.decision;
        check_follow(page, &self.books, events, effects);
        check_news(page, &self.books, &self.credits, events, effects);
        check_grants(page, &self.credits, events, effects);
        let touched: BTreeSet<_> = events.iter().filter_map(Event::offer).collect();
        for book in touched.iter().filter_map(|offer| self.books.get(offer)) {
            book.check_balance(page, events);
        }
        for event in events {
            if let Some(credit) = event.offer().and_then(|offer| self.credits.get(&offer)) {
                credit.check_settled(page, event);
            }
            if let Some(book) = event.offer().and_then(|offer| self.books.get(&offer)) {
                book.check_applied(page, event);
            }
        }
    }
}
