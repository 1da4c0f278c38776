//! The real binary, killed and stopped at any moment: nothing that was answered is lost.
//!
//! Reading order: [`shop`] and [`server`] start the binary, [`client`] posts and keeps book, [`history`]
//! compares, [`mount`] is a disk whose power can be cut, [`strace`] makes calls fail; [`kill`], [`power`],
//! [`faults`], [`pause`], [`jumps`], [`lie`], [`stop`], [`effects`] and [`replay`] are the tests.

#![expect(clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod client;
mod effects;
mod faults;
mod history;
mod jumps;
mod kill;
mod lie;
mod mount;
mod pause;
mod power;
mod replay;
mod server;
mod shop;
mod stop;
mod strace;

pub(crate) use server::{assert_verified, poll, signal};
