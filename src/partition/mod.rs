//! The partition's state machine, without actix.

pub mod codec;
pub mod counters;
pub mod decision_batch;
pub mod handlers;
pub mod item;
pub mod live_sessions;
mod offer_view;
pub mod on_durable;
pub mod pending_effects;
pub mod processor;
pub mod query;
pub mod recorded_addresses;
pub mod recovery;
pub mod session_ref;
pub mod snapshot;
pub mod state;
