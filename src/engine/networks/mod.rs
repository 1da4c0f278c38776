//! The shop's accounts at the networks, opened at a start: who replies in their name, and what feeds their posts.

mod feeder;
mod open;
mod pace;
mod repliers;
mod source;
mod threads;

pub use open::NetworksError;
pub(super) use open::OpenNetworks;
