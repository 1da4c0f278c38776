//! The clock actor. It notifies the partitions that time has passed; each decides what is due.

use actix::{Actor, ActorContext, AsyncContext, Context};

use super::port::PartitionPorts;
use crate::domain::time::Millis;

/// Sends ticks to all partitions.
pub struct ClockActor {
    partitions: PartitionPorts,
    every: Millis,
}

impl ClockActor {
    /// Creates a clock that sends these partitions a tick once per `every`.
    #[must_use]
    pub fn new(partitions: PartitionPorts, every: Millis) -> Self {
        Self { partitions, every }
    }
}

impl Actor for ClockActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // An engine that stops before its first turn starts its actors while it drops them, and its runtime
        // has no timers by then.
        if tokio::runtime::Handle::try_current().is_err() {
            ctx.stop();
            return;
        }
        ctx.run_interval(self.every.std(), |clock, _| {
            clock.partitions.iter().for_each(|partition| partition.tick());
        });
    }
}
