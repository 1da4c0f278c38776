//! The banks of the buyers' cards: they dispute payments that were captured, and warn of fraud.

use flashtag::domain::command::Command;
use flashtag::domain::id::ReservationId;
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning, NoteObjection, Objection};
use flashtag::domain::order::OrderStage;
use flashtag::domain::provider_ref::{ObjectionRef, PaymentRef};

use super::World;

impl World {
    /// A bank objects to a payment, or says something new of its objection. What it says may come twice.
    pub(super) fn object(&mut self) {
        let partition = self.rng.below(self.plan.partitions as usize);
        let state = self.node().processors[partition].state();
        let mut paid = Vec::new();
        for (offer, sale) in state.offers() {
            let orders = (1..200).filter_map(|ordinal| Some((ordinal, sale.order(ordinal)?)));
            let taken = orders.filter(|(_, order)| {
                matches!(order.stage, OrderStage::Sold | OrderStage::Returning | OrderStage::Refunded)
            });
            paid.extend(taken.map(|(ordinal, order)| {
                (ReservationId { offer, ordinal }, order.payment.clone(), order.claim.amount)
            }));
        }
        if paid.is_empty() {
            return;
        }
        let (id, payment, amount) = self.rng.pick(&paid).clone();
        let number = self.rng.below(3);
        let objection = if self.rng.below(3) == 0 {
            let reference = ObjectionRef::parse(&format!("issfr_{number}")).expect("an id");
            let kind = "made_with_stolen_card".into();
            Objection::FraudWarning(FraudWarning { reference, kind, is_actionable: self.rng.below(2) == 0 })
        } else {
            let stages =
                [DisputeStage::Inquiry, DisputeStage::NeedsResponse, DisputeStage::Won, DisputeStage::Lost];
            Objection::Dispute(Dispute {
                reference: ObjectionRef::parse(&format!("dp_{number}")).expect("an id"),
                stage: *self.rng.pick(&stages),
                amount,
                reason: "fraudulent".into(),
                due_by: None,
                is_withdrawn: self.rng.below(2) == 0,
            })
        };
        let payment = payment.unwrap_or_else(|| PaymentRef::parse("by_hand").expect("an id"));
        let note = NoteObjection { id, payment, objection };
        self.node().operate(partition, &Command::NoteObjection(Box::new(note)));
    }
}
