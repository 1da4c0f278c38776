//! What a reply or an e-mail reports in addition to its outcome.
//!
//! The order of the variants is the journal's stored form: new ones are appended.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::heard_posts::Unattested;
use super::money::Money;
use super::order_details::OrderDetails;
use super::time::Timestamp;
use super::transaction::TransactionId;

/// What a reply or an e-mail reports in addition to its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// For a waiter: the chance of getting a unit.
    Line {
        /// Live reservations of the offer; their units may come back.
        reserved: u32,
        /// When the first of them may end, if none of them is confirmed or passed on before.
        earliest: Option<Timestamp>,
    },
    /// For a claim that got a part of its units: the rest waits at the reported place in line.
    Rest {
        /// Units that still wait.
        units: u32,
    },
    /// For an entry to a draw.
    Draw {
        /// When the draw takes place.
        at: Timestamp,
    },
    /// For a card transaction. Boxed because it is rare and large, and every effect would be as large.
    Purchase(Box<CardUse>),
    /// For a post that asks for what the account ordered already: the payment is under way.
    UnderWay,
    /// For a post that confirms what the account bought already.
    Bought,
    /// For an expiry: the units went to the next in line.
    HandedOn,
    /// For a waiter: the sale is over, and the wait with it.
    LineOver,
    /// For a claim that was released because its account has no linked card any more.
    Unlinked,
    /// For a letter about an order: its details. Boxed as a card transaction is.
    Order(Box<OrderDetails>),
    /// For a claim that its author cancelled before it came.
    CancelledAhead,
    /// For a claim that came to nothing: an operator ended the sale before its time, so a new one is useless.
    EndedEarly,
    /// For a prompt by e-mail: the offer reminds its buyers, so it waits for the report that the prompt is delivered.
    ReminderFollows,
    /// For a letter that reminds of a prompt before its deadline.
    Reminder,
    /// For an order that is off because a post that it rests on is not attested.
    Unattested(Unattested),
    /// For a result by reply: no letter tells more, because the buyer has no address.
    NoLetter,
}

/// What is reported of a card transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUse {
    /// The feed's id for it.
    pub transaction: TransactionId,
    /// The feed's id of the merchant.
    pub merchant: CompactString,
    /// The amount of the transaction.
    pub amount: Money,
    /// Purchases of the card that can still earn a credit.
    pub uses_left: u32,
}
