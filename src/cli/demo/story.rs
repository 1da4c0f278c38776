//! The demo's closing text: the verdict, then the story of the sale, then a row for each offer.
//!
//! Every line fits a terminal of 80 columns.

use std::fmt;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::totals::Totals;
use super::verdict::Verdict;
use crate::domain::outcome::Outcome;
use crate::engine::audit::Report;
use crate::engine::{Drops, OfferView};
use crate::text::grouped::grouped;

/// A finished demo, ready to be described.
pub(super) struct Story<'a> {
    /// The audit of the journal and of the card sandbox's ledger.
    pub(super) report: &'a Report,
    /// The offers at the end.
    pub(super) offers: &'a [OfferView],
    /// The measurements.
    pub(super) totals: &'a Totals,
    /// Replies that were dropped.
    pub(super) drops: Drops,
}

impl fmt::Display for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Verdict(self.report))?;
        self.sale(f)?;
        self.speed(f)?;
        write!(f, "{}", table(self.offers))
    }
}

impl Story<'_> {
    fn sale(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sold: u64 = self.offers.iter().map(|offer| u64::from(offer.sold)).sum();
        let over = self.offers.iter().map(|offer| u64::from(offer.sold.saturating_sub(offer.allotment)));
        let oversold = match over.sum() {
            0 => "none oversold".to_owned(),
            over => format!("{} oversold", grouped(over)),
        };
        let (declined, expired) = (self.outcomes(Outcome::Declined), self.outcomes(Outcome::Expired));
        let promoted = self.outcomes(Outcome::Promoted);
        writeln!(f, "{} orders, {oversold}, {} cards declined", grouped(sold), grouped(declined))?;
        writeln!(
            f,
            "{} reservations expired; {} people were promoted from the waitlist",
            grouped(expired),
            grouped(promoted)
        )?;
        writeln!(
            f,
            "{} replies exceeded what the network allows: {} too late, {} too many",
            grouped(self.drops.stale + self.drops.crowded),
            grouped(self.drops.stale),
            grouped(self.drops.crowded)
        )
    }

    fn speed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { lines, relevant, overloaded, burst_ms, .. } = self.totals;
        writeln!(
            f,
            "{} posts in {:.1} s ({} a second); {} concerned an offer",
            grouped(*lines),
            *burst_ms as f64 / 1000.0,
            grouped(self.totals.rate()),
            grouped(*relevant)
        )?;
        if *overloaded > 0 {
            writeln!(f, "{} posts were refused as overloaded", grouped(*overloaded))?;
        }
        let [median, p99, p999] = [0.5, 0.99, 0.999].map(|quantile| self.totals.latency_ms(quantile));
        writeln!(f, "arrival to durable outcome: p50 {median:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms\n")
    }

    fn outcomes(&self, outcome: Outcome) -> u64 {
        self.offers.iter().filter_map(|offer| offer.outcomes.get(&outcome)).sum()
    }
}

/// One row for each offer; the longest offer id of the demo leaves room for the rest.
fn table(offers: &[OfferView]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["offer", "units", "sold", "unsold", "waiting", "captured"]);
    for offer in offers {
        table.add_row([
            offer.id.to_string(),
            grouped(u64::from(offer.allotment)),
            grouped(u64::from(offer.sold)),
            grouped(u64::from(offer.available + offer.reserved)),
            grouped(u64::from(offer.waiting)),
            offer.captured.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
