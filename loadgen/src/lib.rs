//! The load generator of Flashtag. It speaks to it by the wire alone: HTTP, or lines through a pipe.
//!
//! ```text
//! scenario --> population: who posts          --> schedule: what is due when (pure, from the seed)
//!                                                |
//!                    pacer: releases each post at its instant, gathers requests (pure; time is told)
//!                                                |  bounded; what finds no room is counted as not sent
//!                         run::sender: one thread and one connection each
//!                    latency = outcome - scheduled instant         |
//!                                                                  +--> measure, ledger
//!         pacer <-- reactions of those who were told `reserved` <--+
//!         pacer <-- those who were promoted <-- run::monitor, which looks at the offers
//!
//! and then: summing --> audit (the server's books against the ledger) --> report, diff
//! ```
//!
//! The load is open: a slow server does not slow the people down. So a post's latency begins at the instant at which
//! it was due, and a post that finds every connection taken and the queue full is not sent late, but not at all.
//!
//! Nobody is answered when a unit comes back to one who waits; the monitor finds such promotions among the live
//! reservations, a quarter of a second late at most, and their owners react as people do.
//!
//! [`pipe`] writes what the pacer releases to standard output instead, for whoever reads posts as lines; nobody is
//! answered there, so people act as if they had been.
//!
//! [`compare`] sets the engine beside Redis and PostgreSQL, which do the same work. It and [`host`], which starts a
//! server for the length of a run, alone know more of Flashtag than its interfaces.

pub mod audit;
pub mod benches;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod diff;
pub mod environment;
pub mod error;
pub mod ledger;
pub mod measurements;
pub mod pacer;
pub mod pipe;
pub mod population;
pub mod progress;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod self_host;
mod stop_signal;
pub mod summarize;
pub mod target;
pub mod threshold;
