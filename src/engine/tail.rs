//! The journal's tail: what is durable is answered, counted, and handed to the outbox.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::outbox::incoming::Incoming;
use crate::outbox::status::OutboxStatus;
use crate::partition::decision_batch::DecisionBatch;
use crate::partition::on_durable::Committed;
use crate::telemetry::Telemetry;

/// The most batches, or parts of batches, on their way from the journals to the outbox, and the most records of a part.
/// Where few posts come together a batch is short, and the journal must not wait for an outbox that has not had
/// the processor for a moment.
pub(super) const TAIL_QUEUE: usize = 1_024;
const RECORDS_TOGETHER: usize = 128;

/// Sees what became durable, with the number of its partition.
pub type Observer = Arc<dyn Fn(u32, &DecisionBatch) + Send + Sync>;

/// The tail of one partition's journal. It may wait, unless there are no records.
pub(super) fn tail(
    outgoing: mpsc::Sender<Incoming>,
    outbox_status: Arc<OutboxStatus>,
    observer: Option<Observer>,
) -> impl Fn(Committed) + Send + 'static {
    let telemetry = Telemetry::new();
    move |Committed { partition, batch, then }| {
        if let Some(then) = then {
            then(&batch);
        }
        telemetry.answered(&batch.answers);
        if let Some(observer) = &observer {
            observer(partition, &batch);
        }
        batch.records.iter().for_each(|(_, record)| telemetry.recorded(record));
        let whole = Incoming { partition, records: batch.records, refusals: batch.refusal_replies };
        whole.in_parts(RECORDS_TOGETHER, |incoming| {
            if !incoming.records.is_empty() {
                outbox_status.hand(incoming.effect_count());
                // Waits while the outbox is behind; without an outbox the journal is the memory.
                outgoing.blocking_send(incoming).ok();
            } else if !incoming.refusals.is_empty() {
                // To those who were refused nothing is owed.
                outgoing.try_send(incoming).ok();
            }
        });
    }
}
