//! The load generator of Flashtag, which reaches it through its interfaces only: HTTP, or lines through a
//! pipe.
//!
//! ```text
//! scenario --> population: who posts    --> schedule: what is due when (pure, from the seed)
//!                                                |
//!                    pacer: releases each post at its instant, batches requests (pure; time is passed)
//!                                                |  bounded; a post that finds no room counts as not sent
//!                         run::sender: one thread and one connection each
//!                    latency = outcome - scheduled instant         |
//!                                                                  +--> measurements, ledger
//!         pacer <-- reactions to answers of `reserved` <-----------+
//!         pacer <-- reactions to promotions <-- run::monitor, which polls the offers
//!
//! and then: summarize --> audit (the server's counts against the ledger) --> report, diff
//! ```
//!
//! The load is open: a slow server does not slow the people down. So a post's latency begins at the instant
//! at which it was due, and a post that finds all connections busy and the queue full is dropped, not sent
//! late.
//!
//! A promotion answers no post. The monitor finds promotions among the live reservations, at most a quarter
//! of a second late, and their owners then react.
//!
//! [`pipe`] writes the released posts to standard output instead. A pipe returns no answers, so people react
//! as if each claim had been answered with a reservation.
//!
//! [`compare`] runs the same workloads against Flashtag, Redis and PostgreSQL. Only [`compare`] and
//! [`self_host`], which starts a server for the duration of a run, use more of Flashtag than its interfaces.

pub mod audit;
pub mod benches;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod demand;
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
