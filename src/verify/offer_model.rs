//! The model of one offer: the sum of its events. The checks read it before an event is applied.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;

use super::entries::{Holding, Live, Order, Parked, Stage, Takings, Waiter};
use super::operated::Operated;
use super::waitlist::Waitlist;
use crate::domain::cid::Cid;
use crate::domain::event::Claim;
use crate::domain::id::{Account, PostId};
use crate::domain::money::Currency;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// One offer as its events describe it.
#[derive(Debug)]
pub(super) struct OfferModel {
    pub(super) terms: Terms,
    /// The units in the terms, plus those added, less those withdrawn since.
    pub(super) allotment: i64,
    /// The allotment and the record from which it holds; the ledger needs it.
    pub(super) allotments: Vec<(u64, i64)>,
    /// The idempotency keys of the changes to the allotment.
    pub(super) changes: BTreeSet<CompactString>,
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) sold: i64,
    pub(super) opened: bool,
    pub(super) closed: bool,
    /// Whether an operator paused the sale, or closed it before its time.
    pub(super) operated: Operated,
    /// Whether the last announcement about stock was that the offer is sold out.
    pub(super) sold_out: bool,
    /// Whether entries are still gathered for a draw, and how many entries the draw had.
    pub(super) gathering: bool,
    pub(super) entries: u32,
    pub(super) last_ordinal: u32,
    pub(super) live: BTreeMap<u32, Live>,
    pub(super) waitlist: Waitlist,
    pub(super) holdings: HashMap<Account, Holding>,
    /// Units per card: reserved, sold, on the waitlist and on their way back.
    pub(super) by_card: HashMap<CompactString, i64>,
    /// The part of these units that is on its way back: it does not count against a claim.
    pub(super) returning_by_card: HashMap<CompactString, i64>,
    pub(super) parked: HashMap<Account, Parked>,
    /// The cancellations that came before their claims.
    pub(super) cancels: HashMap<Account, Vec<Parked>>,
    /// The confirmations that relays told of, with their hashes.
    pub(super) heard: BTreeMap<(Account, PostId), Cid>,
    pub(super) orders: BTreeMap<u32, Order>,
    pub(super) takings: Takings,
}

impl OfferModel {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            allotment: i64::from(terms.units),
            allotments: Vec::new(),
            changes: BTreeSet::new(),
            available: i64::from(terms.units),
            reserved: 0,
            sold: 0,
            opened: false,
            closed: false,
            operated: Operated::default(),
            sold_out: false,
            gathering: terms.rules.draw.is_some(),
            entries: 0,
            last_ordinal: 0,
            live: BTreeMap::new(),
            waitlist: Waitlist::default(),
            holdings: HashMap::new(),
            by_card: HashMap::new(),
            returning_by_card: HashMap::new(),
            parked: HashMap::new(),
            heard: BTreeMap::new(),
            cancels: HashMap::new(),
            orders: BTreeMap::new(),
            takings: Takings::default(),
            terms,
        }
    }

    /// Takes other terms, keeping what was added and withdrawn. Returns whether that is allowed: the offer is the same,
    /// and has not opened.
    pub(super) fn correct(&mut self, sequence: u64, at: Timestamp, terms: &Terms) -> bool {
        let unopened = !self.opened && !self.closed && at < self.terms.opens && self.last_ordinal == 0;
        let same = self.terms.id == terms.id && self.terms.campaign == terms.campaign;
        let changed = self.allotment - i64::from(self.terms.units);
        let mut fresh = Self::new(terms.clone());
        (fresh.allotment, fresh.available) = (fresh.allotment + changed, fresh.available + changed);
        fresh.allotments = vec![(sequence, fresh.allotment)];
        fresh.changes = std::mem::take(&mut self.changes);
        fresh.operated = std::mem::take(&mut self.operated);
        fresh.sold_out = self.sold_out && fresh.allotment == 0;
        *self = fresh;
        unopened && same
    }

    /// The account's place on the waitlist, if it has one.
    pub(super) fn waiter(&self, account: &Account) -> Option<&Waiter> {
        self.waitlist.get(self.holdings.get(account)?.ticket?)
    }

    /// The account's parked cancellation of that post.
    pub(super) fn cancel(&self, account: &Account, post: &PostId) -> Option<&Parked> {
        self.cancels.get(account)?.iter().find(|cancel| cancel.post == *post)
    }

    /// The account's live reservations.
    pub(super) fn live_of(&self, account: &Account) -> impl Iterator<Item = &Live> {
        let ordinals = self.holdings.get(account).into_iter().flat_map(|holding| &holding.live);
        ordinals.filter_map(|ordinal| self.live.get(ordinal))
    }

    /// The claims by which the account has something unconfirmed.
    pub(super) fn open_claims(&self, account: &Account) -> impl Iterator<Item = &Claim> {
        let held = self.live_of(account).filter(|live| live.stage == Stage::Held).map(|live| &live.claim);
        held.chain(self.waiter(account).map(|waiter| &waiter.claim))
    }

    /// What the account would pay for everything unconfirmed, in this currency.
    pub(super) fn open_amount(&self, account: &Account, currency: Currency) -> i128 {
        let amounts = self.open_claims(account).map(|claim| claim.amount);
        amounts.filter(|amount| amount.currency == currency).map(|amount| i128::from(amount.minor)).sum()
    }

    /// Whether the offer sells without a confirmation.
    pub(super) fn one_step(&self) -> bool {
        self.terms.confirm_within.ms() == 0
    }

    /// The deadline for taking back an order placed at this time, with the allowance for the post's arrival.
    pub(super) fn take_back_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }
}
