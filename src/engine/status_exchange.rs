//! The exchange of status words between control and the partitions at a start, before any intake.
//!
//! Control takes in the words of the partitions; then each partition takes in the words of linked accounts
//! that it lacks. The exchange restores a word that a crash kept from one of the journals, and tells earlier
//! words to a partition that was added later, or that learns of an account by its later link. A crash during
//! the exchange is harmless: the next start completes it.

use super::catalog_setup::{Ready, append};
use super::error::Error;
use crate::actors::partition::DecisionBatch;
use crate::control::journal::{CONTROL, ControlJournal};
use crate::control::link_registry::Links;
use crate::control::record::ControlEvent;
use crate::domain::command::Command;
use crate::domain::decision::{Decision, Record};
use crate::domain::key_form::KeyForm;
use crate::domain::status_word::{StatusKind, StatusWord};
use crate::domain::time::Timestamp;
use crate::journal::Log;
use crate::partition::pending_effects::PendingEffects;

/// Words appended at once.
const WORDS_TOGETHER: usize = 4_096;

/// Lets control and every partition know the newest word of each account and kind. Partitions take in words
/// of linked accounts only, in records of `form`; the outbox learns who opted out from the pending effects.
///
/// # Errors
/// When a journal fails.
pub fn exchange_words<L: Log>(
    ready: &mut [Ready<L>],
    pending: &mut PendingEffects,
    form: KeyForm,
    control: &mut ControlJournal<impl Log>,
    links: &Links,
    now: Timestamp,
) -> Result<(), Error> {
    for Ready { partition, .. } in ready.iter() {
        let lacking = partition.words().filter(|word| control.state().lacks(word));
        for word in in_order(lacking.collect()) {
            control.record(now, ControlEvent::StatusChanged(word))?;
        }
    }
    // Durable before a partition takes anything from control.
    control.flush()?;
    for ready in ready.iter_mut() {
        let known = control.state().words().filter(|word| ready.partition.lacks(word));
        let lacking = in_order(known.filter(|word| links.contains_key(&word.account)).collect());
        for words in lacking.chunks(WORDS_TOGETHER) {
            let mut batch = DecisionBatch::default();
            for word in words {
                ready.partition.turn(now, &Command::SetStatus(Box::new(word.clone())), &mut batch);
            }
            append(ready, pending, form, batch)?;
        }
    }
    for word in control.state().words().filter(|word| word.kind == StatusKind::Replies) {
        let record = Record { at: now, decision: Decision::of(word.event()) };
        pending.read(CONTROL, 0, KeyForm::Bare, record);
    }
    Ok(())
}

/// Sorts words, so that the same directory gives the same records.
fn in_order(mut words: Vec<StatusWord>) -> Vec<StatusWord> {
    words.sort_by(|one, other| (&one.account, one.posted_at).cmp(&(&other.account, other.posted_at)));
    words
}
