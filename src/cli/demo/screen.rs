//! The demo's progress display: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::totals::Totals;
use crate::engine::{LaneView, OfferView};

/// How often a terminal is redrawn and, without a terminal, how often a line is printed, in milliseconds.
const REDRAW_MS: u64 = 200;
const PRINT_MS: u64 = 2000;

/// The progress of the demo on standard error.
pub(super) struct Screen {
    terminal: bool,
    bars: MultiProgress,
    status: ProgressBar,
    offers: BTreeMap<String, ProgressBar>,
    lanes: BTreeMap<&'static str, ProgressBar>,
    due_ms: u64,
    /// Lines and time at the last display, for the rate.
    last: (u64, u64),
}

impl Screen {
    pub(super) fn new() -> Self {
        let bars = MultiProgress::new();
        let style = ProgressStyle::with_template("{msg}").expect("the template is well formed");
        let status = bars.add(ProgressBar::no_length().with_style(style));
        let terminal = std::io::stderr().is_terminal();
        Self {
            terminal,
            bars,
            status,
            offers: BTreeMap::new(),
            lanes: BTreeMap::new(),
            due_ms: 0,
            last: (0, 0),
        }
    }

    /// Whether it is time for the next display.
    pub(super) fn is_due(&self, elapsed_ms: u64) -> bool {
        elapsed_ms >= self.due_ms
    }

    /// Shows the current state of the sale.
    pub(super) fn show(
        &mut self,
        elapsed_ms: u64,
        offers: &[OfferView],
        lanes: &[LaneView],
        totals: &Totals,
    ) {
        self.due_ms = elapsed_ms + if self.terminal { REDRAW_MS } else { PRINT_MS };
        let (lines, at_ms) = std::mem::replace(&mut self.last, (totals.lines, elapsed_ms));
        let rate = (totals.lines - lines) * 1000 / (elapsed_ms - at_ms).max(1);
        let status = format!(
            "{:5.1} s {rate:>7} posts/s {:>8} posts {:>7} relevant  p50 {:.2} p99 {:.2} ms",
            elapsed_ms as f64 / 1000.0,
            totals.lines,
            totals.relevant,
            totals.latency_ms(0.5),
            totals.latency_ms(0.99),
        );
        if self.terminal {
            self.status.set_message(status);
            for offer in offers {
                self.draw(offer);
            }
            for lane in lanes {
                self.draw_lane(lane);
            }
        } else {
            let sum =
                |of: fn(&OfferView) -> u32| offers.iter().map(|offer| u64::from(of(offer))).sum::<u64>();
            eprintln!(
                "{status}\n        available {}, reserved {}, sold {}, waiting {}",
                sum(|offer| offer.available),
                sum(|offer| offer.reserved),
                sum(|offer| offer.sold),
                sum(|offer| offer.waiting),
            );
            for lane in lanes.iter().filter(|lane| is_used(lane)) {
                eprintln!("        replies on {}: {}", lane.network, lane_progress(lane));
            }
        }
    }

    fn draw(&mut self, offer: &OfferView) {
        let bar = self.offers.entry(offer.id.to_string()).or_insert_with(|| {
            let template = "{prefix:>16.16} {bar:12.green/black} {pos:>6}/{len:>6} sold {msg}";
            let style = ProgressStyle::with_template(template).expect("the template is well formed");
            let bar = ProgressBar::new(u64::from(offer.allotment)).with_style(style);
            self.bars.add(bar.with_prefix(offer.id.to_string()))
        });
        bar.set_position(u64::from(offer.sold));
        bar.set_message(format!("{:>5} reserved {:>7} waiting", offer.reserved, offer.waiting));
    }

    /// Draws a lane as a bar whose full length is the ceiling; the replies that wait are shown beside it.
    fn draw_lane(&mut self, lane: &LaneView) {
        let name = lane.network.name();
        if !is_used(lane) && !self.lanes.contains_key(name) {
            return;
        }
        let bar = self.lanes.entry(name).or_insert_with(|| {
            let template = "{prefix:>16.16} {bar:12.yellow/black} {msg}";
            let style = ProgressStyle::with_template(template).expect("the template is well formed");
            self.bars.add(ProgressBar::new(1).with_style(style).with_prefix(format!("replies on {name}")))
        });
        if let Some((sent, ceiling)) = lane.sent {
            bar.set_length(ceiling.most as u64);
            bar.set_position(sent as u64);
        }
        bar.set_message(lane_progress(lane));
    }

    /// Removes everything from the screen.
    pub(super) fn clear(&self) {
        // A failure only leaves the bars on the screen.
        self.bars.clear().ok();
    }
}

/// Whether a reply left the lane lately, is leaving or waits.
fn is_used(lane: &LaneView) -> bool {
    lane.waiting() + lane.in_flight > 0 || lane.sent.is_some_and(|(sent, _)| sent > 0)
}

/// Describes a lane: replies sent, and replies that wait.
fn lane_progress(lane: &LaneView) -> String {
    let LaneView { prompts, results, others, refusals, .. } = lane;
    let sent = match lane.sent {
        Some((sent, ceiling)) => format!("{sent:>5} of {ceiling} sent"),
        None => "unpaced".to_owned(),
    };
    format!("{sent}, {} wait ({prompts} prompts)", prompts + results + others + refusals)
}
