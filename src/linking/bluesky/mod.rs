//! Signing in at Bluesky, by the account's own server and the server that answers for it.
//!
//! A handle leads to a DID, the DID's document back to the handle and on to the account's server, and that server names who
//! answers for sign-ins. Whoever answers must name the same DID in the end. Requests prove a key that is made for one flow
//! (DPoP), and the shop proves itself by its own key, whose public half stands in its metadata.

mod client;
mod found;
mod identity;
mod token;

#[cfg(test)]
mod tests;

pub use client::ShopClient;
pub use identity::BlueskyIdentity;
