//! The journal's tail: answers, counts and hands to the outbox what is durable, and wakes the subscribers.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::decision_tap::DecisionTap;
use crate::actors::control::UnlinkedTail;
use crate::control::journal::CONTROL;
use crate::domain::decision::{Decision, Record};
use crate::domain::key_form::KeyForm;
use crate::domain::status_word::StatusWord;
use crate::outbox::incoming::Incoming;
use crate::outbox::status::OutboxStatus;
use crate::partition::on_durable::Committed;
use crate::subscribers::positions::DurablePositions;
use crate::telemetry::Telemetry;

/// Upper bounds on batches, or parts of batches, between the journals and the outbox, and on the records of a
/// part. When few posts arrive together batches are short, and the journal must not wait because the outbox
/// has not run for a moment.
pub(super) const TAIL_QUEUE: usize = 1_024;
const RECORDS_TOGETHER: usize = 128;

/// Creates the tail of one partition's journal, whose effects have keys of `form`. It may wait, except for
/// batches without records.
pub(super) fn tail(
    form: KeyForm,
    outgoing: mpsc::Sender<Incoming>,
    outbox_status: Arc<OutboxStatus>,
    durable: Arc<DurablePositions>,
    tap: Option<DecisionTap>,
) -> impl Fn(Committed) + Send + 'static {
    let telemetry = Telemetry::new();
    move |Committed { partition, batch, then }| {
        // Before anybody learns of the batch: who is answered finds its effects pending.
        outbox_status.hand(batch.records.iter().map(|(_, record)| record.decision.effects.len()).sum());
        if let Some(then) = then {
            then(&batch);
        }
        telemetry.answered(&batch.answers);
        if let Some(tap) = &tap {
            tap(partition, &batch);
        }
        if let Some((sequence, _)) = batch.records.last() {
            durable.advance(partition, *sequence);
        }
        batch.records.iter().for_each(|(_, record)| telemetry.recorded(record));
        let whole = Incoming { partition, form, records: batch.records, refusals: batch.refusal_replies };
        whole.in_parts(RECORDS_TOGETHER, |incoming| {
            if !incoming.records.is_empty() {
                // Waits while the outbox is behind. Without an outbox the journal keeps the effects.
                outgoing.blocking_send(incoming).ok();
            } else if !incoming.refusals.is_empty() {
                // A refusal's reply is a courtesy, so it may be dropped.
                outgoing.try_send(incoming).ok();
            }
        });
    }
}

/// Creates the tail of control's words of accounts without a link: no partition has them, so the outbox
/// learns from it who opted out of replies.
pub(super) fn unlinked_tail(outgoing: mpsc::Sender<Incoming>) -> UnlinkedTail {
    Arc::new(move |words| {
        let record =
            |word: &StatusWord| (0, Record { at: word.posted_at, decision: Decision::of(word.event()) });
        let records = words.iter().map(record).collect();
        // Words ask for no effects, so no key has this form. Waits while the outbox is behind.
        let form = KeyForm::Bare;
        outgoing.blocking_send(Incoming { partition: CONTROL, form, records, refusals: Vec::new() }).ok();
    })
}
