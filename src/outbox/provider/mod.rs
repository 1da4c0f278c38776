//! The seam to the world: what carries effects out, one provider for each lane.
//!
//! A provider for another network or another card processor is one file here that implements [`Provider`], and one
//! arm where the engine opens providers by their lanes. Whatever a provider promises about keys that it saw before stands
//! in its [`ResendSafety`]; the queue does the rest.

pub mod file;
pub mod letter;
pub mod sandbox;
pub mod smtp;

use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::attempt::{Attempt, AttemptResult};
use super::queue::lane::Lane;
use super::resend_safety::ResendSafety;
use crate::domain::offering::Offering;
use crate::domain::time::Timestamp;

/// An attempt with what its provider needs to know.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The attempt.
    pub attempt: Attempt,
    /// The offer that the effect is about.
    pub offering: Offering,
    /// When the attempt left the outbox.
    pub at: Timestamp,
}

/// Carries effects out.
pub trait Provider {
    /// What the provider does with a key that it may have seen before.
    fn resend_safety(&self) -> ResendSafety;

    /// Makes one attempt: carries the effect out, or, where `look_up` is set, asks what became of its key. Takes what
    /// time it needs; the runner calls the result unknown if that is too much.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult>;
}

/// The providers of a node, one for each lane: each network has its own, and each kind of money.
#[derive(Clone)]
pub struct Providers(BTreeMap<Lane, Rc<dyn Provider>>);

impl Providers {
    /// Asks for the provider of each lane.
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
