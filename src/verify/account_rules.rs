//! The promises about an account across all its offers: a frozen account buys nothing, and no account spends
//! more in a day than a campaign allows.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::checks::RecordChecks;
use super::entries::Order;
use super::limits::{Spending, claimed};
use super::offer_model::OfferModel;
use super::promise::Promise;
use crate::domain::event::{Event, Unfreezing, Way};
use crate::domain::id::{Account, OfferNo, PostId};
use crate::domain::time::Timestamp;

/// What the checker knows about the accounts of one partition.
#[derive(Debug, Default)]
pub(super) struct AccountRules {
    frozen: HashSet<Account>,
    /// When an account was last frozen or unfrozen, and by which post; the operator unfreezes without one.
    freezing: HashMap<Account, (Timestamp, Option<PostId>)>,
    silencing: HashMap<Account, (Timestamp, Option<PostId>)>,
    spending: Spending,
    /// The posts that were deleted before they came, and until when the deletions are parked.
    deleted: HashMap<(Account, PostId), Timestamp>,
}

impl AccountRules {
    /// Checks an event against what its account may do. Must run before the event is applied.
    pub(super) fn check(
        &self,
        checks: &mut RecordChecks<'_>,
        models: &BTreeMap<OfferNo, OfferModel>,
        event: &Event,
    ) {
        let stands = match event {
            Event::AccountFrozen { account, post, posted_at } => {
                let kept = models.values().any(|model| model.open_claims(account).next().is_some());
                checks.check(Promise::FrozenBuysNothing, !kept, || {
                    format!("{account} was frozen, and what it had not confirmed was not passed on")
                });
                is_later(self.freezing.get(account), *posted_at, post)
            }
            // A freeze that did not reach this journal may be undone in it; the stamp is the same in every
            // journal.
            Event::AccountUnfrozen(Unfreezing { account, at: Some(at), .. }) => {
                self.freezing.get(account).is_none_or(|(last, _)| at >= last)
            }
            Event::AccountUnfrozen(Unfreezing { account, .. }) => self.frozen.contains(account),
            Event::AccountSilenced { account, post, posted_at }
            | Event::AccountOptedIn { account, post, posted_at } => {
                is_later(self.silencing.get(account), *posted_at, post)
            }
            _ => {
                self.check_frozen(checks, event);
                self.check_deleted(checks, event);
                self.check_spending(checks, models, event);
                return;
            }
        };
        checks.check(Promise::LastWordStands, stands, || format!("{event:?} is not the last word"));
    }

    /// A post that was deleted before it came asks for nothing.
    fn check_deleted(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let (account, post) = match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => (&claim.account, &claim.post),
            Event::Confirmed { account, post, way: Way::Post, .. }
            | Event::WaiterConfirmed { account, post, .. } => (account, post),
            Event::Enrolled { enrollment, .. } => (&enrollment.account, &enrollment.post),
            _ => return,
        };
        if self.deleted.is_empty() {
            return;
        }
        let until = self.deleted.get(&(account.clone(), post.clone()));
        checks.check(Promise::CalledOffAhead, until.is_none_or(|until| checks.at >= *until), || {
            format!("post {post} of {account} counted, and was deleted before it came")
        });
    }

    fn check_frozen(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let Some(account) = buyer(event) else { return };
        checks.check(Promise::FrozenBuysNothing, !self.frozen.contains(account), || {
            format!("{account} is frozen, and bought")
        });
    }

    /// Checks the spending cap. A claim counts together with what its account ordered today, what is reserved
    /// for it and what it waits for.
    fn check_spending(
        &self,
        checks: &mut RecordChecks<'_>,
        models: &BTreeMap<OfferNo, OfferModel>,
        event: &Event,
    ) {
        let model = event.offer().and_then(|offer| models.get(&offer));
        let (Some(claim), Some(model)) = (claimed(event), model) else { return };
        let Some(cap) = model.terms.rules.spend_cap else { return };
        let (account, campaign) = (&claim.account, &model.terms.campaign);
        let own = if claim.amount.currency == cap.currency { i128::from(claim.amount.minor) } else { 0 };
        let others = models.values().filter(|model| model.terms.campaign == *campaign);
        let open: i128 = others.map(|model| model.open_amount(account, cap.currency)).sum();
        let ordered = self.spending.on(checks.at, campaign, account, cap.currency);
        checks.check(Promise::SpendCap, own + open + ordered <= i128::from(cap.minor), || {
            format!("{account} ordered {ordered} today, holds {open} and claims {own}, of at most {cap}")
        });
    }

    /// Applies an event; the model of its offer must have applied it before.
    pub(super) fn apply(&mut self, at: Timestamp, models: &BTreeMap<OfferNo, OfferModel>, event: &Event) {
        match event {
            Event::AccountFrozen { account, post, posted_at } => {
                self.frozen.insert(account.clone());
                self.freezing.insert(account.clone(), (*posted_at, Some(post.clone())));
            }
            Event::AccountUnfrozen(Unfreezing { account, at: stamp, .. }) => {
                self.frozen.remove(account);
                self.freezing.insert(account.clone(), (stamp.unwrap_or(at), None));
            }
            Event::AccountSilenced { account, post, posted_at }
            | Event::AccountOptedIn { account, post, posted_at } => {
                self.silencing.insert(account.clone(), (*posted_at, Some(post.clone())));
            }
            Event::DeletionParked { account, post, until } => {
                self.deleted.retain(|_, until| *until > at);
                self.deleted.insert((account.clone(), post.clone()), *until);
            }
            Event::Confirmed { id, .. } | Event::Declined { id, .. } | Event::TakenBack { id, .. } => {
                let Some(model) = models.get(&id.offer) else { return };
                let Some(Order { claim, placed_at, .. }) = model.orders.get(&id.ordinal) else { return };
                let campaign = &model.terms.campaign;
                let alike = |other: &OfferModel| other.terms.campaign == *campaign;
                if !models.values().any(|model| alike(model) && model.terms.rules.spend_cap.is_some()) {
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

/// The account that buys, or comes closer to it, by an event.
pub(super) fn buyer(event: &Event) -> Option<&Account> {
    match event {
        Event::Reserved { .. }
        | Event::Waitlisted { .. }
        | Event::Entered { .. }
        | Event::WaiterConfirmed { .. }
        | Event::ConfirmParked { .. }
        | Event::Confirmed { .. }
        | Event::Promoted { .. }
        | Event::Enrolled { .. } => event.account(),
        _ => None,
    }
}

/// Whether a post is later than the last one about the same status; at one instant, the greater id is later.
fn is_later(last: Option<&(Timestamp, Option<PostId>)>, said_at: Timestamp, post: &PostId) -> bool {
    last.is_none_or(|(at, by)| (said_at, Some(post)) > (*at, by.as_ref()))
}
