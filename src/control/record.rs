//! Records of the control journal: what holds for an account in every partition.

use serde::{Deserialize, Serialize};

use crate::domain::id::Account;
use crate::domain::link::LinkedAccount;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRecord {
    /// When it was decided.
    pub at: Timestamp,
    /// What was decided.
    pub event: ControlEvent,
}

/// One fact of the past. The order of the variants is the stored form: new ones are appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlEvent {
    /// An account was linked to a card. A later link of the account replaces this one.
    Linked(LinkedAccount),
    /// An account's status was changed, by a post or on the linking page.
    StatusChanged(StatusWord),
    /// The links of an older release's journal were taken over; that journal is not read again.
    LinksImported {
        /// The number of accounts that it linked.
        links: u64,
    },
    /// An account was unlinked: it has no card, whatever the accounts file says, until it is linked again.
    Unlinked {
        /// The account.
        account: Account,
    },
    /// An operator accepted the machine's clock.
    ClockAccepted {
        /// Journal time then.
        journal: Timestamp,
        /// How far journal time was ahead, in milliseconds; negative if it was behind.
        ahead_ms: i64,
    },
    /// The person behind an account was erased: it is unlinked, and its key is destroyed, now or at the next start. It
    /// holds until the account is linked again.
    Erased {
        /// The account.
        account: Account,
    },
    /// The engine started while journal time was ahead of the machine's clock by more than is slewed. Nobody knows how long it
    /// had been off.
    StartedAhead {
        /// Journal time at the start.
        journal: Timestamp,
        /// How far it was ahead, in milliseconds.
        ahead_ms: i64,
    },
}
