//! The HTTP interface of `flashtag serve`, from outside: a real process, real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test panics, and the server's answer is part of the test"
)]

mod account_words;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod confirming;
mod draws;
mod forged;
mod freezing;
mod hostile;
mod inside;
mod late;
pub(crate) mod letters;
pub(crate) mod linking;
mod mutated;
pub(crate) mod page_routes;
pub(crate) mod people;
mod personal_data;
mod ports;
mod posts;
mod public;
mod reading;
mod request_ids;
mod rereading;
mod sale;
mod sandbox_accounts;
mod seasons;
pub(crate) mod served;
mod sessions;
mod stock;
mod suppressions;
mod transactions;
mod unlinking;
