//! The machine's clocks: time passes, and the clock is set.

use flashtag::domain::time::{Millis, Timestamp};

use super::World;

impl World {
    /// The time of the machine's clock.
    pub(super) fn wall(&self) -> Timestamp {
        Timestamp::from_ms(self.now.ms() + self.skew_ms)
    }

    pub(super) fn pass(&mut self, time: Millis) {
        self.now = self.now.plus(time);
        self.providers.run_to(self.now);
        if let Some(node) = &self.node {
            node.pass(time);
        }
    }

    /// Now and then pauses the process for long, or sets the clock.
    pub(super) fn turn_clocks(&mut self) {
        if self.plan.clock_jumps && self.rng.below(200) == 0 {
            // The process was paused for long.
            self.coverage.see("pause");
            let pause = *self.rng.pick(&[60_000, 400_000, 2_000_000]);
            self.pass(Millis::from_ms(pause));
        }
        if self.plan.clock_jumps && self.rng.below(300) == 0 {
            self.coverage.see("clock set while running");
            self.skew_ms = *self.rng.pick(&[0, 0, 500, -5_000, 5_000, 45_000, -3_600_000, 3_600_000]);
            let (wall, accepts) = (self.wall(), self.rng.below(3) == 0);
            self.node().set_wall(wall);
            if accepts {
                self.coverage.see("clock accepted");
                self.node().accept_clock();
            }
        }
    }

    /// Now and then sets the clock while the process is down.
    pub(super) fn set_clock_at_a_start(&mut self) {
        if self.plan.clock_jumps && self.rng.below(4) == 0 {
            self.coverage.see("clock set");
            self.skew_ms = *self.rng.pick(&[0, 0, -3_600_000, -5_000, 60_000, 3_600_000]);
        }
    }
}
