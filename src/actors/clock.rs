//! The ticker: the one clock actor. It tells the partitions that time has passed; what that means
//! they find out themselves.

use actix::{Actor, ActorContext, Addr, AsyncContext, Context};

use super::partition::{PartitionActor, Tick};
use crate::domain::time::Millis;

/// Ticks for all partitions.
#[derive(Debug)]
pub struct ClockActor {
    partitions: Vec<Addr<PartitionActor>>,
    every: Millis,
}

impl ClockActor {
    /// A ticker for these partitions.
    #[must_use]
    pub fn new(partitions: Vec<Addr<PartitionActor>>, every: Millis) -> Self {
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
        ctx.run_interval(self.every.std(), |ticker, _| {
            for partition in &ticker.partitions {
                // A partition with a full mailbox looks at the clock before each post anyway.
                partition.try_send(Tick).ok();
            }
        });
    }
}
