//! The promises about accounts in all their offers at once: who is frozen buys nothing, and nobody spends
//! more in a day than a campaign allows.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::book::Book;
use super::limits::{Spending, claimed};
use super::promise::Promise;
use super::standing::Order;
use super::tally::RecordChecks;
use crate::domain::event::Event;
use crate::domain::id::{Account, OfferNo, PostId};
use crate::domain::time::Timestamp;

/// What is known of the accounts of one partition.
#[derive(Debug, Default)]
pub(super) struct Brakes {
    frozen: HashSet<Account>,
    /// When the last word of an account was said, and by which post; unfreezing is none.
    freezing: HashMap<Account, (Timestamp, Option<PostId>)>,
    silencing: HashMap<Account, (Timestamp, Option<PostId>)>,
    spending: Spending,
}

impl Brakes {
    /// Holds a fact against what its account may do, before it is entered.
    pub(super) fn check(&self, page: &mut RecordChecks<'_>, books: &BTreeMap<OfferNo, Book>, event: &Event) {
        let stands = match event {
            Event::AccountFrozen { account, post, posted_at } => {
                let kept = books.values().any(|book| book.open_claims(account).next().is_some());
                page.check(Promise::FrozenBuysNothing, !kept, || {
                    format!("{account} was frozen, and what it had not confirmed was not passed on")
                });
                is_later(self.freezing.get(account), *posted_at, post)
            }
            Event::AccountUnfrozen { account } => self.frozen.contains(account),
            Event::AccountSilenced { account, post, posted_at }
            | Event::AccountHeard { account, post, posted_at } => {
                is_later(self.silencing.get(account), *posted_at, post)
            }
            _ => {
                self.check_frozen(page, event);
                self.check_spending(page, books, event);
                return;
            }
        };
        page.check(Promise::LastWordStands, stands, || format!("{event:?} is not the last word"));
    }

    fn check_frozen(&self, page: &mut RecordChecks<'_>, event: &Event) {
        let buyer = match event {
            Event::Reserved { .. }
            | Event::Waitlisted { .. }
            | Event::Entered { .. }
            | Event::WaiterConfirmed { .. }
            | Event::ConfirmParked { .. }
            | Event::Confirmed { .. }
            | Event::Promoted { .. }
            | Event::Enrolled { .. } => event.account(),
            _ => None,
        };
        let Some(account) = buyer else { return };
        page.check(Promise::FrozenBuysNothing, !self.frozen.contains(account), || {
            format!("{account} is frozen, and bought")
        });
    }

    /// A claim counts with what its account ordered today, what is kept for it and what it waits for.
    fn check_spending(&self, page: &mut RecordChecks<'_>, books: &BTreeMap<OfferNo, Book>, event: &Event) {
        let book = event.offer().and_then(|offer| books.get(&offer));
        let (Some(claim), Some(book)) = (claimed(event), book) else { return };
        let Some(cap) = book.terms.rules.spend_cap else { return };
        let (account, campaign) = (&claim.account, &book.terms.campaign);
        let own = if claim.amount.currency == cap.currency { i128::from(claim.amount.minor) } else { 0 };
        let others = books.values().filter(|book| book.terms.campaign == *campaign);
        let open: i128 = others.map(|book| book.open_amount(account, cap.currency)).sum();
        let ordered = self.spending.on(page.at, campaign, account, cap.currency);
        page.check(Promise::SpendCap, own + open + ordered <= i128::from(cap.minor), || {
            format!("{account} ordered {ordered} today, holds {open} and claims {own}, of at most {cap}")
        });
    }

    /// Enters a fact, when its offer's book has it.
    pub(super) fn enter(&mut self, at: Timestamp, books: &BTreeMap<OfferNo, Book>, event: &Event) {
        match event {
            Event::AccountFrozen { account, post, posted_at } => {
                self.frozen.insert(account.clone());
                self.freezing.insert(account.clone(), (*posted_at, Some(post.clone())));
            }
            Event::AccountUnfrozen { account } => {
                self.frozen.remove(account);
                self.freezing.insert(account.clone(), (at, None));
            }
            Event::AccountSilenced { account, post, posted_at }
            | Event::AccountHeard { account, post, posted_at } => {
                self.silencing.insert(account.clone(), (*posted_at, Some(post.clone())));
            }
            Event::Confirmed { id, .. } | Event::Declined { id, .. } | Event::TakenBack { id, .. } => {
                let Some(book) = books.get(&id.offer) else { return };
                let Some(Order { claim, placed_at, .. }) = book.orders.get(&id.ordinal) else { return };
                let campaign = &book.terms.campaign;
                let alike = |other: &Book| other.terms.campaign == *campaign;
                if !books.values().any(|book| alike(book) && book.terms.rules.spend_cap.is_some()) {
                    return;
                }
                let change =
                    if matches!(event, Event::Confirmed { .. }) { Spending::add } else { Spending::remove };
                change(&mut self.spending, *placed_at, campaign, &claim.account, claim.amount);
            }
            _ => {}
        }
    }
}

/// Whether a word was said later than the last one; of one instant, the greater id is the later.
fn is_later(last: Option<&(Timestamp, Option<PostId>)>, said_at: Timestamp, post: &PostId) -> bool {
    last.is_none_or(|(at, by)| (said_at, Some(post)) > (*at, by.as_ref()))
}
