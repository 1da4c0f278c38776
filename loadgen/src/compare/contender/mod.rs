//! The contenders. All keep the same rules: the offer is open, the account holds no unit, a unit is
//! available, and an unconfirmed reservation expires after fifteen minutes.

pub(super) mod in_process;
pub(super) mod over_http;
mod peer_server;
pub(super) mod postgres;
pub(super) mod redis;
mod shop;

use super::workload::Operation;
use crate::error::CommandError;

/// Milliseconds until a reservation expires.
const HOLD_MS: i64 = 15 * 60 * 1000;

/// The answer to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A unit is reserved.
    Reserved,
    /// The account has a unit already.
    AlreadyHeld,
    /// No unit is available.
    SoldOut,
    /// The unit is sold.
    Confirmed,
    /// The account has no reservation.
    NotHeld,
    /// The offer is not open.
    Closed,
}

/// How many operations one call of a peer's script or function decides and commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// One operation per call. Several calls may share a request.
    Each,
    /// All operations of a request.
    Batch,
}

/// Unit counts of the offer, as the contender reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// Available units.
    pub left: u64,
    /// Reserved units.
    pub held: u64,
    /// Sold units.
    pub sold: u64,
}

/// A running engine with one offer on sale.
pub(super) trait Contender {
    /// A connection to the engine.
    type Connection: ContenderConnection;

    /// Whether connections run as tasks on one thread. Otherwise they block, and each has a thread.
    const ASYNC: bool;

    /// Encodes an operation. This is not measured.
    fn write(&self, operation: &Operation) -> <Self::Connection as ContenderConnection>::Prepared;

    /// Opens a connection.
    fn connect(&self) -> Result<Self::Connection, CommandError>;

    /// Reads the unit counts.
    fn unit_counts(&self) -> Result<UnitCounts, CommandError>;
}

/// A connection to an engine, with at most one request in flight.
pub(super) trait ContenderConnection: Send {
    /// An encoded operation.
    type Prepared: Send;
    /// An encoded reply.
    type Reply: Send;

    /// Sends a request and waits for the reply. This is measured.
    fn decide(
        &mut self,
        asked: impl ExactSizeIterator<Item = Self::Prepared>,
    ) -> impl Future<Output = Result<Self::Reply, CommandError>>;

    /// Decodes the answers, in the order of the operations. This is not measured.
    fn read(reply: Self::Reply) -> Result<Vec<Answer>, CommandError>;
}

/// Decodes the one-character answer of a peer's script or function.
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

/// Runs a scenario of two units against a peer with both kinds of calls, if its server is installed.
#[cfg(test)]
fn in_both_forms(missing: Option<String>, test: impl Fn(Call, super::workload::Workload, &std::path::Path)) {
    if let Some(why) = missing {
        eprintln!("SKIPPED: {why}");
        return;
    }
    for form in [Call::Each, Call::Batch] {
        let directory = tempfile::tempdir().unwrap();
        test(
            form,
            super::workload::Workload { name: "story", claims: 9, accounts: 4, units: 2 },
            directory.path(),
        );
    }
}
