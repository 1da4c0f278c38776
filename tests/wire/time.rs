//! The time of a world: the network's, which is true, and the engine's clocks, which may be set.

use std::sync::{Arc, Mutex, MutexGuard};

use flashtag::domain::time::{Millis, Timestamp};

use crate::simulator::node::Watch;

/// Upper bound on how far a post may be ahead of its arrival.
pub(super) const POSTS_AHEAD: Millis = Millis::from_secs(10);

/// The clocks. Cheap to clone.
#[derive(Clone)]
pub(super) struct Time(Arc<Mutex<Dials>>);

struct Dials {
    network: Timestamp,
    /// How far the machine's clock is ahead of the network's, in milliseconds.
    skew_ms: i64,
    watch: Watch,
}

impl Time {
    pub(super) fn new(now: Timestamp) -> Self {
        let watch = Watch::new(now, POSTS_AHEAD);
        Self(Arc::new(Mutex::new(Dials { network: now, skew_ms: 0, watch })))
    }

    fn dials(&self) -> MutexGuard<'_, Dials> {
        self.0.lock().expect("one thread")
    }

    /// The network's time.
    pub(super) fn network(&self) -> Timestamp {
        self.dials().network
    }

    /// The engine's time.
    pub(super) fn engine(&self) -> Timestamp {
        self.dials().watch.now()
    }

    pub(super) fn pass(&self, time: Millis) {
        let mut dials = self.dials();
        dials.network = dials.network.plus(time);
        dials.watch.pass(time);
    }

    /// Sets the machine's clock to be that far ahead of the network's.
    pub(super) fn set_clock(&self, skew_ms: i64) {
        let mut dials = self.dials();
        dials.skew_ms = skew_ms;
        dials.watch.set_wall(Timestamp::from_ms(dials.network.ms() + skew_ms));
    }

    /// The clock of an engine that starts now.
    pub(super) fn start_engine(&self) -> Watch {
        let mut dials = self.dials();
        let wall = Timestamp::from_ms(dials.network.ms() + dials.skew_ms);
        dials.watch = Watch::new(wall, POSTS_AHEAD);
        dials.watch.clone()
    }
}
