//! A snapshot: the state of a partition after one of its records, stored beside the journal so that a start
//! need not replay the records before.
//!
//! Invariant: the content of chunks is opaque here, as are the payloads of records.
//! Invariant: after any crash a name refers to a whole snapshot or to none, and nothing is removed before
//! what replaces it is durable.

pub mod seal;
pub mod store;
