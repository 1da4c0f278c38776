//! Bluesky: a personal data server, the directory of its accounts, its repository firehose and both Jetstreams.
//!
//! Blocks, trees and archives are true: every CID is the hash of what it names. Two things are not there: commits hold
//! bytes instead of a signature, so a client must not verify signatures; and Jetstream sends no compressed messages.

mod block;
mod car;
mod event;
mod filter;
mod firehose;
mod identity_calls;
mod ids;
mod jetstream_v1;
mod jetstream_v2;
mod mst;
mod people;
mod record;
mod repo;
mod repo_calls;
mod routes;
mod session_calls;
mod sessions;
mod stream;
mod world;

pub use world::{Options, World};
