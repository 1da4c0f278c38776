//! How banks object, and how Stripe tells of it.

use serde_json::Value;

use super::dispute::{Dispute, FraudWarning};
use super::event::Event;
use super::world::World;

impl World {
    /// A bank disputes a payment, with a state in Stripe's words. Returns the dispute's id; `None` if nothing was paid.
    pub fn dispute(&mut self, intent: &str, status: &str, now_ms: i64) -> Option<String> {
        let paid = self.intents.iter().find(|found| found.id == intent && found.amount_received > 0)?;
        let dispute = Dispute {
            id: format!("dp_{}", self.disputes.len() + 1),
            intent: paid.id.clone(),
            amount: paid.amount_received,
            currency: paid.currency.clone(),
            status: status.to_owned(),
            created_ms: now_ms,
        };
        let (id, object) = (dispute.id.clone(), dispute.json());
        let is_withdrawn = dispute.is_withdrawn();
        self.disputes.push(dispute);
        self.happen("charge.dispute.created", object.clone(), now_ms);
        if is_withdrawn {
            self.happen("charge.dispute.funds_withdrawn", object, now_ms);
        }
        Some(id)
    }

    /// A dispute comes to stand otherwise.
    pub fn move_dispute(&mut self, id: &str, status: &str, now_ms: i64) {
        let Some(dispute) = self.disputes.iter_mut().find(|found| found.id == id) else { return };
        dispute.status = status.to_owned();
        let is_over = matches!(status, "won" | "lost" | "warning_closed");
        let (kind, object) =
            (if is_over { "charge.dispute.closed" } else { "charge.dispute.updated" }, dispute.json());
        self.happen(kind, object, now_ms);
    }

    /// A bank warns of fraud. Returns the warning's id.
    pub fn warn(&mut self, intent: &str, now_ms: i64) -> String {
        let (id, intent) = (format!("issfr_{}", self.warnings.len() + 1), intent.to_owned());
        let warning = FraudWarning { id: id.clone(), intent, is_actionable: true, created_ms: now_ms };
        let object = warning.json();
        self.warnings.push(warning);
        self.happen("radar.early_fraud_warning.created", object, now_ms);
        id
    }

    /// A payment is returned: nothing is left to prevent.
    pub(super) fn answer_warnings(&mut self, intent: &str, now_ms: i64) {
        let mut told = Vec::new();
        for warning in
            self.warnings.iter_mut().filter(|warning| warning.intent == intent && warning.is_actionable)
        {
            warning.is_actionable = false;
            told.push(warning.json());
        }
        told.into_iter().for_each(|object| self.happen("radar.early_fraud_warning.updated", object, now_ms));
    }

    /// What happened, the oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The disputes, the oldest first.
    #[must_use]
    pub fn disputes(&self) -> &[Dispute] {
        &self.disputes
    }

    /// The warnings of fraud, the oldest first.
    #[must_use]
    pub fn warnings(&self) -> &[FraudWarning] {
        &self.warnings
    }

    pub(super) fn happen(&mut self, kind: &str, object: Value, now_ms: i64) {
        let id = format!("evt_{}", self.events.len() + 1);
        self.events.push(Event { id, kind: kind.to_owned(), created_ms: now_ms, object });
    }
}
