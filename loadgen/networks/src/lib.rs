//! Stand-ins for X, Bluesky and Mastodon, and for the card processor Stripe: servers on this machine that speak their
//! protocols, for demonstrations and tests, with faults on demand.
//!
//! Knows Flashtag by these protocols only. [`bluesky::World`], [`mastodon::World`], [`x::World`] and [`stripe::World`] are whole networks as values: a
//! request gives an answer, an open connection gives frames ([`Network`]), people post ([`Society`]). No sockets, no clock,
//! no randomness: all are passed in. A [`Stage`] puts [`Faults`] between a network and its clients, and a
//! [`Server`](server::Server) puts a stage behind a port of this machine. A [`Crowd`](crowd::Crowd) of people buys there.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is an answer like any other, and nobody here is in a hurry"
)]

pub mod bluesky;
mod call;
pub mod crowd;
mod event_log;
mod exchange;
mod faults;
pub mod mastodon;
mod network;
mod rate_limit;
mod richtext;
pub mod server;
mod society;
mod stage;
mod streams;
pub mod stripe;
mod time;
mod tokens;
pub mod x;

pub use exchange::{Request, Response};
pub use faults::{Fault, FaultKind, Faults};
pub use network::{Frame, Network, Opened, StreamId, StreamKind};
pub use society::{Author, Post, Society};
pub use stage::{Delivery, Stage};
