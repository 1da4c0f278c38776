//! What the adviser judges.

use super::account_summary::AccountSummary;
use super::finding::Finding;
use super::shop_time::ShopTime;
use crate::config::offers::OfferFile;
use crate::config::places::Places;
use crate::config::serve::ServeConfig;
use crate::domain::time::Timestamp;

/// A file by its name, and what it holds.
pub struct Filed<'f, T> {
    /// The name of the file, for people.
    pub name: &'f str,
    /// What it holds.
    pub content: T,
    /// Where its values stand.
    pub places: Places,
}

/// What the adviser judges: the files of a sale, without a fault, and the moment.
pub struct Facts<'f> {
    /// The moment.
    pub now: Timestamp,
    /// The offer file.
    pub offers: Filed<'f, &'f OfferFile>,
    /// The configuration of the service, if there is one.
    pub serve: Option<Filed<'f, &'f ServeConfig>>,
    /// The linked accounts, if their file is known.
    pub accounts: Option<Filed<'f, &'f AccountSummary>>,
}

impl Facts<'_> {
    /// The shop's zone.
    pub(super) fn shop_time(&self) -> ShopTime {
        ShopTime::of(&self.offers.content.shop.time_zone)
    }

    /// Whether the shop names its zone.
    pub(super) fn names_zone(&self) -> bool {
        self.offers.places.get("shop.time_zone").is_some()
    }

    /// A warning about a key of an offer.
    pub(super) fn warn(
        &self,
        id: &str,
        key: &str,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) -> Finding {
        let line = |key: &str| self.offers.places.line(&format!("offer.{id}.{key}"));
        // A key that the file leaves out has its default; the offer itself is on the line of its id.
        let line = Some(line(key)).filter(|line| *line > 0).unwrap_or_else(|| line("id"));
        Finding::warning(self.offers.name, what, advice).on_line(line).of_offer(id)
    }

    /// The text of an offer's value.
    pub(super) fn text(&self, id: &str, key: &str) -> Option<&str> {
        self.offers.places.get(&format!("offer.{id}.{key}"))?.text.as_deref()
    }
}
