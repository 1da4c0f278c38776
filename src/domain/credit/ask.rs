//! What a statement-credit offer can be asked.

use crate::domain::command::PostCommand;
use crate::domain::transaction::Transaction;

/// How many refunds of one card may wait for purchases that are not known. They wait for ever, so
/// there must be an end to them.
pub const PARKED_PER_CARD_MAX: usize = 64;

/// What a statement-credit offer can be asked.
#[derive(Debug, Clone, Copy)]
pub enum CreditAsk<'a> {
    /// To enroll the author's linked card.
    Enroll(&'a PostCommand),
    /// What a transaction earns, or takes back.
    Transact(&'a Transaction),
    /// What is due at this time.
    ExpireDue,
}
