//! The clock actor. It notifies the partitions that time has passed; each decides what is due. It also compares
//! journal time with the machine's clock, and reports a difference.

use actix::{Actor, ActorContext, AsyncContext, Context};

use super::port::PartitionPorts;
use crate::clock::{Clock, Difference};
use crate::domain::time::Millis;
use crate::telemetry::ClockMeters;

/// Sends ticks to all partitions.
pub struct ClockActor {
    partitions: PartitionPorts,
    every: Millis,
    clock: Clock,
    watch: ClockWatch,
}

impl ClockActor {
    /// Creates a clock that sends these partitions a tick once per `every`, and compares journal time with the
    /// wall clock as often.
    #[must_use]
    pub fn new(partitions: PartitionPorts, every: Millis, clock: Clock) -> Self {
        Self { partitions, every, clock, watch: ClockWatch::new() }
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
            clock.watch.note(clock.clock.observe());
            clock.partitions.iter().for_each(|partition| partition.tick());
        });
    }
}

/// Reports differences between journal time and the wall clock: in the metrics at every tick, in the log when
/// one begins, is accepted or ends.
struct ClockWatch {
    last: Option<Difference>,
    meters: ClockMeters,
}

impl ClockWatch {
    fn new() -> Self {
        Self { last: None, meters: ClockMeters::new() }
    }

    fn note(&mut self, difference: Difference) {
        let Difference { ahead_ms, heals, accepted } = difference;
        self.meters.difference_s.set(ahead_ms as f64 / 1_000.0);
        let was = self.last.replace(difference);
        let was_in_step = was.is_none_or(|last| last.is_in_step());
        match (was_in_step, difference.is_in_step()) {
            (true, false) => {
                self.meters.anomalies.increment(1);
                tracing::warn!(ahead_ms, heals, "the machine's clock and journal time differ");
            }
            (false, true) => tracing::info!("the machine's clock and journal time agree again"),
            (false, false) if accepted && was.is_some_and(|last| !last.accepted) => {
                tracing::info!(ahead_ms, "an operator accepted the machine's clock");
            }
            (false, false) if !heals && was.is_some_and(|last| last.heals) => {
                tracing::warn!(ahead_ms, "the machine's clock and journal time differ more, and stay so");
            }
            _ => {}
        }
    }
}
