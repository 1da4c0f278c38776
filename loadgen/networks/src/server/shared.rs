//! What the threads of a server share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::settings::{Clock, Settings};
use crate::network::Network;
use crate::stage::Stage;

/// A network with its faults, its clock and its randomness.
#[derive(Debug)]
pub struct Shared<N> {
    acts: Mutex<Acts<N>>,
    clock: Clock,
}

/// What an act needs.
#[derive(Debug)]
pub struct Acts<N> {
    /// The network with its faults.
    pub stage: Stage<N>,
    /// Where tokens and faults are drawn from.
    pub random: Xoshiro256PlusPlus,
}

impl<N: Network> Shared<N> {
    pub(crate) fn new(network: N, settings: Settings) -> Self {
        let mut stage = Stage::new(network);
        stage.faults.list = settings.faults;
        let random = Xoshiro256PlusPlus::seed_from_u64(settings.seed);
        Self { acts: Mutex::new(Acts { stage, random }), clock: settings.clock }
    }
}

impl<N> Shared<N> {
    /// The network, which stands still as long as it is held.
    pub fn lock(&self) -> MutexGuard<'_, Acts<N>> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
