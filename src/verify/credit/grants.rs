//! The promises about the money of statement credits: each credit is requested by its event, and the card
//! provider's ledger holds no others.

use std::collections::{BTreeMap, BTreeSet};

use super::{CreditModel, GrantKind};
use crate::domain::effect::{About, Effect, StatementCredit};
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, OfferId, OfferNo};
use crate::domain::outcome::Outcome;
use crate::domain::transaction::{Transaction, TransactionId, TransactionKind};
use crate::verify::checks::{Checks, RecordChecks, RecordPlace};
use crate::verify::ledger::LedgerEntry;
use crate::verify::promise::Promise;

/// Splits an order name into the offer id and the purchase id, for example `cash-back:t-17`.
pub(in crate::verify) fn split_order(order: &str) -> Option<(OfferId, TransactionId)> {
    let (offer, purchase) = order.split_once(':')?;
    Some((OfferId::parse(offer)?, TransactionId::parse(purchase)?))
}

/// Checks the effects of a record against its events. Must run after the events are applied.
pub(in crate::verify) fn check_grants(
    checks: &mut RecordChecks<'_>,
    models: &BTreeMap<OfferNo, CreditModel>,
    events: &[Event],
    effects: &[Effect],
) {
    let concerned = events.iter().filter_map(Event::offer);
    let asked = effects.iter().filter(|effect| is_grant(effect)).map(Effect::offer);
    for offer in concerned.chain(asked).collect::<BTreeSet<_>>() {
        if let Some(model) = models.get(&offer) {
            model.check_grants(checks, offer, events, effects);
        } else if let Some(stray) = effects.iter().find(|effect| is_grant(effect) && effect.offer() == offer)
        {
            checks.check(Promise::CreditsFollowFacts, false, || format!("{stray:?} is of no such offer"));
        }
    }
}

impl CreditModel {
    fn check_grants(
        &self,
        checks: &mut RecordChecks<'_>,
        offer: OfferNo,
        events: &[Event],
        effects: &[Effect],
    ) {
        let own = |effect: &&Effect| effect.offer() == offer;
        let mut grants: Vec<&Effect> = effects.iter().filter(own).filter(|effect| is_grant(effect)).collect();
        for event in events.iter().filter(|event| event.offer() == Some(offer)) {
            if let Some(due) = self.due(offer, event) {
                let found = grants.iter().position(|effect| **effect == due);
                found.map(|index| grants.swap_remove(index));
                checks.check(Promise::CreditsFollowFacts, found.is_some(), || {
                    format!("{due:?} is not asked for")
                });
            }
            if let Some((transaction, outcome)) = reported_result(event) {
                let notified =
                    effects.iter().any(|effect| self.is_letter_about(effect, transaction, outcome));
                checks.check(Promise::CreditsFollowFacts, notified, || {
                    format!("nobody is told that {} is {outcome}", transaction.id)
                });
            }
        }
        for effect in grants {
            checks.check(Promise::CreditsFollowFacts, false, || format!("{effect:?} follows no fact"));
        }
    }

    /// Returns the money effect that an event requires.
    fn due(&self, offer: OfferNo, event: &Event) -> Option<Effect> {
        let (transaction, amount) = match event {
            Event::PurchaseCredited { transaction, credit, .. } => (transaction, credit),
            Event::CreditReversed { transaction, reversed, .. } => (transaction, reversed),
            _ => return None,
        };
        let enrollment = &self.cards.get(self.token_of(transaction))?.enrollment;
        let (account, card) = (enrollment.account.clone(), enrollment.card.clone());
        let grant = |purchase: &TransactionId| StatementCredit {
            offer,
            purchase: purchase.clone(),
            account,
            card,
            amount: *amount,
        };
        let due = match &transaction.kind {
            TransactionKind::Purchase => Effect::Credit(grant(&transaction.id)),
            TransactionKind::Refund { of } => Effect::ReverseCredit(grant(of)),
        };
        (amount.minor > 0).then_some(due)
    }

    /// Whether an effect is the e-mail about this transaction and outcome.
    fn is_letter_about(&self, effect: &Effect, transaction: &Transaction, outcome: Outcome) -> bool {
        let Effect::Email { to, request } = effect else { return false };
        let Some(About::Purchase(used)) = &request.about else { return false };
        let card = self.cards.get(self.token_of(transaction));
        let own = card
            .is_some_and(|card| card.enrollment.email == *to && card.enrollment.account == request.account);
        own && used.transaction == transaction.id && request.outcome == outcome
    }

    /// Notes the key of a requested statement credit.
    pub(in crate::verify) fn note_grant(&mut self, effect: &Effect, key: EffectKey) {
        let (kind, grant) = match effect {
            Effect::Credit(grant) => (GrantKind::Credit, grant),
            Effect::ReverseCredit(grant) => (GrantKind::ReverseCredit, grant),
            _ => return,
        };
        let granted = self.grants.entry(grant.purchase.clone()).or_default();
        granted.asked.insert(key, (kind, grant.amount, grant.card.clone()));
    }
}

fn is_grant(effect: &Effect) -> bool {
    matches!(effect, Effect::Credit(_) | Effect::ReverseCredit(_))
}

/// Returns the result of a transaction that its account must get an e-mail about; `None` for a refund that
/// reverses nothing.
fn reported_result(event: &Event) -> Option<(&Transaction, Outcome)> {
    match event {
        Event::PurchaseCredited { transaction, .. } => Some((transaction, Outcome::Credited)),
        Event::CreditReversed { transaction, .. } => Some((transaction, Outcome::CreditReversed)),
        Event::PurchaseNotCounted { transaction, reason, .. } => {
            (transaction.kind == TransactionKind::Purchase).then_some((transaction, *reason))
        }
        _ => None,
    }
}

/// Checks one ledger line about a statement credit against the history, then enters it. The history must have
/// been read to its end.
pub(in crate::verify) fn check_grant_entry(
    checks: &mut Checks,
    place: RecordPlace,
    entry: &LedgerEntry,
    found: Option<(&mut CreditModel, TransactionId)>,
) {
    let kind = match entry.operation.as_str() {
        "credit" => Some(GrantKind::Credit),
        "reverse_credit" => Some(GrantKind::ReverseCredit),
        _ => None,
    };
    let granted = found.map(|(model, purchase)| model.grants.entry(purchase).or_default());
    let asked = granted.as_ref().zip(entry.effect()).and_then(|(granted, key)| granted.asked.get(&key));
    let fits = asked.is_some_and(|(asked, amount, card)| {
        kind == Some(*asked) && *amount == entry.amount && *card == entry.card
    });
    let LedgerEntry { key, operation, order, amount, .. } = entry;
    checks.check(Promise::NoMoneyWithoutEffect, place, fits, || {
        format!("{operation} {key} of {order}, {amount}: no effect of the history asks for this")
    });
    let (Some(granted), Some(kind), true) = (granted, kind, entry.taken) else { return };
    let first = granted.taken.insert(key.clone());
    let minor = i128::from(amount.minor);
    match kind {
        GrantKind::Credit => granted.credited += minor,
        GrantKind::ReverseCredit => granted.reversed += minor,
    }
    let once = kind != GrantKind::Credit || granted.credited == minor;
    checks.check(Promise::CreditedOnce, place, first && once && granted.reversed <= granted.credited, || {
        format!(
            "{order}: {} credited and {} taken back, by {operation} {key}",
            granted.credited, granted.reversed
        )
    });
}
