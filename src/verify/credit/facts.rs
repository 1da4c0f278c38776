//! The promises about enrollments and card transactions: each credit has a purchase that earns it, counts
//! once, and is reversed in proportion to refunds.

use super::{Card, CreditModel, Fate, Purchase};
use crate::domain::credit::Reward;
use crate::domain::event::{Enrollment, Event};
use crate::domain::id::Account;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionId, TransactionKind};
use crate::verify::checks::RecordChecks;
use crate::verify::posts::Posts;
use crate::verify::promise::Promise;

impl CreditModel {
    /// Checks an event against the model. Must run before the event is applied.
    pub(in crate::verify) fn check(&self, checks: &mut RecordChecks<'_>, posts: &mut Posts, event: &Event) {
        self.operated.check(checks, self.closed, event);
        match event {
            Event::Enrolled { enrollment, .. } => self.check_enrollment(checks, posts, enrollment),
            Event::PurchaseCredited { account, transaction, credit, uses_left, .. } => {
                self.check_judged(checks, account, transaction);
                let purchase = transaction.kind == TransactionKind::Purchase;
                let reasons = self.reasons_against(transaction);
                let right = *credit == self.reward(transaction.amount);
                checks.check(Promise::CreditsHaveGround, purchase && reasons.is_empty() && right, || {
                    format!("{credit} for {} of {}: {reasons:?}", transaction.id, transaction.amount)
                });
                self.check_uses(checks, transaction, 1, *uses_left);
            }
            Event::PurchaseNotCounted { account, transaction, reason, uses_left, .. } => {
                self.check_judged(checks, account, transaction);
                match &transaction.kind {
                    TransactionKind::Purchase => {
                        // Earlier releases ended the period at the beginning of a last second that the file named.
                        let over = transaction.at > self.terms.valid_until.named();
                        let justified = self.reasons_against(transaction).contains(reason)
                            || (over && *reason == Outcome::Closed);
                        checks.check(Promise::CreditsHaveGround, justified, || {
                            format!("{} was not counted as {reason}, which it is not", transaction.id)
                        });
                    }
                    TransactionKind::Refund { of } => self.check_idle(checks, transaction, of, *reason),
                }
                self.check_uses(checks, transaction, 0, *uses_left);
            }
            Event::RefundParked { account, transaction, .. } => {
                self.check_judged(checks, account, transaction);
                let TransactionKind::Refund { of } = &transaction.kind else { return };
                let (known, again) =
                    (self.purchases.contains_key(of), self.refunds.contains_key(&transaction.id));
                checks.check(Promise::EachTransactionOnce, !known && !again, || {
                    format!("refund {} was let wait for {of}, which was known, or again", transaction.id)
                });
            }
            Event::TransactionParked { transaction, .. } => {
                let id = &transaction.id;
                let judged = self.purchases.contains_key(id) || self.refunds.contains_key(id);
                let enrolled = self.cards.contains_key(&transaction.card);
                checks.check(Promise::EachTransactionOnce, !judged && !enrolled, || {
                    format!("{id} waits for an enrollment, and was judged, or its card is enrolled")
                });
            }
            Event::CreditReversed { account, transaction, reversed, .. } => {
                self.check_judged(checks, account, transaction);
                self.check_reversal(checks, transaction, *reversed);
            }
            _ => self.check_lifecycle(checks, event),
        }
    }

    /// Checks what must hold after a record is applied: a refund that waited is judged together with its
    /// purchase, and what waited for an enrollment together with that.
    pub(in crate::verify) fn check_settled(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        if let Event::Enrolled { enrollment, .. } = event {
            let forgotten = self.forgotten_at(checks.at, enrollment);
            checks.check(Promise::EachTransactionOnce, forgotten.is_none(), || {
                format!("{forgotten:?} waited for the enrollment of its card, and was not judged with it")
            });
        }
        let (Event::PurchaseCredited { transaction, .. } | Event::PurchaseNotCounted { transaction, .. }) =
            event
        else {
            return;
        };
        if transaction.kind != TransactionKind::Purchase {
            return;
        }
        let purchase = (transaction.card.clone(), transaction.id.clone());
        let waiting = self.parked.get(&purchase);
        checks.check(Promise::EachTransactionOnce, waiting.is_none(), || {
            format!("refunds of {} still wait for it: {waiting:?}", transaction.id)
        });
    }

    /// A transaction that waited for an enrollment, and that it left unjudged. Only what was bought before the enrollment
    /// is left so, with its refunds: its account heard that already.
    fn forgotten_at(&self, now: Timestamp, enrollment: &Enrollment) -> Option<&TransactionId> {
        let all = self.awaiting.get(&enrollment.card)?;
        let waiting = |id: &TransactionId| all.get(id).filter(|(_, until)| now < *until).map(|(own, _)| own);
        let is_early = |bought: &Transaction| bought.at <= enrollment.posted_at;
        let is_forgotten = |transaction: &Transaction| match &transaction.kind {
            TransactionKind::Purchase => !is_early(transaction),
            TransactionKind::Refund { of } => {
                let purchase = waiting(of).filter(|of| of.kind == TransactionKind::Purchase);
                !purchase.is_some_and(is_early)
            }
        };
        all.keys().find(|id| waiting(id).is_some_and(is_forgotten))
    }

    fn check_lifecycle(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        let name = &self.terms.id;
        let holds = match event {
            Event::OfferOpened { .. } => !self.opened && checks.at >= self.terms.opens,
            Event::OfferClosed { .. } => {
                // Earlier releases closed at the beginning of a last second that the file named.
                let due = checks.at >= self.terms.closes.named();
                !self.closed && (due || self.operated.close_ordered)
            }
            Event::OfferSoldOut { .. } => {
                !self.sold_out && self.enrolled() == u64::from(self.terms.enrollments)
            }
            _ => return,
        };
        checks
            .check(Promise::OfferLife, holds, || format!("{name} opened, closed or sold out early or again"));
    }

    fn check_enrollment(&self, checks: &mut RecordChecks<'_>, posts: &mut Posts, enrollment: &Enrollment) {
        let Enrollment { account, post, posted_at, card, .. } = enrollment;
        posts.check_once(checks, account, post);
        let new = !self.cards.contains_key(card);
        let room = self.enrolled() < u64::from(self.terms.enrollments);
        checks.check(Promise::EnrollmentsFit, new && room, || {
            format!("{account} enrolled a card when {} were enrolled, or again", self.enrolled())
        });
        let (opens, closes) = (self.terms.opens, self.terms.closes.after());
        checks.check(Promise::WithinSellingTime, (opens..closes).contains(posted_at), || {
            format!("post {post} is of {posted_at}, not in {opens} to {closes}")
        });
        let at = checks.at;
        checks.check(Promise::PostsBelieved, *posted_at <= at, || {
            format!("post {post} of {posted_at} was believed at {at}")
        });
    }

    /// The account that enrolled the card is notified of a new transaction, or of a refund that waited.
    fn check_judged(&self, checks: &mut RecordChecks<'_>, account: &Account, transaction: &Transaction) {
        let id = &transaction.id;
        let judged = self.purchases.contains_key(id) || self.refunds.get(id) == Some(&false);
        checks.check(Promise::EachTransactionOnce, !judged, || format!("{id} was judged before"));
        let own = self
            .cards
            .get(self.token_of(transaction))
            .is_some_and(|card| card.enrollment.account == *account);
        // A refund may come from any merchant.
        let listed = transaction.kind != TransactionKind::Purchase
            || self.terms.merchants.contains(&transaction.merchant);
        checks.check(Promise::CreditsHaveGround, own && listed && transaction.amount.minor > 0, || {
            format!("{id} is not of a card of {account} at a merchant of the offer")
        });
    }

    /// Returns every reason why a purchase must not count.
    fn reasons_against(&self, purchase: &Transaction) -> Vec<Outcome> {
        let terms = &self.terms;
        let card = self.cards.get(&purchase.card);
        let enrolled = card.is_some_and(|card| purchase.at > card.enrollment.posted_at);
        let reasons = [
            (purchase.at < terms.opens, Outcome::NotOpen),
            (purchase.at > terms.valid_until.last(), Outcome::Closed),
            (!enrolled, Outcome::NotEnrolled),
            (purchase.amount.currency != terms.min_spend.currency, Outcome::WrongCurrency),
            (purchase.amount.minor < terms.min_spend.minor, Outcome::BelowMinimum),
            (card.is_some_and(|card| card.uses >= terms.uses_per_card), Outcome::LimitReached),
        ];
        reasons.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
    }

    /// Returns what a purchase earns: a fixed amount, or a share rounded down and capped.
    fn reward(&self, amount: Money) -> Money {
        match self.terms.reward {
            Reward::Fixed(money) => money,
            Reward::Share { rate, most } => {
                let share = (i128::from(amount.minor) * i128::from(rate.ppm)).div_euclid(1_000_000);
                Money {
                    minor: i64::try_from(share).map_or(most.minor, |share| share.min(most.minor)),
                    ..most
                }
            }
        }
    }

    fn check_uses(&self, checks: &mut RecordChecks<'_>, transaction: &Transaction, new: u32, uses_left: u32) {
        let most = self.terms.uses_per_card;
        let uses =
            self.cards.get(self.token_of(transaction)).map_or(0, |card: &Card| card.uses).saturating_add(new);
        checks.check(Promise::CreditsWithinUses, most.checked_sub(uses) == Some(uses_left), || {
            format!("{}: {uses} uses of {most}, and {uses_left} left", transaction.id)
        });
    }

    /// A refund that reverses nothing belongs to a purchase that earned nothing, or is in another currency.
    fn check_idle(
        &self,
        checks: &mut RecordChecks<'_>,
        refund: &Transaction,
        of: &TransactionId,
        reason: Outcome,
    ) {
        let fits = self.purchase_of(of).is_some_and(|purchase| match purchase.fate {
            Fate::NotCounted(why) => why == reason,
            Fate::Credited { .. } => {
                reason == Outcome::WrongCurrency && purchase.amount.currency != refund.amount.currency
            }
        });
        checks.check(Promise::ReversedInProportion, fits, || {
            format!("refund {} of {of} took nothing back, as {reason}", refund.id)
        });
    }

    /// The reversed part of the credit is the refunded part of the purchase, over all its refunds together,
    /// rounded down.
    fn check_reversal(&self, checks: &mut RecordChecks<'_>, refund: &Transaction, back: Money) {
        let TransactionKind::Refund { of } = &refund.kind else {
            return checks
                .check(Promise::ReversedInProportion, false, || format!("{} is no refund", refund.id));
        };
        let due = self.purchase_of(of).and_then(|purchase| {
            let Fate::Credited { credit, refunded, reversed } = purchase.fate else { return None };
            let amount = i128::from(purchase.amount.minor);
            let refunded = (refunded + i128::from(refund.amount.minor)).min(amount);
            let gone = (i128::from(credit.minor) * refunded).checked_div_euclid(amount)?;
            let same = purchase.amount.currency == refund.amount.currency && credit.currency == back.currency;
            same.then_some(gone - reversed)
        });
        checks.check(Promise::ReversedInProportion, due == Some(i128::from(back.minor)), || {
            format!("refund {} of {of} took {back} back, and {due:?} was due", refund.id)
        });
    }

    /// Returns the purchase that a refund names.
    fn purchase_of(&self, of: &TransactionId) -> Option<&Purchase> {
        self.purchases.get(of)
    }
}
