//! The integration tests, in one binary: it links once and runs once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a missing value fails the test")]

mod addresses;
mod architecture;
mod backups;
mod books;
mod closed_port;
mod command;
mod config;
mod control;
mod crash;
mod domain;
mod event_coverage;
mod fuzzed;
mod golden;
mod hashtag;
mod http;
mod intake;
mod journal;
mod kept;
mod live;
mod net;
mod networks;
mod ops;
mod outbox;
mod pages;
mod paying;
mod peers;
mod people;
mod run_budget;
mod sign_in;
mod simulator;
mod subscribers;
mod test_rng;
mod verify;
mod wire;
