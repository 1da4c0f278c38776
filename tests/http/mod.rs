//! The HTTP interface of `flashtag serve`, from outside: a real process, real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is wrong may panic; its server's answer is part of what is tested"
)]

mod bad_bodies;
mod bad_requests;
mod client;
mod confirming;
mod doors;
mod draws;
mod freezing;
mod inside;
mod posts;
mod reading;
mod served;
mod sessions;
mod slow;
mod stock;
mod transactions;
