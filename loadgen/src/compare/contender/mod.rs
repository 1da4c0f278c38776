//! Those who are compared. Each one keeps the same rules: the offer is open, the account holds no unit of it, a unit
//! is free, and what is not confirmed within fifteen minutes goes back.

pub(super) mod in_process;
pub(super) mod over_http;
mod peer_server;
pub(super) mod postgres;
pub(super) mod redis;
mod shop;

use super::workload::Operation;
use crate::error::CommandError;

/// How long a reservation is held, in milliseconds.
const HOLD_MS: i64 = 15 * 60 * 1000;

/// What somebody was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A unit is held.
    Reserved,
    /// The account has one already.
    AlreadyHeld,
    /// None is left.
    SoldOut,
    /// The unit is sold.
    Confirmed,
    /// Nothing is held for the account any more.
    NotHeld,
    /// The offer is not open.
    Closed,
}

/// What one call of a peer's script or function decides, and commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// One claim. Those that are asked together may travel together.
    Each,
    /// All claims that are asked together.
    Batch,
}

/// How the offer stands in a contender's own books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// Free units.
    pub left: u64,
    /// Units held for somebody.
    pub held: u64,
    /// Units sold.
    pub sold: u64,
}

/// An engine with an offer on sale.
pub(super) trait Contender {
    /// A connection.
    type Connection: ContenderConnection;

    /// Whether its lines are tasks on one thread; else each one has a thread, for it blocks.
    const TASKS: bool;

    /// Writes down what will be asked. This is not measured.
    fn write(&self, ask: &Operation) -> <Self::Connection as ContenderConnection>::Prepared;

    /// A connection more.
    fn line(&self) -> Result<Self::Connection, CommandError>;

    /// How the offer stands.
    fn books(&self) -> Result<UnitCounts, CommandError>;
}

/// A connection to an engine, with one request under way at most.
pub(super) trait ContenderConnection: Send {
    /// What is asked, as it is sent.
    type Prepared: Send;
    /// What came back, as it was received.
    type Reply: Send;

    /// Asks and waits for the answers. This is what is measured.
    fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Self::Prepared>,
    ) -> impl Future<Output = Result<Self::Reply, CommandError>>;

    /// Reads the answers, in the order of what was asked. This is not measured.
    fn read(reply: Self::Reply) -> Result<Vec<Answer>, CommandError>;
}

/// The answer that a peer's script or function gives as one character.
fn answer_of_code(peer: &str, code: char) -> Result<Answer, CommandError> {
    Ok(match code {
        '+' => Answer::Reserved,
        '=' => Answer::AlreadyHeld,
        '-' => Answer::SoldOut,
        '!' => Answer::Confirmed,
        '?' => Answer::NotHeld,
        '0' => Answer::Closed,
        other => {
            return Err(CommandError::unavailable(format!(
                "{peer} answered `{other}`, which has no meaning"
            )));
        }
    })
}

/// Tells a story of two units to a peer in both of its forms, if its server is installed.
#[cfg(test)]
fn in_both_forms(missing: Option<String>, tell: impl Fn(Call, super::workload::Workload, &std::path::Path)) {
    if let Some(why) = missing {
        eprintln!("SKIPPED: {why}");
        return;
    }
    for form in [Call::Each, Call::Batch] {
        let directory = tempfile::tempdir().unwrap();
        tell(
            form,
            super::workload::Workload { name: "story", claims: 9, accounts: 4, units: 2 },
            directory.path(),
        );
    }
}
