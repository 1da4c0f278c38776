//! The promises about posts: who wrote them, when, and that each counts once.

use super::checks::RecordChecks;
use super::entries::{Live, Stage};
use super::offer_model::OfferModel;
use super::posts::Posts;
use super::promise::Promise;
use crate::domain::event::{Claim, Event, Way};
use crate::domain::id::{Account, PostId};
use crate::domain::time::Timestamp;

impl OfferModel {
    /// Checks an event that a post caused against the posts before it.
    pub(super) fn check_authorship(&self, checks: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        match event {
            Event::Reserved { claim, .. }
            | Event::Waitlisted { claim, .. }
            | Event::Entered { claim, .. } => {
                // A claim that got part of its units joins the waitlist with the rest.
                if !(matches!(event, Event::Waitlisted { .. }) && self.is_rest(checks.sequence, claim)) {
                    posts.check_once(checks, &claim.account, &claim.post);
                }
                self.check_called_off(checks, claim);
                check_believed(checks, &claim.post, claim.posted_at);
                let (opens, closes) = (self.terms.opens, self.terms.closes.after());
                checks.check(Promise::WithinSellingTime, (opens..closes).contains(&claim.posted_at), || {
                    format!("post {} is of {}, not in {opens} to {closes}", claim.post, claim.posted_at)
                });
            }
            Event::ClaimCancelled { account, post, by, .. } => {
                posts.check_once(checks, account, post);
                checks.check(Promise::CalledOffAhead, self.cancel(account, by).is_some(), || {
                    format!("claim {post} of {account} was cancelled by {by}, which was not parked")
                });
            }
            // The event keeps the network's own time, which may be ahead of journal time.
            Event::ConfirmParked { account, post, .. } | Event::CancelParked { account, post, .. } => {
                posts.check_once(checks, account, post);
            }
            Event::ParkingEnded { account, post, .. } => {
                let confirms = self.parked.get(account).is_some_and(|parked| parked.post == *post);
                let parked = confirms || self.cancel(account, post).is_some();
                checks.check(Promise::EachPostDecidedOnce, parked, || format!("post {post} was not parked"));
            }
            Event::WaiterConfirmed { account, post, .. } => self.check_ahead(checks, posts, account, post),
            Event::Confirmed { id, account, post, way, .. } => {
                let Some(live) = self.live.get(&id.ordinal) else { return };
                checks.check(Promise::ConfirmedByTheSameAuthor, live.claim.account == *account, || {
                    format!("{account} confirmed the claim of {}", live.claim.account)
                });
                // A reminder has the link as well.
                let has_link = live.mailed || live.reminded;
                checks.check(Promise::ConfirmedByTheSameAuthor, *way != Way::Link || has_link, || {
                    format!("{account} confirmed by a link that nobody had sent")
                });
                match way {
                    Way::Post | Way::Link => posts.check_once(checks, account, post),
                    _ => self.check_refers_back(checks, live, post, *way),
                }
            }
            Event::Released { id, account, post, .. } => {
                let claim = self.live.get(&id.ordinal).map(|live| &live.claim);
                check_passed_on(checks, posts, claim, account, post);
            }
            Event::LeftLine { account, post, .. } => {
                let claim = self.waiter(account).map(|waiter| &waiter.claim);
                check_passed_on(checks, posts, claim, account, post);
            }
            Event::TakeBackNoted { account, post, .. }
            | Event::TakenBack { account, post, noted: false, .. } => posts.check_once(checks, account, post),
            _ => {}
        }
    }

    /// Checks a claim against its author's early confirmation. Must run after the whole record is applied.
    pub(super) fn check_applied(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let (account, ordinal) = match event {
            Event::Reserved { id, claim, .. } => (&claim.account, Some(id.ordinal)),
            Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => (&claim.account, None),
            Event::Promoted { id, account, .. } => (account, Some(id.ordinal)),
            _ => return,
        };
        let held = ordinal.and_then(|ordinal| self.live.get(&ordinal));
        let held = held.filter(|live| live.stage == Stage::Held);
        let ahead = held.is_some_and(|live| live.ahead.is_some() || self.one_step());
        let claim = held.map(|live| &live.claim).or_else(|| Some(&self.waiter(account)?.claim));
        let parked = self.parked.get(account).zip(claim);
        let parked = parked.is_some_and(|(parked, claim)| {
            // A claim whose own time is ahead counts as of its record, and may be of after a confirmation that is
            // ahead too.
            let both_ahead = parked.is_ahead() && claim.posted_at >= parked.parked_at();
            parked.posted_at >= claim.posted_at && !both_ahead
        });
        checks.check(Promise::WaiterConfirmedAhead, !ahead && !parked, || {
            format!("{account} had confirmed ahead, and that was not applied")
        });
    }

    fn check_ahead(
        &self,
        checks: &mut RecordChecks<'_>,
        posts: &mut Posts,
        account: &Account,
        post: &PostId,
    ) {
        let waiter = self.waiter(account);
        checks.check(Promise::ConfirmedByTheSameAuthor, waiter.is_some(), || {
            format!("{account} confirmed ahead, and does not wait")
        });
        let first = waiter.is_none_or(|waiter| waiter.ahead.is_none());
        match self.parked.get(account).filter(|parked| parked.post == *post) {
            None => {
                posts.check_once(checks, account, post);
                checks
                    .check(Promise::WaiterConfirmedAhead, first, || format!("{account} had confirmed ahead"));
            }
            Some(parked) => {
                let after = waiter.is_none_or(|waiter| parked.posted_at >= waiter.claim.posted_at);
                checks.check(Promise::WaiterConfirmedAhead, first && after, || {
                    format!("the parked post {post} was written before the claim, or another came first")
                });
            }
        }
    }

    /// A confirmation in the record of its reservation must refer to an earlier post.
    fn check_refers_back(&self, checks: &mut RecordChecks<'_>, live: &Live, post: &PostId, way: Way) {
        let claim = &live.claim;
        let by_claim = self.one_step() && claim.post == *post;
        let refers = match way {
            Way::Post | Way::Link => true,
            Way::OneStep => by_claim && !live.from_line,
            Way::Waiting => live.from_line && (live.ahead.as_ref() == Some(post) || by_claim),
            Way::Parked => {
                let parked = self.parked.get(&claim.account).filter(|parked| parked.post == *post);
                !live.from_line && parked.is_some_and(|parked| parked.posted_at >= claim.posted_at)
            }
        };
        checks.check(Promise::WaiterConfirmedAhead, refers && live.made_in == checks.sequence, || {
            format!("post {post} of {} ({way:?}) did not come ahead, or not applied at once", claim.account)
        });
    }

    /// A claim that its author cancelled before it came gets nothing.
    fn check_called_off(&self, checks: &mut RecordChecks<'_>, claim: &Claim) {
        let cancels = self.cancels.get(&claim.account);
        let called_off = cancels.into_iter().flatten().any(|cancel| cancel.posted_at >= claim.posted_at);
        checks.check(Promise::CalledOffAhead, !called_off, || {
            format!("claim {} of {} counted, and was cancelled before it came", claim.post, claim.account)
        });
    }
}

/// No post is later than its record. How late it may be goes by the machine's clock at its arrival, which the
/// journal does not have.
fn check_believed(checks: &mut RecordChecks<'_>, post: &PostId, posted_at: Timestamp) {
    let at = checks.at;
    checks.check(Promise::PostsBelieved, posted_at <= at, || {
        format!("post {post} of {posted_at} was believed at {at}")
    });
}

/// A unit or a waitlist place is passed on by a post of its own, or by deleting the claim.
fn check_passed_on(
    checks: &mut RecordChecks<'_>,
    posts: &mut Posts,
    claim: Option<&Claim>,
    account: &Account,
    post: &PostId,
) {
    let deleted = claim.is_some_and(|claim| claim.account == *account && claim.post == *post);
    if !deleted {
        posts.check_passed_on(checks, account, post);
    }
}
