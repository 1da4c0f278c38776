//! The requests that a statement-credit offer decides.

use crate::domain::arrival::Arrival;
use crate::domain::command::PostCommand;
use crate::domain::id::Account;
use crate::domain::sale_order::SaleOrder;
use crate::domain::transaction::Transaction;

/// Upper bound on the parked refunds of one card. A refund of an unknown purchase is parked for ever, so the
/// state would grow without this bound.
pub const PARKED_PER_CARD_MAX: usize = 64;

/// Parked refunds of one card from which on no more are parked that other merchants made.
pub const PARKED_ELSEWHERE_MAX: usize = PARKED_PER_CARD_MAX / 2;

/// A request to a statement-credit offer.
#[derive(Debug, Clone, Copy)]
pub enum CreditAsk<'a> {
    /// Enrolls the author's linked card.
    Enroll(&'a PostCommand),
    /// Decides what a transaction that arrived so earns or takes back.
    Transact(&'a Transaction, Arrival),
    /// Pauses, resumes or closes the enrollment.
    Operate(&'a SaleOrder),
    /// Parks a transaction of a card that is not enrolled, and that is linked to this account.
    Park(&'a Transaction, Arrival, &'a Account),
    /// Decides what is due at this time.
    ExpireDue,
}
