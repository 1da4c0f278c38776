//! Servers and clients of the networks, and mail servers, that nobody here wrote, where `tests/peers/install` has put them.
//!
//! `FLASHTAG_PEERS` names the directory. What is not there is skipped, and said to be; what is there and fails, fails.

mod atproto;
mod child;
mod clients;
mod contract;
mod installed;
mod letters;
mod mastodon_mock;
mod rest;
mod rest_server;
mod sale;
mod shop;
mod snac;
mod stand_in;
mod stripe_world;
mod town;
