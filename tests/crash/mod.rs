//! Kills and stops the real binary at arbitrary moments: nothing that it acknowledged is lost.
//!
//! Reading order: [`shop`] and [`server`] start the binary, [`client`] posts and records the answers,
//! [`history`] compares, [`mount`] is a disk whose power can be cut, [`strace`] makes system calls fail;
//! [`kill`], [`power`], [`faults`], [`pause`], [`jumps`], [`truncated_journal`], [`stop`], [`effects`],
//! [`followed`] and [`replay`] are the tests.

#![expect(clippy::indexing_slicing, reason = "a missing value fails the test")]

pub(crate) mod client;
mod effects;
mod faults;
mod followed;
mod history;
mod jumps;
mod kill;
mod mount;
mod pause;
mod power;
mod replay;
pub(crate) mod server;
pub(crate) mod shop;
mod stop;
pub(crate) mod strace;
mod truncated_journal;

pub(crate) use server::{assert_verified, poll, signal};
