//! The replay of a recording: a sale in the recording's own time, on one thread, at full speed.
//!
//! The rules, the partitions, the journal and the outbox are the live engine's. Only the driver differs:
//! posts set the clock, and the sandbox answers in that time. The journal is synced once, at the end, because
//! a recording can be replayed again.

mod commands;
mod error;
pub(super) mod export;
mod input;
mod plan;
mod recording;
mod run;
mod summary;
mod world;

pub use crate::intake::accounts::{read_accounts, survey_accounts};
pub use crate::intake::transactions::{Arrived, read_transactions};
pub use commands::{Timed, read_commands};
pub use error::Error;
pub use input::{BadLine, Input};
pub use plan::Plan;
pub use recording::{LinkMap, OtherInput, Recorded};
pub use run::replay;
pub use summary::Summary;
