//! How a statement-credit offer decides enrollments, purchases, refunds and deadlines.

use std::collections::HashMap;

use super::ask::{CreditAsk, PARKED_ELSEWHERE_MAX, PARKED_PER_CARD_MAX};
use super::waiting::WaitingTransaction;
use super::{Card, Credit, CreditOffer, Fate, Judged};
use crate::domain::answer::{Answer, Transacted};
use crate::domain::arrival::Arrival;
use crate::domain::command::PostCommand;
use crate::domain::decision::Decision;
use crate::domain::effect::{About, Announcement, CardUse, Effect, ReplyRequest, StatementCredit};
use crate::domain::event::{Enrollment, Event};
use crate::domain::id::{Account, OfferNo};
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::sale_order::{SaleChange, SaleOrder};
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionId, TransactionKind};

impl CreditOffer {
    /// Decides a request at `now`. Reads the state and changes nothing.
    ///
    /// # Errors
    /// Returns the reason of a refusal, which only the caller gets. A purchase that earns nothing is no
    /// refusal if its card is enrolled and its merchant listed: its account gets the reason.
    pub fn decide(&self, now: Timestamp, ask: CreditAsk<'_>) -> Result<Decision, Refusal> {
        match ask {
            CreditAsk::Enroll(command) => self.judge_enrollment(now, command),
            CreditAsk::Transact(transaction, arrival) => self.judge_transaction(arrival, transaction),
            CreditAsk::Operate(order) => self.judge_order(now, order),
            CreditAsk::Park(transaction, arrival, account) => {
                self.park_transaction(now, arrival, transaction, account)
            }
            CreditAsk::ExpireDue => Ok(self.expire_due(now)),
        }
    }

    fn judge_enrollment(&self, now: Timestamp, command: &PostCommand) -> Result<Decision, Refusal> {
        let enrollment = self.admit(now, command)?;
        let offer = self.no;
        let request = reply_request(offer, &enrollment, Outcome::Enrolled);
        let mut decision = Decision::of(Event::Enrolled { offer, enrollment: Box::new(enrollment.clone()) });
        decision.effects.push(Effect::Reply(request));
        self.judge_waiting(now, &enrollment, &mut decision);
        if self.enrolled() + 1 == self.terms.enrollments {
            decision.events.push(Event::OfferSoldOut { offer });
            self.announce(&mut decision, Announcement::SoldOut);
        }
        Ok(decision)
    }

    /// Judges what waited for the enrollment, in the order of its arrival. What was bought before the enrollment
    /// heard that already.
    fn judge_waiting(&self, now: Timestamp, enrollment: &Enrollment, decision: &mut Decision) {
        if self.waiting.of(&enrollment.card, now).next().is_none() {
            return;
        }
        let card = Card { enrollment: enrollment.clone(), uses: 0, parked: Vec::new() };
        let mut builder = CreditDecisionBuilder::new(self, &card);
        let mut fates: HashMap<&TransactionId, Option<Fate>> = HashMap::new();
        let waiting = || self.waiting.of(&enrollment.card, now).map(|waiting| &waiting.transaction);
        for purchase in waiting().filter(|waiting| waiting.kind == TransactionKind::Purchase) {
            let fate = match self.reason_against(&card, builder.uses_left, purchase) {
                None => Some(Fate::Credited(builder.credit(purchase))),
                Some(Outcome::NotEnrolled) => None,
                Some(reason) => {
                    builder.discount(purchase, reason);
                    builder.email(purchase, reason, None);
                    Some(Fate::NotCounted(reason))
                }
            };
            fates.insert(&purchase.id, fate);
        }
        // Refunds may have come before their purchases, and some purchases are still to come.
        for refund in waiting() {
            let TransactionKind::Refund { of } = &refund.kind else { continue };
            match fates.remove(of) {
                Some(fate) => {
                    let fate = fate.map(|fate| builder.settle(refund, of, fate));
                    fates.insert(of, fate);
                }
                None => builder.park(refund),
            }
        }
        decision.events.extend(builder.decision.events);
        decision.effects.extend(builder.decision.effects);
    }

    /// Parks a transaction whose card is not enrolled: a purchase at a merchant of the offer, a refund there, or a
    /// refund of a purchase that waits.
    fn park_transaction(
        &self,
        now: Timestamp,
        arrival: Arrival,
        transaction: &Transaction,
        account: &Account,
    ) -> Result<Decision, Refusal> {
        let Transaction { id, card, kind, .. } = transaction;
        if let Some(first) = self.waiting.find(card, id, now) {
            return Err(Refusal::Duplicate(Box::new(self.answer_to_waiting(first))));
        }
        let counts = match kind {
            TransactionKind::Purchase => {
                self.lists(&transaction.merchant)
                    && transaction.at >= self.terms.opens
                    && transaction.at <= self.terms.valid_until.last()
            }
            TransactionKind::Refund { of } => {
                of != id && (self.lists(&transaction.merchant) || self.waiting.find(card, of, now).is_some())
            }
        };
        let enrolls = !self.cards.contains_key(card) && self.enrolled() < self.terms.enrollments;
        let late = now < self.terms.closes.after().plus(self.terms.max_lateness);
        if !(counts && enrolls && late && transaction.amount.minor > 0 && self.waiting.has_room(card, now)) {
            return Err(Outcome::NotRelevant.into());
        }
        if arrival.is_future(transaction.at) {
            return Err(Outcome::Future.into());
        }
        Ok(Decision::of(Event::TransactionParked {
            offer: self.no,
            account: account.clone(),
            transaction: Box::new(transaction.clone()),
            until: now.plus(self.terms.max_lateness),
        }))
    }

    fn answer_to_waiting(&self, waiting: &WaitingTransaction) -> Answer {
        let WaitingTransaction { account, transaction, at, until } = waiting;
        let transacted = Transacted { transaction: transaction.id.clone(), credit: None, uses_left: None };
        let answer = Answer::to_transaction(*at, self.no, account, Outcome::NotEnrolled, transacted);
        Answer { parked_until: Some(*until), ..answer }
    }

    fn admit(&self, now: Timestamp, command: &PostCommand) -> Result<Enrollment, Outcome> {
        let link = command.link.as_ref().ok_or(Outcome::NotLinked)?;
        if !self.terms.accepts(link) {
            return Err(Outcome::CardIneligible);
        }
        let posted_at = command.posted_at.min(now);
        if posted_at < self.terms.opens {
            return Err(Outcome::NotOpen);
        }
        if posted_at >= self.terms.closes.after() || now >= self.ends() {
            return Err(Outcome::Closed);
        }
        if self.control.pause().is_some() {
            return Err(Outcome::Paused);
        }
        if self.cards.contains_key(link.token()) {
            return Err(Outcome::AlreadyEnrolled);
        }
        if self.enrolled() >= self.terms.enrollments {
            return Err(Outcome::SoldOut);
        }
        Ok(Enrollment {
            account: command.account.clone(),
            post: command.post.clone(),
            posted_at,
            card: link.token().into(),
            email: link.has_address().into(),
        })
    }

    fn judge_transaction(&self, arrival: Arrival, transaction: &Transaction) -> Result<Decision, Refusal> {
        if let Some(first) = self.recall(&transaction.id) {
            return Err(Refusal::Duplicate(Box::new(first)));
        }
        // The feed has every purchase and refund.
        if transaction.amount.minor <= 0 {
            return Err(Outcome::NotRelevant.into());
        }
        let future = arrival.is_future(transaction.at);
        if let TransactionKind::Refund { of } = &transaction.kind {
            return self.judge_refund(transaction, of, future);
        }
        let card = self.cards.get(&transaction.card).ok_or(Outcome::NotRelevant)?;
        if !self.lists(&transaction.merchant) {
            return Err(Outcome::NotRelevant.into());
        }
        if future {
            return Err(Outcome::Future.into());
        }
        Ok(self.judge_purchase(card, transaction))
    }

    fn judge_purchase(&self, card: &Card, purchase: &Transaction) -> Decision {
        let mut builder = CreditDecisionBuilder::new(self, card);
        let mut fate = match self.reason_against(card, builder.uses_left, purchase) {
            None => Fate::Credited(builder.credit(purchase)),
            Some(reason) => {
                builder.discount(purchase, reason);
                builder.email(purchase, reason, None);
                Fate::NotCounted(reason)
            }
        };
        for refund in card.parked.iter().filter(|refund| is_of(refund, &purchase.id)) {
            fate = builder.settle(refund, &purchase.id, fate);
        }
        builder.decision
    }

    /// Why a purchase of an enrolled card at a listed merchant does not count; `None` if it does. The period
    /// is checked first: an earlier enrollment would not help a purchase outside of it.
    fn reason_against(&self, card: &Card, uses_left: u32, purchase: &Transaction) -> Option<Outcome> {
        let Self { terms, .. } = self;
        let reasons = [
            (purchase.at < terms.opens, Outcome::NotOpen),
            (purchase.at > terms.valid_until.last(), Outcome::Closed),
            (purchase.at <= card.enrollment.posted_at, Outcome::NotEnrolled),
            (purchase.amount.currency != terms.currency(), Outcome::WrongCurrency),
            (purchase.amount.minor < terms.min_spend.minor, Outcome::BelowMinimum),
            (uses_left == 0, Outcome::LimitReached),
        ];
        reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
    }

    /// A refund follows the purchase that it names, at whatever merchant and to whatever card the money
    /// goes: shops refund under other merchant ids, and a new card has another token.
    fn judge_refund(
        &self,
        refund: &Transaction,
        of: &TransactionId,
        future: bool,
    ) -> Result<Decision, Refusal> {
        let purchase = self.judged.get(of);
        let token = purchase.map_or(&refund.card, |purchase| &purchase.card);
        let card = self.cards.get(token).ok_or(Outcome::NotRelevant)?;
        let fate = match purchase {
            None if *of == refund.id => return Err(Outcome::NotRelevant.into()),
            // The feed has every refund, and most of those that are made elsewhere are of other purchases: they
            // leave room for those at the merchants of the offer.
            None if !self.lists(&refund.merchant) && card.parked.len() >= PARKED_ELSEWHERE_MAX => {
                return Err(Outcome::NotRelevant.into());
            }
            None => None,
            Some(Judged { fate: fate @ (Fate::Credited(_) | Fate::NotCounted(_)), .. }) => Some(fate),
            // The refund names a transaction that is no purchase.
            Some(_) => return Err(Outcome::NotRelevant.into()),
        };
        if future {
            return Err(Outcome::Future.into());
        }
        let mut builder = CreditDecisionBuilder::new(self, card);
        match fate {
            Some(fate) => drop(builder.settle(refund, of, fate.clone())),
            None if card.parked.len() >= PARKED_PER_CARD_MAX => return Err(Outcome::Overloaded.into()),
            None => builder.park(refund),
        }
        Ok(builder.decision)
    }

    fn expire_due(&self, now: Timestamp) -> Decision {
        let mut decision = Decision::default();
        // A paused enrollment is opened, and announced, when it is resumed.
        if !self.opened && self.control.pause().is_none() && now >= self.terms.opens && now < self.ends() {
            decision.events.push(Event::OfferOpened { offer: self.no });
            self.announce(&mut decision, Announcement::Opening);
        }
        if !self.closed && now >= self.ends() {
            decision.events.push(Event::OfferClosed { offer: self.no });
            self.announce(&mut decision, Announcement::Closing);
        }
        decision
    }

    fn judge_order(&self, now: Timestamp, order: &SaleOrder) -> Result<Decision, Refusal> {
        let events = self.control.decide(now, self.closed, order)?.into();
        let mut decision = Decision { events, ..Decision::default() };
        if let SaleChange::Close(_) = order.change {
            self.announce(&mut decision, Announcement::Closing);
        }
        Ok(decision)
    }

    fn announce(&self, decision: &mut Decision, announcement: Announcement) {
        let offer = self.no;
        let networks = self.terms.networks.iter();
        decision.effects.extend(networks.map(|&network| Effect::Announce { network, offer, announcement }));
    }
}

fn is_of(refund: &Transaction, purchase: &TransactionId) -> bool {
    matches!(&refund.kind, TransactionKind::Refund { of } if of == purchase)
}

/// A reply to the account that enrolled the card.
fn reply_request(offer: OfferNo, enrollment: &Enrollment, outcome: Outcome) -> ReplyRequest {
    ReplyRequest::new(enrollment.account.clone(), enrollment.post.clone(), offer, outcome)
}

/// Builds a decision about the transactions of one card.
struct CreditDecisionBuilder<'a> {
    offer: &'a CreditOffer,
    card: &'a Card,
    uses_left: u32,
    decision: Decision,
}

impl<'a> CreditDecisionBuilder<'a> {
    fn new(offer: &'a CreditOffer, card: &'a Card) -> Self {
        Self { offer, card, uses_left: offer.left(card), decision: Decision::default() }
    }

    fn credit(&mut self, purchase: &Transaction) -> Credit {
        let credit = self.offer.terms.credit_for(purchase.amount);
        self.uses_left -= 1;
        self.decision.events.push(Event::PurchaseCredited {
            offer: self.offer.no,
            account: self.card.enrollment.account.clone(),
            transaction: Box::new(purchase.clone()),
            credit,
            uses_left: self.uses_left,
        });
        if credit.minor > 0 {
            let grant = self.grant(&purchase.id, credit);
            self.decision.effects.push(Effect::Credit(grant));
        }
        self.email(purchase, Outcome::Credited, Some(credit));
        Credit { amount: purchase.amount, credit, refunded: 0, reversed: 0 }
    }

    /// Records a purchase that does not count, or a refund that takes nothing back.
    fn discount(&mut self, transaction: &Transaction, reason: Outcome) {
        self.decision.events.push(Event::PurchaseNotCounted {
            offer: self.offer.no,
            account: self.card.enrollment.account.clone(),
            transaction: Box::new(transaction.clone()),
            reason,
            uses_left: self.uses_left,
        });
    }

    fn park(&mut self, refund: &Transaction) {
        self.decision.events.push(Event::RefundParked {
            offer: self.offer.no,
            account: self.card.enrollment.account.clone(),
            transaction: Box::new(refund.clone()),
        });
    }

    /// Decides a refund by the fate of its purchase. Returns the purchase's fate after the refund. The
    /// account is notified only of a reversal.
    fn settle(&mut self, refund: &Transaction, purchase: &TransactionId, fate: Fate) -> Fate {
        match fate {
            Fate::Credited(credit) if credit.amount.currency == refund.amount.currency => {
                self.reverse(refund, purchase, credit.reversal(refund.amount));
                Fate::Credited(credit.after(refund.amount))
            }
            Fate::Credited(_) => {
                self.discount(refund, Outcome::WrongCurrency);
                fate
            }
            Fate::NotCounted(reason) => {
                self.discount(refund, reason);
                fate
            }
            Fate::Parked | Fate::Reversed(_) | Fate::Idle(_) => fate,
        }
    }

    fn reverse(&mut self, refund: &Transaction, purchase: &TransactionId, reversed: Money) {
        self.decision.events.push(Event::CreditReversed {
            offer: self.offer.no,
            account: self.card.enrollment.account.clone(),
            transaction: Box::new(refund.clone()),
            reversed,
        });
        if reversed.minor > 0 {
            let grant = self.grant(purchase, reversed);
            self.decision.effects.push(Effect::ReverseCredit(grant));
        }
        self.email(refund, Outcome::CreditReversed, Some(reversed));
    }

    fn grant(&self, purchase: &TransactionId, amount: Money) -> StatementCredit {
        let enrollment = &self.card.enrollment;
        StatementCredit {
            offer: self.offer.no,
            purchase: purchase.clone(),
            account: enrollment.account.clone(),
            card: enrollment.card.clone(),
            amount,
        }
    }

    fn email(&mut self, transaction: &Transaction, outcome: Outcome, amount: Option<Money>) {
        let about = CardUse {
            transaction: transaction.id.clone(),
            merchant: transaction.merchant.clone(),
            amount: transaction.amount,
            uses_left: self.uses_left,
        };
        let about = Some(About::Purchase(Box::new(about)));
        let enrollment = &self.card.enrollment;
        let request = ReplyRequest { amount, about, ..reply_request(self.offer.no, enrollment, outcome) };
        self.decision.effects.push(Effect::Email { to: enrollment.email.clone(), request });
    }
}
