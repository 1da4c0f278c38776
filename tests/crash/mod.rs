//! The real binary, killed and stopped at any moment: nothing that was answered is lost.
//!
//! Reading order: [`shop`] and [`server`] start the binary, [`client`] posts and keeps book, [`history`]
//! compares; [`kill`], [`lie`], [`stop`], [`effects`] and [`replay`] are the tests.

#![expect(clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod client;
mod dice;
mod effects;
mod history;
mod kill;
mod lie;
mod replay;
mod server;
mod shop;
mod stop;

pub(crate) use dice::Dice;
pub(crate) use server::{assert_verified, poll, signal};
