//! The networks, and what differs between them for a shop.

mod bluesky;
mod mastodon;
mod x;

use std::rc::Rc;
use std::sync::Arc;

use flashtag::domain::id::{Account, Network as Named, PostId};
use flashtag::domain::time::Timestamp;
use flashtag::intake::stream::live::LiveSource;
use flashtag::intake::stream::{Cursor, NotResumed};
use flashtag::net::Http;
use flashtag::networks::SignIn;
use flashtag::outbox::attestor::{Attestor, NoAttestor};
use flashtag::outbox::provider::Provider;
use networks::{Network, Society};

use super::time::Time;

/// How a source begins.
pub(super) struct Beginning<'a> {
    /// Where it resumes.
    pub(super) cursor: Option<&'a Cursor>,
    /// The tags of the catalog.
    pub(super) tags: &'a [String],
    pub(super) seed: u64,
}

/// A network with the shop's account.
pub(super) trait Peer: Network + Society + Sized + 'static {
    /// The network.
    const NETWORK: Named;

    /// What stands behind people's names.
    const SUFFIX: &'static str = "";

    /// The shop's handle.
    const SHOP: &'static str = "shop";

    /// The ways to read the network.
    const READINGS: &'static [&'static str];

    /// Whether a second post of the same effect is impossible.
    const HAS_KEYS: bool = true;

    /// Whether the network is read through relays, which may lie.
    const IS_RELAYED: bool = false;

    /// A network that keeps `keep_events` events for who comes back.
    fn found(keep_events: usize, now_ms: i64) -> Self;

    /// The shop's account.
    fn shop(&mut self, now_ms: i64) -> Account;

    /// A sign-in of the shop's account, as an operator connects it.
    fn connect(&mut self, now: Timestamp) -> Box<dyn SignIn>;

    /// A sign-in that takes up what was kept.
    fn sign_in() -> Box<dyn SignIn>;

    /// A sign-in for the reader, if it is another than that of the account.
    fn reader_sign_in(_reading: &str) -> Option<Box<dyn SignIn>> {
        None
    }

    /// The source of posts.
    fn source(reading: &str, beginning: &Beginning<'_>) -> Result<Box<dyn LiveSource>, NotResumed>;

    /// Who replies, through a client that signs.
    fn provider(http: Arc<dyn Http>, shop: &Account) -> Rc<dyn Provider>;

    /// Who reads posts again where their authors keep them, through a client that asks in nobody's name.
    fn attestor(_http: Arc<dyn Http>, _time: &Time) -> Rc<dyn Attestor> {
        Rc::new(NoAttestor)
    }

    /// Lets the relay tell of a post by this person that nobody wrote, at an address of its own or `over` a post.
    fn lie(&mut self, _handle: &str, _text: &str, _over: Option<&str>, _now_ms: i64) {}

    /// The hash of a post at its author's server, where posts have one.
    fn hash_of(&self, _id: &str) -> Option<String> {
        None
    }

    /// The account that the engine knows by this id of the network.
    fn account(id: &str) -> Account;

    /// The post that the engine knows by this id of the network.
    fn post_id(id: &str) -> PostId;

    /// Whether a reading delivers a post with a tag, by its text.
    fn delivers(reading: &str, text: &str) -> bool;
}
