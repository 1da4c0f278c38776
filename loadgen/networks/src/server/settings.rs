//! How a server is started, and its clock.

use std::fmt;
use std::sync::Arc;

use crate::faults::Fault;

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port; 0 for one that is free.
    pub port: u16,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Seed of tokens and faults.
    pub seed: u64,
    /// The time.
    pub clock: Clock,
}

/// Tells the time in milliseconds since 1970.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// A clock that asks this function.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// The time.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
