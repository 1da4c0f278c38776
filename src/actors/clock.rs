//! The clock actor. It tells the partitions that time has passed; each decides what that means.

use actix::{Actor, ActorContext, AsyncContext, Context};

use super::port::PartitionPorts;
use crate::domain::time::Millis;

/// Ticks for all partitions.
pub struct ClockActor {
    partitions: PartitionPorts,
    every: Millis,
}

impl ClockActor {
    /// A clock that ticks for these partitions, at that pace.
    #[must_use]
    pub fn new(partitions: PartitionPorts, every: Millis) -> Self {
        Self { partitions, every }
    }
}

impl Actor for ClockActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // An engine that ends before its first turn starts its actors while it drops them, and timers
        // cannot be had any more.
        if tokio::runtime::Handle::try_current().is_err() {
            ctx.stop();
            return;
        }
        ctx.run_interval(self.every.std(), |clock, _| {
            clock.partitions.iter().for_each(|partition| partition.tick());
        });
    }
}
