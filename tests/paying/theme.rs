//! What a run is mostly about. Some mistakes show only after several things in a row, which seldom come together by chance.

use super::buyers::WITHIN;
use super::shop::Shop;
use crate::test_rng::TestRng;

/// Attempts after a request was delayed or lost, in which the shop asks what became of it.
const ATTEMPTS: usize = 8;

/// What a run is mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    /// Everything, as it comes.
    Mixed,
    /// Requests that arrive behind the look that missed them, and outages in which their keys are forgotten.
    Late,
    /// Copies that are restored, and orders that get the names of lost ones.
    Copies,
    /// Banks that ask for the buyers, and payments that wait for them.
    Asking,
}

impl Theme {
    pub(super) fn draw(rng: &mut TestRng) -> Self {
        *rng.pick(&[Self::Mixed, Self::Mixed, Self::Late, Self::Copies, Self::Asking])
    }

    /// How many customers buy: those of a lost order are looked through for the payment of another.
    pub(super) const fn customers(self) -> usize {
        match self {
            Self::Mixed | Self::Late | Self::Asking => 4,
            Self::Copies => 1,
        }
    }
}

impl Shop {
    /// What the theme adds to the turns. Returns whether it was something.
    pub(super) fn turn_of_theme(&mut self) -> bool {
        match self.theme {
            Theme::Late if self.rng.below(12) == 0 => self.pay_late(),
            Theme::Copies if self.rng.below(6) == 0 => match self.rng.below(6) {
                0 => self.copy = Some(self.books.clone()),
                1 => self.restore(),
                2 => self.pay_in_vain(),
                3 => self.settle_as_declined(),
                _ => self.place_some(),
            },
            Theme::Asking if self.rng.below(4) == 0 => match self.rng.below(12) {
                0..2 => self.place_some(),
                2 => self.change_patience(),
                _ => self.some_buyer_acts(),
            },
            _ => return false,
        }
        true
    }

    /// The shop is started with the other way of meeting banks that ask.
    fn change_patience(&mut self) {
        self.patience = if self.patience.is_none() { Some(WITHIN) } else { None };
        self.restart();
    }

    /// A payment arrives when its sender has looked for it and not found it, and an outage begins before it is sent again.
    fn pay_late(&mut self) {
        self.place_some();
        self.line.brew();
        (0..ATTEMPTS).for_each(|_| self.work());
        if self.rng.below(2) == 0 {
            let hours = 20 + self.rng.below(20) as i64;
            self.pass(3_600_000 * hours);
        }
    }

    /// A payment is lost, and nobody asks what became of it before its key is forgotten.
    fn pay_in_vain(&mut self) {
        self.place_some();
        self.line.lose();
        self.work();
        self.pass(24 * 3_600_000);
        (0..ATTEMPTS).for_each(|_| self.work());
    }
}
