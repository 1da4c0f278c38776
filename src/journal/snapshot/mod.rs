//! A snapshot: what the records of a partition up to one of them come to, kept beside them, so that a start need not
//! replay them.
//!
//! Invariant: what the chunks hold is opaque here, as the payloads of records are.
//! Invariant: a name means a whole snapshot, or none, after any crash; and nothing is removed before what makes it
//! dispensable is durable.

pub mod seal;
pub mod store;
