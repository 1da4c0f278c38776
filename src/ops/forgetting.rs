//! What goes of an account whose person is erased.

use rusqlite::Transaction;

use super::database::OpsDatabase;
use super::error::OpsError;

/// Accounts that are forgotten at once.
const AT_ONCE: usize = 1_000;

const FORGET: [&str; 5] = [
    "DELETE FROM link_sessions WHERE account = ?1",
    // They still count, so that nobody gets more of them.
    "UPDATE address_letters SET is_open = 0, shown = '' WHERE account = ?1",
    "DELETE FROM stopped_letters WHERE account = ?1",
    "UPDATE link_cards SET state = 'over', look_at = began_at WHERE account = ?1 AND state IN ('open', 'passed')",
    // The card processor removes it.
    "UPDATE card_customers SET is_forgotten = 1 WHERE account = ?1",
];

impl OpsDatabase {
    /// Forgets accounts: their sessions end, their letters prove nothing, their card pages link nobody, and the card processor
    /// is to remove them. Asked again, it changes nothing.
    ///
    /// # Errors
    /// When the database fails; then some of them may be forgotten.
    pub fn forget_accounts(&self, accounts: &[String]) -> Result<(), OpsError> {
        let forget = |transaction: &Transaction<'_>, account: &String| {
            FORGET.iter().try_for_each(|sql| transaction.execute(sql, [account]).map(drop))
        };
        accounts.chunks(AT_ONCE).try_for_each(|some| {
            self.change(|transaction| some.iter().try_for_each(|account| forget(transaction, account)))
        })
    }
}
