//! Every test that looks at Flashtag from outside, in one binary: one link, one run.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing there has failed"
)]

mod architecture;
mod command;
mod config;
mod crash;
mod dice;
mod domain;
mod effort;
mod fuzzed;
mod golden;
mod hashtag;
mod http;
mod intake;
mod journal;
mod kept;
mod kinds;
mod outbox;
mod pages;
mod simulator;
mod verify;
