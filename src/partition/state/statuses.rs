//! What a partition knows of its accounts' words.

use super::PartitionState;
use crate::domain::account_status::AccountStatus;
use crate::domain::id::Account;
use crate::domain::status_word::StatusWord;

impl PartitionState {
    /// What an account has stopped: its replies, its buying, both or neither.
    #[must_use]
    pub fn status_of(&self, account: &Account) -> AccountStatus {
        self.statuses.of(account)
    }

    /// The last words of all accounts on their status.
    pub fn words(&self) -> impl Iterator<Item = StatusWord> {
        self.statuses.words()
    }

    /// Whether the word is newer than what the partition knows of its account and kind.
    #[must_use]
    pub fn lacks(&self, word: &StatusWord) -> bool {
        self.statuses.lacks(word)
    }
}
