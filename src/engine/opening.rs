//! Opens a data directory that was restored: its quarantine ends, and what waits leaves from the next start on.
//!
//! What goes on is compared with the card processor first. The payments behind the end of the backup are unknown to the journal:
//! each of them is returned, or an operator adopts it, before anything leaves.

use std::collections::BTreeSet;

use super::card_processor::CardProcessor;
use super::error::Error;
use super::reconcile::{CLOCKS_APART, adopted, read, unknown};
use crate::clock::Clock;
use crate::config::serve::{Mode, ServeConfig};
use crate::control::instance_file::InstanceFile;
use crate::control::mode_file::ModeFile;
use crate::control::quarantine_file::{Quarantine, QuarantineFile, RestoredAs};
use crate::journal::DataLock;
use crate::outbox::provider::stripe::BookedPayment;

/// What became of opening a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It was in no quarantine.
    Before,
    /// What waits leaves at the next start.
    Now {
        /// The quarantine that ended.
        quarantine: Quarantine,
        /// The payments that were made since the backup, over all; `None` where no card processor takes them.
        payments: Option<usize>,
    },
}

/// Why a data directory is not opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The directory, or the processor, cannot be used.
    #[error(transparent)]
    Engine(#[from] Error),
    /// A copy of a live shop would speak and charge in the name of its original.
    #[error(
        "{0} is a copy of a live shop, and its original may still charge and answer the same people: a copy is never opened \
         for real; to let the shop go on, restore the backup with --as continue"
    )]
    LiveCopy(String),
    /// The shop has money of which the journal knows nothing.
    #[error("{} payments are unknown to the journal", .unknown.len())]
    Unknown {
        /// The quarantine, which goes on.
        quarantine: Quarantine,
        /// The payments.
        unknown: Vec<BookedPayment>,
    },
    /// There is no such payment to adopt.
    #[error("{0} is no payment that the journal does not know; nothing was changed")]
    NothingToAdopt(String),
}

/// Opens the restored directory of the configuration, which no server may use meanwhile. The payments named by `adopt` are kept
/// though the journal does not have them. It waits for the processor.
///
/// # Errors
/// When a payment is neither known nor adopted, or something cannot be read or written. Then the quarantine goes on.
pub fn open_restored(config: &ServeConfig, adopt: &[String]) -> Result<Opened, NotOpened> {
    if !config.data.is_dir() {
        return Err(Error::NoJournal(config.data.clone()).into());
    }
    let _lock = DataLock::acquire(&config.data).map_err(Error::from)?;
    let file = QuarantineFile::of(&config.data);
    let Some(quarantine) = file.read().map_err(Error::from)? else { return Ok(Opened::Before) };
    ModeFile::of(&config.data).check(config.mode).map_err(Error::from)?;
    if quarantine.restored_as == RestoredAs::Copy && config.mode == Mode::Live {
        return Err(NotOpened::LiveCopy(config.data.display().to_string()));
    }
    // The payments of a copy's original are the original's, and the card sandbox has no books outside of the directory.
    let processor = match quarantine.restored_as {
        RestoredAs::Continue => CardProcessor::of_shop(config)?,
        RestoredAs::Copy => None,
    };
    let payments = match (processor, adopt.first()) {
        (Some(processor), _) => Some(match_payments(config, &processor, &quarantine, adopt)?),
        (None, Some(id)) => return Err(NotOpened::NothingToAdopt(id.clone())),
        (None, None) => None,
    };
    file.remove().map_err(Error::from)?;
    Ok(Opened::Now { quarantine, payments })
}

/// Compares the payments since the backup with the journal. Returns how many there are, if each is known, returned or adopted.
fn match_payments(
    config: &ServeConfig,
    processor: &CardProcessor,
    quarantine: &Quarantine,
    adopt: &[String],
) -> Result<usize, NotOpened> {
    let instance = InstanceFile::of(&config.data).read(None).map_err(Error::from)?;
    let instance = instance.ok_or_else(|| Error::NoJournal(config.data.clone()))?;
    let wide = (quarantine.made_at().minus(CLOCKS_APART), Clock::start().now().plus(CLOCKS_APART));
    let booked = processor.books(wide).map_err(|fault| Error::Provider(fault.to_string()))?;
    let journal = read(&config.data)?;
    let unknown = unknown(&journal, &booked, instance.id);
    if let Some(other) = adopt.iter().find(|id| !unknown.iter().any(|payment| payment.id == **id)) {
        return Err(NotOpened::NothingToAdopt(other.clone()));
    }
    let mut adopted = adopted::read(&config.data)?;
    let before = adopted.len();
    adopted.extend(adopt.iter().cloned());
    if adopted.len() > before {
        adopted::write(&config.data, &adopted)?;
    }
    let left: Vec<BookedPayment> = not_adopted(unknown, &adopted);
    if left.is_empty() {
        Ok(booked.len())
    } else {
        Err(NotOpened::Unknown { quarantine: quarantine.clone(), unknown: left })
    }
}

fn not_adopted(unknown: Vec<&BookedPayment>, adopted: &BTreeSet<String>) -> Vec<BookedPayment> {
    unknown.into_iter().filter(|payment| !adopted.contains(&payment.id)).cloned().collect()
}
