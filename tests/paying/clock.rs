//! The clocks: the time that everybody else has, and the shop's.

use flashtag::clock::{Lag, SLEWED};
use flashtag::domain::time::{Millis, Timestamp};

/// The shop's time never goes back. It jumps forward where a restart finds a clock that is set ahead; once that clock is set
/// right, the shop waits at half speed until the others have caught up.
pub(super) struct ShopClock {
    /// The time that everybody else has.
    pub(super) real: Timestamp,
    ahead_ms: i64,
    is_waiting: bool,
    /// How much more time may have passed than the shop's clock shows.
    pub(super) lag: Lag,
}

impl ShopClock {
    pub(super) fn new(real: Timestamp) -> Self {
        Self { real, ahead_ms: 0, is_waiting: false, lag: Lag::NONE }
    }

    /// The time that the shop believes.
    pub(super) fn shown(&self) -> Timestamp {
        Timestamp::from_ms(self.real.ms() + self.ahead_ms)
    }

    /// Time passes.
    pub(super) fn pass(&mut self, ms: i64) {
        self.real = Timestamp::from_ms(self.real.ms() + ms);
        if self.is_waiting {
            self.ahead_ms = (self.ahead_ms - ms / 2).max(0);
        }
    }

    /// How long it takes until the shop's clock shows a later time.
    pub(super) fn real_ms_until(&self, due: Timestamp) -> i64 {
        let shown_ms = due.since(self.shown()).ms();
        if self.is_waiting && self.ahead_ms > 0 { 2 * shown_ms } else { shown_ms }
    }

    /// The machine starts with a clock that is ahead by so much more.
    pub(super) fn set_ahead(&mut self, by: Millis) {
        self.ahead_ms += by.ms();
        self.is_waiting = false;
    }

    /// The machine was off for so long, and starts with a clock that is right.
    pub(super) fn set_right(&mut self, off: Millis) {
        self.real = self.real.plus(off);
        self.ahead_ms = (self.ahead_ms - off.ms()).max(0);
        self.is_waiting = true;
        // As the engine records it: an earlier start counts until a later one is ahead.
        let ahead = Millis::from_ms(self.ahead_ms);
        if ahead > SLEWED {
            self.lag = Lag::after_start(self.shown(), ahead);
        }
    }
}
