//! The shop's accounts at the networks, opened at a start: who replies in their name, and what feeds their posts.

mod deciding;
mod feeder;
mod instance;
mod ledger;
mod open;
mod pace;
mod repliers;
mod shop_node;
mod source;
mod threads;
mod waiting_claims;
mod waiting_words;
mod winnable;

pub use open::NetworksError;
pub(super) use open::{OpenNetworks, entry_of, random, shared_of};
