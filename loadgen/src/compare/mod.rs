//! The comparison with what teams use today: the same claims, one contender after the other, on this machine.
//!
//! ```text
//! workload: the operations, from the seed --> dispatcher: releases them, at full rate or at a given rate
//!                                                |
//!        workload_run: connections send requests |  contender: in process, over HTTP, Redis, PostgreSQL
//!                                                v
//! comparison: rounds, and their medians --> audit: nothing oversold, undersold or sold twice
//!                                       --> result: table, compare.json, compare.html
//! ```
//!
//! Requests are encoded before the clock starts, and answers are decoded after it has stopped. Flashtag does
//! more work per claim than the others: it also captures payments and writes replies, e-mails and orders, for
//! which no answer waits.

pub mod audit;
pub mod comparison;
pub mod contender;
mod dispatcher;
mod executor;
pub mod load;
pub mod prefilter;
pub mod result;
pub mod variant;
pub mod workload;
pub mod workload_run;
