//! The model of one offer: what the events come to. The checks read it before an event is applied.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;

use super::entries::{Holding, Live, Order, Parked, Stage, Takings, Waiter};
use super::waitlist::Waitlist;
use crate::domain::event::Claim;
use crate::domain::id::Account;
use crate::domain::money::Currency;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// One offer as the events have it.
#[derive(Debug)]
pub(super) struct OfferModel {
    pub(super) terms: Terms,
    /// What the terms say, and what was added and withdrawn since.
    pub(super) allotment: i64,
    /// What it came to from which record on, for the ledger.
    pub(super) allotments: Vec<(u64, i64)>,
    /// The keys of its changes.
    pub(super) changes: BTreeSet<CompactString>,
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) sold: i64,
    pub(super) opened: bool,
    pub(super) closed: bool,
    /// Whether the last that was said of the stock is that there is none.
    pub(super) sold_out: bool,
    /// Whether lots are still to be drawn, and among how many they were.
    pub(super) gathering: bool,
    pub(super) entries: u32,
    pub(super) last_ordinal: u32,
    pub(super) live: BTreeMap<u32, Live>,
    pub(super) waitlist: Waitlist,
    pub(super) holdings: HashMap<Account, Holding>,
    /// Units of each card, reserved, sold, in line and on their way back.
    pub(super) by_card: HashMap<CompactString, i64>,
    pub(super) parked: HashMap<Account, Parked>,
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
            sold_out: false,
            gathering: terms.rules.draw.is_some(),
            entries: 0,
            last_ordinal: 0,
            live: BTreeMap::new(),
            waitlist: Waitlist::default(),
            holdings: HashMap::new(),
            by_card: HashMap::new(),
            parked: HashMap::new(),
            orders: BTreeMap::new(),
            takings: Takings::default(),
            terms,
        }
    }

    /// The account's place in line, if it has one.
    pub(super) fn waiter(&self, account: &Account) -> Option<&Waiter> {
        self.waitlist.get(self.holdings.get(account)?.ticket?)
    }

    /// The account's live reservations.
    pub(super) fn live_of(&self, account: &Account) -> impl Iterator<Item = &Live> {
        let ordinals = self.holdings.get(account).into_iter().flat_map(|holding| &holding.live);
        ordinals.filter_map(|ordinal| self.live.get(ordinal))
    }

    /// The claims by which the account has something that it has not confirmed.
    pub(super) fn open_claims(&self, account: &Account) -> impl Iterator<Item = &Claim> {
        let held = self.live_of(account).filter(|live| live.stage == Stage::Held).map(|live| &live.claim);
        held.chain(self.waiter(account).map(|waiter| &waiter.claim))
    }

    /// What the account would pay for what it has not confirmed, in that currency.
    pub(super) fn open_amount(&self, account: &Account, currency: Currency) -> i128 {
        let amounts = self.open_claims(account).map(|claim| claim.amount);
        amounts.filter(|amount| amount.currency == currency).map(|amount| i128::from(amount.minor)).sum()
    }

    /// Whether the offer needs no confirmation.
    pub(super) fn one_step(&self) -> bool {
        self.terms.confirm_within.ms() == 0
    }

    /// Until when an order of that time can be taken back, arrival included.
    pub(super) fn take_back_until(&self, placed_at: Timestamp) -> Option<Timestamp> {
        Some(placed_at.plus(self.terms.rules.take_back?).plus(self.terms.late_grace))
    }
}
