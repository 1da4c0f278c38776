//! What follows when an operator settles a dead payment: for its order, its units and the next in line.

use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::dead_letter::{SettleDeadLetter, Settlement};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, OfferNo, PostId};
use flashtag::domain::offer::Counts;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::partition::decision_batch::DecisionBatch;
use flashtag::partition::state::PartitionState;

use super::world::{account, link, ms, terms};
use crate::event_coverage::of;

const OFFER: OfferNo = OfferNo(0);

/// A one-step sale of one unit: the first account has ordered it, the second waits.
struct Sale {
    partition: PartitionState,
    records: Vec<(u64, Record)>,
    posts: u64,
}

impl Sale {
    fn new() -> Self {
        let mut sale = Self { partition: PartitionState::new(0), records: Vec::new(), posts: 0 };
        let terms = Terms { confirm_within: Millis::ZERO, ..terms("kindle") };
        sale.turn(&Command::AddOffer { offer: OFFER, terms: Box::new(terms) });
        sale.say(1, Intent::Buy(OFFER));
        sale.say(2, Intent::Buy(OFFER));
        sale
    }

    fn turn(&mut self, command: &Command) {
        let mut batch = DecisionBatch::default();
        self.partition.turn(ms(1000), command, &mut batch);
        self.records.extend(batch.records);
    }

    fn say(&mut self, author: u32, intent: Intent) {
        self.posts += 1;
        let account = account(author);
        let post = PostId::parse_reference(&format!("{}", 5_000_000 + self.posts)).expect("an id");
        let link = Some(link(&account));
        let said = PostCommand { link, ..PostCommand::plain(account, post, ms(1000), intent) };
        self.turn(&Command::Say(said));
    }

    /// The key of the last effect of that kind, and the effect.
    fn last(&self, kind: &str) -> (EffectKey, Effect) {
        let keyed = |(sequence, record): &(u64, Record)| {
            let sequence = *sequence;
            let each = (0..).zip(record.decision.effects.clone());
            each.map(move |(index, effect)| (EffectKey { partition: 0, sequence, index }, effect))
                .collect::<Vec<_>>()
        };
        let mut all = self.records.iter().flat_map(keyed).filter(|(_, effect)| effect.kind() == kind);
        all.next_back().unwrap_or_else(|| panic!("nothing asks for {kind}"))
    }

    fn authorize(&mut self) {
        let (key, effect) = self.last("authorize");
        let id = effect.payment().expect("a payment").id;
        self.turn(&Command::Report(Report::Authorized { id, key, reference: reference() }));
    }

    /// Makes the last effect of that kind a dead letter.
    fn kill(&mut self, kind: &str) -> (EffectKey, Effect) {
        let (key, effect) = self.last(kind);
        self.turn(&Command::Report(Report::DeadLettered { key, reason: "locked out".into() }));
        (key, effect)
    }

    /// Returns what a settlement decides: the kinds of its events and effects.
    fn settle(
        &mut self,
        (key, effect): (EffectKey, Effect),
        settlement: Settlement,
    ) -> Result<(String, String), Refusal> {
        let command = Command::SettleDeadLetter(Box::new(SettleDeadLetter { key, effect, settlement }));
        let mut batch = DecisionBatch::default();
        self.partition.change_offer(ms(2000), &command, &mut batch)?;
        let decisions = || batch.records.iter().map(|(_, record)| &record.decision);
        let events: Vec<_> = decisions().flat_map(|decision| &decision.events).map(of).collect();
        let effects: Vec<_> = decisions().flat_map(|decision| &decision.effects).map(Effect::kind).collect();
        self.records.extend(batch.records);
        Ok((events.join(" "), effects.join(" ")))
    }

    fn counts(&self) -> Counts {
        self.partition.offer(OFFER).expect("it is on sale").counts()
    }
}

fn reference() -> Option<PaymentRef> {
    PaymentRef::parse("pi_3").ok()
}

fn done() -> Settlement {
    Settlement::Done { reference: reference() }
}

fn declined() -> Settlement {
    Settlement::Declined { reason: "no such payment".into() }
}

/// The promotion of the second account confirms at once, because the sale has one step.
#[test]
fn a_settled_payment_sells_or_hands_its_unit_on() {
    let table = [
        ("authorize", done(), "DeadLetterSettled Authorized", "capture", (1, 0, 1)),
        (
            "authorize",
            declined(),
            "DeadLetterSettled Declined Promoted Confirmed",
            "reply authorize void",
            (1, 0, 0),
        ),
        ("capture", done(), "DeadLetterSettled Sold OfferSoldOut", "reply email order announce", (0, 1, 1)),
        (
            "capture",
            declined(),
            "DeadLetterSettled Declined Promoted Confirmed",
            "reply void authorize",
            (1, 0, 0),
        ),
    ];
    for (kind, settlement, events, effects, (reserved, sold, waiting)) in table {
        let mut sale = Sale::new();
        if kind == "capture" {
            sale.authorize();
        }
        let dead = sale.kill(kind);
        assert_eq!(sale.counts().reserved, 1, "a dead payment keeps its unit");
        let decided = sale.settle(dead.clone(), settlement.clone());
        assert_eq!(decided, Ok((events.to_owned(), effects.to_owned())), "{kind} {settlement:?}");
        let counts = sale.counts();
        assert_eq!((counts.reserved, counts.sold, counts.waiting), (reserved, sold, waiting), "{kind}");
        assert_eq!(sale.settle(dead, settlement), Err(Refusal::NotDead), "once");
    }
}

#[test]
fn what_is_no_dead_letter_or_lacks_its_proof_is_refused() {
    let mut sale = Sale::new();
    let pending = sale.last("authorize");
    assert_eq!(sale.settle(pending, done()), Err(Refusal::NotDead), "it is under way");
    let dead = sale.kill("authorize");
    let records = sale.records.len();
    let unproven = sale.settle(dead.clone(), Settlement::Done { reference: None });
    assert!(matches!(unproven, Err(Refusal::Unsettled(_))), "{unproven:?}");
    assert_eq!(sale.records.len(), records, "nothing is recorded");
    let mut batch = DecisionBatch::default();
    let retry = Command::RetryDeadLetter(dead.0);
    assert_eq!(sale.partition.change_offer(ms(2000), &retry, &mut batch), Ok(()));
    assert_eq!(batch.records[0].1.decision.events[..], [Event::DeadLetterRetried { key: dead.0 }]);
    assert_eq!(sale.settle(dead, done()), Err(Refusal::NotDead), "it is tried again");
}

/// The void of a payment that was captured in spite of the settlement comes too late: the money is refunded.
#[test]
fn what_cannot_be_voided_is_refunded() {
    let mut sale = Sale::new();
    sale.authorize();
    let dead = sale.kill("capture");
    let id = dead.1.payment().expect("a payment").id;
    sale.settle(dead, declined()).expect("it is settled");
    let (key, _) = sale.last("void");
    sale.turn(&Command::Report(Report::NotVoided { id, key }));
    let (_, refund) = sale.last("refund");
    let payment = refund.payment().expect("a payment");
    assert_eq!((payment.id, payment.reference.clone()), (id, reference()));
    assert_eq!(sale.counts().reserved, 1, "only the unit of the next in line");
}
