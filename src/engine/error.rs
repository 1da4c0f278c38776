//! The failures that keep an engine from starting.

use std::path::PathBuf;

use super::networks::NetworksError;
use crate::backups::BackupError;
use crate::control::confirm_links::LinkKeyError;
use crate::control::instance_file::InstanceError;
use crate::control::mode_file::ModeError;
use crate::control::quarantine_file::QuarantineError;
use crate::domain::id::OfferId;
use crate::domain::time::{Millis, Timestamp};
use crate::journal;
use crate::ops::{OpsError, SecretError};
use crate::people::PeopleError;
use crate::subscribers::error::SubscriberError;

/// Why the engine does not start. Nothing was sold, and nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The offer was sold under other terms before.
    #[error(
        "offer {offer} is on sale under other terms than the offer file's: {what} differs; \
         restore the offer file, or give the changed offer a new id"
    )]
    TermsChanged {
        /// The offer.
        offer: OfferId,
        /// The term that differs.
        what: &'static str,
    },
    /// Two offers would be on sale at once with one tag.
    #[error(
        "offer {offer} of the offer file has the tag #{tag}, under which offer {other} is on sale; give it another tag, \
         or end the other one first: flashtag close --offer {other}"
    )]
    TagTaken {
        /// The offer of the file.
        offer: OfferId,
        /// The offer that is on sale.
        other: OfferId,
        /// The tag.
        tag: String,
    },
    /// More accounts with holdings have no link than a mistake in the accounts file should release.
    #[error(
        "{missing} of {holdings} reservations and places in line belong to accounts that are not linked any more; is the \
         accounts file whole? --unlink-missing releases them, and tells their accounts"
    )]
    LinksMissing {
        /// Reservations and places in line of accounts that lost their link.
        missing: u64,
        /// All of them.
        holdings: u64,
    },
    /// The journal's last record is far ahead of the machine's clock.
    #[error(
        "the journal is {ahead} ahead of this machine's clock: its last record is of {last}; set the clock right, or \
         wait until then, or go on with windows at half speed until then by `serve --journal-ahead go-on`"
    )]
    JournalAhead {
        /// The time of the last record.
        last: Timestamp,
        /// How far that is ahead.
        ahead: Millis,
    },
    /// Two partitions' journals claim the same offer.
    #[error(
        "offer {0} is in the journals of two partitions; the data directory was put together from several"
    )]
    OfferTwice(OfferId),
    /// A file of a provider cannot be opened, or a thread cannot be started.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The action that failed.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The directory holds no journal.
    #[error("{} holds no journal; name the data directory of `serve`, `demo` or `sell`", .0.display())]
    NoJournal(PathBuf),
    /// The beginning of a history was removed, as `retain` allows.
    #[error(
        "the history of partition {partition} in {} begins with record {first}: what was before it was removed \
         when snapshots had it, so it cannot be verified from the start; with retain = \"history\" nothing is removed",
        .data.display()
    )]
    BeginningGone {
        /// The data directory.
        data: PathBuf,
        /// The partition of the history.
        partition: u32,
        /// The first record that is left.
        first: u64,
    },
    /// The directory holds data that does not belong to this command, so it is not removed.
    #[error("{} holds the data of another sale, which is not this command's to remove; name another directory", .0.display())]
    NotOurs(PathBuf),
    /// The ledger was not written by the card sandbox.
    #[error("{}:{line}: not a line of a card sandbox's ledger", .path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// The key that signs links cannot be used.
    #[error(transparent)]
    LinkKey(#[from] LinkKeyError),
    /// The identity of the data directory cannot be used.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The threads that read the networks cannot be started.
    #[error("cannot start to read the networks, or the card processor's events: {0}")]
    NoReaders(std::io::Error),
    /// The shop's accounts at the networks cannot be used.
    #[error(transparent)]
    Networks(#[from] NetworksError),
    /// Nobody knows what may leave the data directory.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// The mode of the data directory is another one, or cannot be used.
    #[error(transparent)]
    Mode(#[from] ModeError),
    /// The database beside the journals cannot be used.
    #[error(transparent)]
    Ops(#[from] OpsError),
    /// The shop's secrets cannot be used.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The people cannot be used.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The directory of the backups, or what was restored, cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A subscriber's output cannot be rewritten.
    #[error(transparent)]
    Subscriber(#[from] SubscriberError),
    /// A provider cannot be set up.
    #[error("{0}")]
    Provider(String),
}

impl Error {
    /// The exit code of a process that cannot start for this reason, after sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Journal(error) => journal_exit_code(error),
            Self::Io { action, source, .. }
            | Self::LinkKey(LinkKeyError::Io { action, source, .. })
            | Self::Instance(InstanceError::Io { action, source, .. })
            | Self::Mode(ModeError::Io { action, source, .. }) => {
                let missing = *action == "read" && source.kind() == std::io::ErrorKind::NotFound;
                if missing { 66 } else { 74 }
            }
            Self::Quarantine(error) => error.exit_code(),
            Self::Ops(error) => error.exit_code(),
            Self::Secrets(error) => error.exit_code(),
            Self::People(error) => error.exit_code(),
            Self::Backup(error) => error.exit_code(),
            Self::Subscriber(_) => 74,
            Self::NoReaders(_) => 71,
            Self::Networks(_) => 78,
            Self::NoJournal(_) => 66,
            Self::NotOurs(_) => 73,
            Self::Ledger { .. } | Self::BeginningGone { .. } => 65,
            Self::TermsChanged { .. }
            | Self::OfferTwice(_)
            | Self::LinksMissing { .. }
            | Self::TagTaken { .. }
            | Self::LinkKey(_)
            | Self::Instance(_)
            | Self::Mode(_)
            | Self::JournalAhead { .. }
            | Self::Provider(_) => 78,
        }
    }
}

/// The exit code of a process that cannot use its journal: 75 while another process holds it, 74 when the
/// disk fails, 78 when acknowledged records cannot be read.
pub(super) fn journal_exit_code(error: &journal::Error) -> u8 {
    match error {
        journal::Error::Locked { .. } => 75,
        journal::Error::Io { .. } => 74,
        _ => 78,
    }
}
