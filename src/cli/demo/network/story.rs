//! The closing text of a demo on networks: the verdict, the sale in figures, and where to look.
//!
//! Every line fits a terminal of 80 columns, if the directory's name is short.

use std::fmt;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::counts::{Counts, NetworkCounts};
use super::shop_files::ShopFiles;
use crate::api::offer_view::OfferView;
use crate::cli::demo::verdict::Verdict;
use crate::engine::audit::Report;
use crate::text::grouped::grouped;

/// A finished demo, ready to be described.
pub(super) struct Story<'a> {
    /// The audit of the journal and of the card sandbox's ledger.
    pub(super) report: &'a Report,
    /// The offer at the end.
    pub(super) offer: &'a OfferView,
    pub(super) counts: &'a Counts,
    /// Whether nobody waits for anything any more.
    pub(super) has_ended: bool,
    /// Posts of the shop that the networks do not allow yet.
    pub(super) pending: u64,
    /// Whether much went wrong at the networks.
    pub(super) faults: bool,
    pub(super) shop: &'a ShopFiles,
}

impl fmt::Display for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Verdict(self.report))?;
        self.sale(f)?;
        writeln!(f, "{}\n", self.table())?;
        self.paths(f)
    }
}

impl Story<'_> {
    fn sale(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offer, counts) = (self.offer, self.counts);
        let twice = match counts.sold_twice {
            0 => "none twice".to_owned(),
            twice => format!("{} twice", grouped(twice)),
        };
        let (sold, all) = (grouped(offer.sold.into()), grouped(offer.allotment.into()));
        writeln!(
            f,
            "{sold} of {all} units sold, {twice}; {} captured, {} letters",
            offer.captured,
            grouped(counts.letters)
        )?;
        writeln!(
            f,
            "{} units came back: {} not confirmed, {} declined by the bank, {} given up",
            grouped(counts.expired + counts.declined + counts.released),
            grouped(counts.expired),
            grouped(counts.declined),
            grouped(counts.released),
        )?;
        let told = match counts.told_in_vain {
            told if told == counts.waited_in_vain => "and all were told".to_owned(),
            told => format!("and {} were told", grouped(told)),
        };
        writeln!(
            f,
            "{} went to the next in line; {} people waited to the end, {told}",
            grouped(counts.promoted),
            grouped(counts.waited_in_vain)
        )?;
        if self.faults {
            writeln!(f, "streams broke and doubled posts; answers were lost, late, 429 and 503")?;
        }
        let repeated = match counts.repeated {
            0 => "no reply came twice".to_owned(),
            repeated => format!("{} replies came twice", grouped(repeated)),
        };
        writeln!(f, "{repeated}; {} said STOP and heard no more", grouped(counts.opted_out))?;
        if self.pending > 0 {
            let pending = grouped(self.pending);
            writeln!(f, "{pending} posts of the shop wait for what a network allows in the next minutes")?;
        }
        if !self.has_ended {
            writeln!(f, "The demo ended before the sale did: somebody still waits for an answer")?;
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY);
        table.set_header(["network", "people", "posts", "sold", "replies", "post to reply: p50", "p99"]);
        for (network, counts) in &self.counts.networks {
            let NetworkCounts { people, posts, replies, sold, latency_ms } = counts;
            let [median, p99] =
                [0.5, 0.99].map(|quantile| format!("{} ms", latency_ms.value_at_quantile(quantile)));
            let figures = [people, posts, sold, replies].map(|count| grouped(*count));
            table.add_row([network.facts().title.to_owned()].into_iter().chain(figures).chain([median, p99]));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn paths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |name: &str| self.shop.path(name).display().to_string();
        writeln!(f, "The shop    {}, its log serve.log", path("serve.toml"))?;
        writeln!(f, "Letters     {}", path("data/mail/new"))?;
        writeln!(f, "Orders      {}", path("data/orders.ndjson"))?;
        writeln!(f, "Proof       flashtag verify --data {}", path("data"))?;
        writeln!(f, "The same on your own accounts: docs/guide/go-live.md")
    }
}
