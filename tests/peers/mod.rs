//! Servers and clients of the networks, and mail servers, that nobody here wrote, where `tests/peers/install` has put them.
//!
//! `FLASHTAG_PEERS` names the directory. What is not there is skipped, and said to be; what is there and fails, fails.

mod atproto;
mod bluesky_sign_in;
mod child;
mod clients;
mod consent;
mod contract;
mod doors;
mod installed;
mod letters;
mod mastodon_mock;
mod newcomer;
mod rest;
mod rest_server;
mod sale;
mod screens;
mod shop;
mod sign_in;
mod snac;
mod stand_in;
mod stripe_world;
mod till;
mod town;
