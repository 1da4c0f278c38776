//! The interface to providers, which carry effects out; one provider for each lane.
//!
//! A new network or card processor takes one file here that implements [`Provider`], and one match arm where
//! the engine opens the providers of its lanes. A provider declares in its [`ResendSafety`] what it promises
//! about keys that it saw before; the queue does the rest.

pub mod accounts;
pub mod bluesky;
pub mod by_recipient;
pub mod direct;
pub mod file;
pub mod letter;
pub mod mastodon;
pub mod network;
pub mod owner_mail;
pub mod paced;
pub mod quarantined;
pub mod sandbox;
pub mod smtp;
pub mod stripe;
pub mod suppressing;
pub mod unavailable;
pub mod x;

use std::collections::BTreeMap;
use std::rc::Rc;

use compact_str::CompactString;
use futures_util::future::LocalBoxFuture;

use super::attempt::{Attempt, AttemptResult};
use super::queue::lane::Lane;
use super::resend_safety::ResendSafety;
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;

/// An attempt and the facts that its provider needs.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The attempt to make.
    pub attempt: Attempt,
    /// The offer that the effect is about.
    pub offering: Offering,
    /// When the attempt left the outbox.
    pub at: Timestamp,
    /// The address that a letter goes to, as it is now; `None` for all else, and where the account has none.
    pub address: Option<CompactString>,
}

/// Carries effects out.
pub trait Provider {
    /// What the provider promises about a key that it may have seen before.
    fn resend_safety(&self) -> ResendSafety;

    /// Makes one attempt: carries the effect out, or, if `look_up` is set, asks what became of its key. May
    /// take any time: the runner bounds an attempt, and treats the result of an overlong one as unknown.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult>;
}

/// The providers of a node, one for each lane: every network has its own, and so has each kind of money.
#[derive(Clone)]
pub struct Providers(BTreeMap<Lane, Rc<dyn Provider>>);

impl Providers {
    /// Calls `provider_of` once for each lane.
    #[must_use]
    pub fn new(provider_of: impl Fn(Lane) -> Rc<dyn Provider>) -> Self {
        Self(Lane::all().map(|lane| (lane, provider_of(lane))).collect())
    }

    /// The provider of a lane.
    #[must_use]
    pub fn of(&self, lane: Lane) -> Rc<dyn Provider> {
        Rc::clone(self.0.get(&lane).expect("every lane has its provider"))
    }
}
