//! The display of progress on standard error: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::run::{Progress, ProgressView};
use crate::target::OfferState;

/// Microseconds between two lines where there is no terminal.
const PRINT_US: u64 = 2_000_000;

/// Shows no progress.
#[derive(Debug)]
pub struct NoProgress;

impl ProgressView for NoProgress {
    fn show(&mut self, _progress: &Progress<'_>) {}
}

/// Shows rates, percentiles and units.
#[derive(Debug)]
pub struct ProgressBars {
    terminal: bool,
    bars: MultiProgress,
    status: ProgressBar,
    offers: Vec<ProgressBar>,
    due_us: u64,
    /// Number of answers and microsecond at the last line, for the rate.
    last: (u64, u64),
}

impl Default for ProgressBars {
    fn default() -> Self {
        let bars = MultiProgress::new();
        let style = ProgressStyle::with_template("{msg}").expect("the template is well formed");
        let status = bars.add(ProgressBar::no_length().with_style(style));
        let terminal = std::io::stderr().is_terminal();
        Self { terminal, bars, status, offers: Vec::new(), due_us: 0, last: (0, 0) }
    }
}

impl ProgressView for ProgressBars {
    fn show(&mut self, progress: &Progress<'_>) {
        if progress.now_us < self.due_us {
            return;
        }
        let status = self.status(progress);
        if self.terminal {
            self.status.set_message(status);
            self.draw(progress.offers);
        } else {
            self.due_us = progress.now_us + PRINT_US;
            let sum = |of: fn(&OfferState) -> u64| progress.offers.iter().map(of).sum::<u64>();
            let (available, reserved) = (sum(|offer| offer.available), sum(|offer| offer.reserved));
            let (sold, waiting) = (sum(|offer| offer.sold), sum(|offer| offer.waiting));
            eprintln!(
                "{status}; units available {available}, reserved {reserved}, sold {sold}; waiting {waiting}"
            );
        }
    }
}

impl ProgressBars {
    fn status(&mut self, progress: &Progress<'_>) -> String {
        let answered = progress.counts.answered;
        let (before, at_us) = std::mem::replace(&mut self.last, (answered, progress.now_us));
        let rate = (answered - before) * 1_000_000 / (progress.now_us - at_us).max(1);
        let ms = |us: u64| us as f64 / 1000.0;
        format!(
            "{:5.1} s  {rate:>7} answers/s  {answered:>8} answered  {} not sent  {} errors  p50 {:.2} ms  p99 {:.2} ms  \
             lag p99 {:.2} ms",
            progress.now_us as f64 / 1e6,
            progress.counts.not_sent,
            progress.counts.errors,
            ms(progress.latency_us.0),
            ms(progress.latency_us.1),
            ms(progress.lag_p99_us),
        )
    }

    fn draw(&mut self, offers: &[OfferState]) {
        if self.offers.is_empty() {
            let template = "{prefix:>20} {bar:30.green/black} {pos:>6} of {len:>6} sold  {msg}";
            let style = ProgressStyle::with_template(template).expect("the template is well formed");
            let bar = |offer: &OfferState| {
                let bar = ProgressBar::new(offer.allotment).with_style(style.clone());
                self.bars.add(bar.with_prefix(offer.id.clone()))
            };
            self.offers = offers.iter().map(bar).collect();
        }
        for (bar, offer) in self.offers.iter().zip(offers) {
            let OfferState { available, reserved, waiting, .. } = offer;
            bar.set_position(offer.sold);
            bar.set_message(format!("{available:>6} available {reserved:>6} reserved {waiting:>7} waiting"));
        }
    }

    /// Clears the display.
    pub fn clear(&self) {
        // A failure leaves the bars on the terminal, which does no harm.
        self.bars.clear().ok();
    }
}
