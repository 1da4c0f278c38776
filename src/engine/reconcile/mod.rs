//! Reconciles the payments of a data directory with the books of the card processor.
//!
//! The processor is asked first, and the journal is read as far as it is durable, also while a service writes it. What happened
//! just now is left out, because one side may not have it yet.

pub(super) mod adopted;
mod compare;
mod recorded;

use std::path::Path;

use super::card_processor::CardProcessor;
use super::error::Error;
use super::stores::{partition_store, partitions_in};
use crate::clock::Clock;
use crate::config::serve::ServeConfig;
use crate::control::instance_file::InstanceFile;
use crate::domain::time::{Millis, Timestamp};
use crate::journal::{Followed, LogStore};
use crate::partition::codec;

pub use compare::{Reconciled, Sums, compare, unknown};
pub use recorded::Journal;

/// How far the processor's clock may be off.
pub(super) const CLOCKS_APART: Millis = Millis::from_secs(3600);

/// Reconciles what was recorded since `from`, without what happened so recently. It waits for the processor.
///
/// # Errors
/// When there is no processor, its books cannot be read, or the journal cannot be read.
pub fn reconcile(config: &ServeConfig, from: Timestamp, recent: Millis) -> Result<Reconciled, Error> {
    let Some(processor) = CardProcessor::of_shop(config)? else {
        return Err(Error::Provider(
            "payments are not Stripe's; `flashtag verify` checks the card sandbox".into(),
        ));
    };
    let instance = InstanceFile::of(&config.data).read(None)?;
    let instance = instance.ok_or_else(|| Error::NoJournal(config.data.clone()))?;
    let now = Clock::start().now();
    let until = Timestamp::from_ms(now.ms().saturating_sub(recent.ms()));
    // Nothing is judged by the processor's clock: what is left out is what the journal has at other times.
    let wide = (from.minus(CLOCKS_APART), now.plus(CLOCKS_APART));
    let mut booked = processor.books(wide).map_err(|fault| Error::Provider(fault.to_string()))?;
    let adopted = adopted::read(&config.data)?;
    booked.retain(|payment| !adopted.contains(&payment.id));
    let journal = read(&config.data)?;
    Ok(compare(&journal, &booked, instance.id, (from, until)))
}

/// Reads the durable records of all partitions.
pub(super) fn read(data: &Path) -> Result<Journal, Error> {
    let mut journal = Journal::default();
    let partitions = partitions_in(data)?;
    if partitions.is_empty() {
        return Err(Error::NoJournal(data.to_owned()));
    }
    for partition in partitions {
        let store = partition_store(data, partition);
        let (first, durable) = (store.first_sequence()?, store.durable_sequence()?);
        let mut follower = store.follow(first);
        let mut last = first.saturating_sub(1);
        while last < durable {
            let followed = follower.read(durable, &mut |sequence, payload| {
                let (form, record) = codec::decode(payload)?;
                journal.read(partition, sequence, form, &record);
                last = sequence;
                Ok(())
            })?;
            match followed {
                Followed::Records(0) => break,
                Followed::Records(_) => {}
                Followed::Trimmed(trimmed) => last = *trimmed.end(),
            }
        }
    }
    Ok(journal)
}
