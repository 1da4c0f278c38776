//! The comparison with what teams use today: the same claims, one engine after the other, on this machine.
//!
//! ```text
//! work: who claims what, from the seed --> desk: hands it out, at full rate or at a pace
//!                                            |
//!        race: lines ask and are answered    |  contender: in process, over HTTP, Redis, PostgreSQL
//!                                            v
//! comparison: rounds, and their medians --> audit: nothing sold twice, or to nobody
//!                                       --> result: table, compare.json, compare.html
//! ```
//!
//! What is asked is written down before the clock runs, and answers are read after it has stopped. Flashtag does more
//! for it than the others: it also charges cards and writes replies, mails and orders, which nobody waits for here.

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
