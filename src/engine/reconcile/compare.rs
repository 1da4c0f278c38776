//! What the journal says against what the processor has.

use std::collections::BTreeMap;

use super::recorded::{Asked, Ending, Journal, Recorded};
use crate::domain::id::{EffectKey, ReservationId};
use crate::domain::key_form::KeyForm;
use crate::domain::objection::Dispute;
use crate::domain::time::Timestamp;
use crate::outbox::delivery_key::OutsideKey;
use crate::outbox::instance_id::InstanceId;
use crate::outbox::provider::stripe::{BookedDispute, BookedPayment, stripe_amount};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Payments that both sides have.
    pub payments: u64,
    /// Taken, returned and disputed, by currency, in the units that the processor counts.
    pub sums: BTreeMap<String, Sums>,
    /// The same by offer and currency.
    pub offers: BTreeMap<(String, String), Sums>,
    /// What the processor kept, as far as it tells: by offer, and by the currency of the shop's account there.
    pub fees: BTreeMap<(String, String), i64>,
    /// Payments that are not done yet.
    pub under_way: u64,
    /// Payments of which an effect was given up: an operator has to act.
    pub given_up: u64,
    /// What differs, for people.
    pub differences: Vec<String>,
}

/// The money of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// What was taken.
    pub taken: i64,
    /// What was returned.
    pub returned: i64,
    /// What banks took because of disputes.
    pub disputed: i64,
}

/// What the journal expects of a payment that is done.
struct Expected {
    taken: i64,
    returned: i64,
}

/// Compares the payments that were recorded since `from`, and of which nothing was recorded since `until`.
#[must_use]
pub fn compare(
    journal: &Journal,
    booked: &[BookedPayment],
    instance: InstanceId,
    (from, until): (Timestamp, Timestamp),
) -> Reconciled {
    let mut found = Reconciled::default();
    let mut by_key = by_key(booked, instance);
    let undisputed = BTreeMap::new();
    for (order, recorded) in &journal.payments {
        let at_processor = by_key.remove(&(recorded.authorize, recorded.form)).unwrap_or_default();
        if recorded.recorded_at < from || recorded.touched_at > until {
            continue;
        }
        of_order(journal, (order.1, recorded), &at_processor, &mut found);
        let recorded = journal.disputes.get(order).unwrap_or(&undisputed);
        compare_disputes(recorded, &at_processor, until, &mut found.differences);
    }
    for payment in by_key.into_values().flatten() {
        let order = payment.order.as_deref().unwrap_or("no order");
        found.differences.push(format!("payment {} of {order}: the journal has no such order", payment.id));
    }
    found
}

/// The payments of the data directory that the journal does not have, and whose money the shop has or may take.
#[must_use]
pub fn unknown<'b>(
    journal: &Journal,
    booked: &'b [BookedPayment],
    instance: InstanceId,
) -> Vec<&'b BookedPayment> {
    let mut unknown = by_key(booked, instance);
    for recorded in journal.payments.values() {
        unknown.remove(&(recorded.authorize, recorded.form));
    }
    unknown.into_values().flatten().filter(|payment| has_money(payment)).collect()
}

/// Whether a payment is more than one that failed, was let go or was returned whole.
fn has_money(payment: &BookedPayment) -> bool {
    let returned: i64 = payment.refunds.iter().map(|refund| refund.amount).sum();
    payment.taken > returned || matches!(payment.status.as_str(), "requires_capture" | "processing")
}

/// The payments of the data directory, by the keys of the effects that made them.
fn by_key(
    booked: &[BookedPayment],
    instance: InstanceId,
) -> BTreeMap<(EffectKey, KeyForm), Vec<&BookedPayment>> {
    let mut by_key = BTreeMap::<_, Vec<&BookedPayment>>::new();
    for payment in booked {
        let key = payment.key.as_ref().and_then(|key| key.parse::<OutsideKey>().ok());
        // Another shop, or another program, may have the same account.
        let prefix = key.and_then(|key| key.prefix).filter(|prefix| prefix.instance == instance);
        if let Some((key, prefix)) = key.zip(prefix) {
            by_key.entry((key.effect, KeyForm::Epoch(prefix.epoch))).or_default().push(payment);
        }
    }
    by_key
}

fn of_order(
    journal: &Journal,
    (id, recorded): (ReservationId, &Recorded),
    booked: &[&BookedPayment],
    found: &mut Reconciled,
) {
    let endings = recorded.asked.iter().map(|(key, ..)| journal.ending(*key));
    let endings: Vec<Ending> = [journal.ending(recorded.authorize)].into_iter().chain(endings).collect();
    let name = booked.first().and_then(|payment| payment.order.clone());
    let name = name.unwrap_or_else(|| format!("reservation {} of offer {}", id.ordinal, id.offer.0));
    let currency = recorded.amount.currency.code().to_ascii_lowercase();
    let differences = &mut found.differences;
    if booked.len() > 1 {
        differences.push(format!("{name}: {} payments have one key", booked.len()));
    }
    if endings.contains(&Ending::GivenUp) {
        found.given_up += 1;
        return;
    }
    if endings.contains(&Ending::Open) {
        found.under_way += 1;
        return;
    }
    let expected = expected(journal, recorded);
    let taken: i64 = booked.iter().map(|payment| payment.taken).sum();
    let returned: i64 = booked.iter().flat_map(|payment| &payment.refunds).map(|refund| refund.amount).sum();
    if let Some(other) = booked.iter().find(|payment| payment.currency != currency) {
        differences
            .push(format!("{name}: {} is in {}, and recorded in {currency}", other.id, other.currency));
    }
    if taken != expected.taken {
        differences.push(format!("{name}: {taken} {currency} was taken, and {} is recorded", expected.taken));
    }
    if returned != expected.returned {
        differences.push(format!(
            "{name}: {returned} {currency} was returned, and {} is recorded",
            expected.returned
        ));
    }
    if let Some(held) = booked.iter().find(|payment| payment.status == "requires_capture") {
        differences.push(format!("{name}: {} still holds {} {currency}", held.id, held.amount));
    }
    found.payments += u64::from(!booked.is_empty());
    let disputes = booked.iter().flat_map(|payment| &payment.disputes);
    let disputed = disputes.filter(|dispute| dispute.is_withdrawn).map(|dispute| dispute.amount).sum();
    found.sums.entry(currency.clone()).or_default().add(Sums { taken, returned, disputed });
    let Some((offer, _)) = name.rsplit_once('.') else { return };
    found.offers.entry((offer.to_owned(), currency)).or_default().add(Sums { taken, returned, disputed });
    for (fee, currency) in booked.iter().filter_map(|payment| payment.fee.as_ref()) {
        *found.fees.entry((offer.to_owned(), currency.clone())).or_default() += fee;
    }
}

impl Sums {
    fn add(&mut self, more: Self) {
        self.taken += more.taken;
        self.returned += more.returned;
        self.disputed += more.disputed;
    }
}

/// What one side knows of an order's disputes and the other does not. One that was just opened is left out.
fn compare_disputes(
    recorded: &BTreeMap<String, Dispute>,
    booked: &[&BookedPayment],
    until: Timestamp,
    differences: &mut Vec<String>,
) {
    let known: Vec<&BookedDispute> = booked.iter().flat_map(|payment| &payment.disputes).collect();
    let name = booked.first().and_then(|payment| payment.order.as_deref()).unwrap_or("an order");
    for BookedDispute { id, stage, .. } in known.iter().filter(|dispute| dispute.opened_at < until) {
        match recorded.get(id) {
            None => differences.push(format!("{name}: dispute {id} is {stage}, and not recorded")),
            Some(own) if own.stage.name() != stage.as_str() => {
                let own = own.stage.name();
                differences.push(format!("{name}: dispute {id} is {stage}, and recorded as {own}"));
            }
            Some(_) => {}
        }
    }
    for id in recorded.keys().filter(|id| !known.iter().any(|dispute| dispute.id == **id)) {
        differences.push(format!("{name}: dispute {id} is recorded, and the processor does not have it"));
    }
}

/// What a payment must have come to whose effects are all done.
fn expected(journal: &Journal, recorded: &Recorded) -> Expected {
    let done = |asked: Asked| {
        let of = recorded.asked.iter().filter(move |(_, found, _)| *found == asked);
        of.filter(|(key, ..)| journal.ending(*key) == Ending::Done)
    };
    let units = |amount| stripe_amount(amount).unwrap_or_default();
    // What is returned was taken, if only by hand.
    let is_taken = done(Asked::Capture).next().is_some() || done(Asked::Refund).next().is_some();
    let taken = if is_taken { units(recorded.amount) } else { 0 };
    Expected { taken, returned: done(Asked::Refund).map(|(.., amount)| units(*amount)).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::{Decision, Record};
    use crate::domain::effect::{Effect, Payment};
    use crate::domain::event::{Delivered, Event};
    use crate::domain::id::{Account, Network, OfferNo};
    use crate::domain::objection::DisputeStage;
    use crate::domain::provider_ref::ObjectionRef;
    use crate::outbox::provider::stripe::BookedRefund;

    const SHOP: [u8; 16] = [7; 16];
    const OTHER: [u8; 16] = [8; 16];

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(1_796_050_800_000 + ms)
    }

    fn payment() -> Payment {
        Payment {
            id: ReservationId { offer: OfferNo(0), ordinal: 17 },
            account: Account::parse(Network::X, "42").unwrap(),
            card: "cus_Ana/pm_1".into(),
            amount: "20.00 USD".parse().unwrap(),
            reference: None,
            details: None,
            heard: None,
        }
    }

    fn key(sequence: u64) -> EffectKey {
        EffectKey { partition: 0, sequence, index: 0 }
    }

    fn declined(sequence: u64) -> Event {
        let Payment { id, account, .. } = payment();
        Event::Declined { id, account, units: 1, reason: "no".into(), key: key(sequence) }
    }

    fn done(sequence: u64) -> Event {
        Event::Delivered(Delivered::one(key(sequence), None))
    }

    /// A journal in which each record asks for an effect and settles another one.
    fn journal(records: Vec<(Vec<Event>, Vec<Effect>)>) -> Journal {
        let mut journal = Journal::default();
        for ((events, effects), sequence) in records.into_iter().zip(1..) {
            let decision = Decision { events: events.into(), effects: effects.into() };
            let at = at(i64::try_from(sequence).unwrap() * 1000);
            journal.read(0, sequence, KeyForm::Epoch(1), &Record { at, decision });
        }
        journal
    }

    fn sold() -> Vec<(Vec<Event>, Vec<Effect>)> {
        vec![
            (vec![], vec![Effect::Authorize(payment())]),
            (vec![done(1)], vec![Effect::Capture(payment())]),
            (vec![done(2)], vec![]),
        ]
    }

    fn refunded() -> Vec<(Vec<Event>, Vec<Effect>)> {
        let mut records = sold();
        records.push((vec![], vec![Effect::Refund(payment())]));
        records.push((vec![done(4)], vec![]));
        records
    }

    fn booked(instance: [u8; 16], sequence: u64, status: &str, taken: i64) -> BookedPayment {
        let instance = InstanceId::from(instance);
        BookedPayment {
            id: format!("pi_{sequence}"),
            key: Some(format!("ft-{instance}-1-0/{sequence}/0")),
            order: Some("kettle.17".to_owned()),
            status: status.into(),
            amount: 2000,
            taken,
            currency: "usd".to_owned(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            fee: (taken > 0).then(|| (88, "eur".to_owned())),
        }
    }

    fn with_dispute(mut payment: BookedPayment, stage: &str) -> BookedPayment {
        payment.disputes.push(BookedDispute {
            id: "dp_1".to_owned(),
            stage: stage.into(),
            amount: 2000,
            is_withdrawn: stage != "won",
            opened_at: at(5_000),
        });
        payment
    }

    fn disputed(stage: DisputeStage) -> Vec<(Vec<Event>, Vec<Effect>)> {
        let dispute = Dispute {
            reference: ObjectionRef::parse("dp_1").unwrap(),
            stage,
            amount: payment().amount,
            reason: "fraudulent".into(),
            due_by: None,
            is_withdrawn: true,
        };
        let mut records = sold();
        records.push((vec![Event::Disputed { id: payment().id, dispute: Box::new(dispute) }], vec![]));
        records
    }

    fn with_refund(mut payment: BookedPayment) -> BookedPayment {
        payment.refunds.push(BookedRefund { id: "re_1".to_owned(), key: None, amount: 2000 });
        payment
    }

    fn compared(records: Vec<(Vec<Event>, Vec<Effect>)>, booked: &[BookedPayment], until: i64) -> Reconciled {
        compare(&journal(records), booked, InstanceId::from(SHOP), (at(0), at(until)))
    }

    #[test]
    fn every_difference_is_told() {
        let paid = || booked(SHOP, 1, "succeeded", 2000);
        let declined_order =
            || vec![(vec![], vec![Effect::Authorize(payment())]), (vec![declined(1)], vec![])];
        let voided = || {
            let mut records = sold();
            records.truncate(2);
            records.push((vec![declined(2)], vec![Effect::Void(payment())]));
            records.push((vec![done(3)], vec![]));
            records
        };
        let table = [
            ("sold and paid", sold(), vec![paid()], vec![]),
            ("taken back and refunded", refunded(), vec![with_refund(paid())], vec![]),
            ("declined", declined_order(), vec![booked(SHOP, 1, "canceled", 0)], vec![]),
            ("let go", voided(), vec![booked(SHOP, 1, "canceled", 0)], vec![]),
            ("another shop's", sold(), vec![paid(), booked(OTHER, 9, "succeeded", 2000)], vec![]),
            (
                "nobody recorded it",
                sold(),
                vec![paid(), booked(SHOP, 9, "succeeded", 2000)],
                vec!["payment pi_9 of kettle.17: the journal has no such order"],
            ),
            (
                "sold, and nothing was taken",
                sold(),
                vec![booked(SHOP, 1, "requires_capture", 0)],
                vec![
                    "kettle.17: 0 usd was taken, and 2000 is recorded",
                    "kettle.17: pi_1 still holds 2000 usd",
                ],
            ),
            (
                "sold, and the processor knows nothing",
                sold(),
                vec![],
                vec!["reservation 17 of offer 0: 0 usd was taken, and 2000 is recorded"],
            ),
            (
                "less was taken",
                sold(),
                vec![booked(SHOP, 1, "succeeded", 1500)],
                vec!["kettle.17: 1500 usd was taken, and 2000 is recorded"],
            ),
            (
                "declined, and taken",
                declined_order(),
                vec![paid()],
                vec!["kettle.17: 2000 usd was taken, and 0 is recorded"],
            ),
            (
                "let go, and still held",
                voided(),
                vec![booked(SHOP, 1, "requires_capture", 0)],
                vec!["kettle.17: pi_1 still holds 2000 usd"],
            ),
            (
                "returned by hand",
                sold(),
                vec![with_refund(paid())],
                vec!["kettle.17: 2000 usd was returned, and 0 is recorded"],
            ),
            (
                "disputed on both sides",
                disputed(DisputeStage::Lost),
                vec![with_dispute(paid(), "lost")],
                vec![],
            ),
            (
                "disputed, and nobody recorded it",
                sold(),
                vec![with_dispute(paid(), "needs_response")],
                vec!["kettle.17: dispute dp_1 is needs_response, and not recorded"],
            ),
            (
                "lost, and recorded as open",
                disputed(DisputeStage::NeedsResponse),
                vec![with_dispute(paid(), "lost")],
                vec!["kettle.17: dispute dp_1 is lost, and recorded as needs_response"],
            ),
            (
                "recorded, and not disputed",
                disputed(DisputeStage::NeedsResponse),
                vec![paid()],
                vec!["kettle.17: dispute dp_1 is recorded, and the processor does not have it"],
            ),
            (
                "refunded, and nothing was returned",
                refunded(),
                vec![paid()],
                vec!["kettle.17: 0 usd was returned, and 2000 is recorded"],
            ),
            (
                "paid twice under one key",
                sold(),
                vec![paid(), paid()],
                vec![
                    "kettle.17: 2 payments have one key",
                    "kettle.17: 4000 usd was taken, and 2000 is recorded",
                ],
            ),
        ];
        for (case, records, booked, differences) in table {
            assert_eq!(compared(records, &booked, 60_000).differences, differences, "{case}");
        }
    }

    #[test]
    fn a_payment_is_unknown_while_the_shop_has_money_that_no_order_is_for() {
        let lost = |status: &str, taken| booked(SHOP, 9, status, taken);
        let table = [
            ("taken", lost("succeeded", 2000), true),
            ("reserved on the card", lost("requires_capture", 0), true),
            ("under way", lost("processing", 0), true),
            ("returned", with_refund(lost("succeeded", 2000)), false),
            ("returned in part", with_refund(lost("succeeded", 2001)), true),
            ("let go", lost("canceled", 0), false),
            ("declined", lost("requires_payment_method", 0), false),
            ("of an order of the journal", booked(SHOP, 1, "succeeded", 2000), false),
            ("of another directory", booked(OTHER, 9, "succeeded", 2000), false),
        ];
        let journal = journal(sold());
        for (case, payment, is_unknown) in table {
            let all = [payment];
            assert_eq!(!unknown(&journal, &all, InstanceId::from(SHOP)).is_empty(), is_unknown, "{case}");
        }
    }

    #[test]
    fn what_is_not_done_and_what_waits_for_an_operator_is_counted() {
        let mut open = sold();
        open.truncate(2);
        let held = [booked(SHOP, 1, "requires_capture", 0)];
        assert_eq!(compared(open, &held, 60_000), Reconciled { under_way: 1, ..Reconciled::default() });
        let mut given_up = sold();
        given_up.truncate(2);
        given_up.push((vec![Event::DeadLettered { key: key(2), reason: "unresolved".into() }], vec![]));
        assert_eq!(compared(given_up, &held, 60_000), Reconciled { given_up: 1, ..Reconciled::default() });
    }

    #[test]
    fn the_sums_are_those_of_both_sides_and_what_is_recent_is_left_out() {
        let all = compared(refunded(), &[with_refund(booked(SHOP, 1, "succeeded", 2000))], 60_000);
        assert_eq!(all.payments, 1);
        assert_eq!(all.sums["usd"], Sums { taken: 2000, returned: 2000, disputed: 0 });
        let of_kettle = ("kettle".to_owned(), "usd".to_owned());
        let lost = [with_dispute(booked(SHOP, 1, "succeeded", 2000), "lost")];
        let lost = compared(disputed(DisputeStage::Lost), &lost, 60_000);
        assert_eq!(lost.offers[&of_kettle], Sums { taken: 2000, returned: 0, disputed: 2000 });
        assert_eq!(lost.fees[&("kettle".to_owned(), "eur".to_owned())], 88);
        assert_eq!(compared(refunded(), &[], 4_000), Reconciled::default(), "its refund is too recent");
    }
}
