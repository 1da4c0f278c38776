//! The draw of an opening, as the API shows it: everyone can recompute it.

use serde::{Deserialize, Serialize};

use crate::domain::draw::entry_line;
use crate::domain::offer::Offer;

/// A draw as the API shows it and a replay writes it. The seed appears only after the draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawView {
    /// The SHA-256 of the seed, published before the sale.
    pub seed_hash: String,
    /// End of the draw window, RFC 3339: claims before this instant take part.
    pub window_ends: String,
    /// Whether the draw took place.
    pub drawn: bool,
    /// The seed in hexadecimal digits; null before the draw.
    pub seed: Option<String>,
    /// Number of claims that take part.
    pub count: u32,
    /// The entries in their drawn order, first served first; null before the draw.
    pub entries: Option<Vec<String>>,
}

impl DrawView {
    /// The view of an offer's draw; `None` if its opening has none.
    #[must_use]
    pub fn new(offer: &Offer) -> Option<Self> {
        let terms = offer.terms();
        let seed = terms.rules.draw?.seed;
        let drawn = offer.drawn();
        let entries: Option<Vec<String>> =
            drawn.map(|lots| lots.iter().map(|(account, post)| entry_line(account, post)).collect());
        let drawn_count = |entries: &Vec<String>| u32::try_from(entries.len()).unwrap_or(u32::MAX);
        Some(Self {
            seed_hash: seed.hash(),
            window_ends: terms.draw_window_ends()?.to_string(),
            drawn: drawn.is_some(),
            seed: drawn.map(|_| seed.reveal()),
            count: entries.as_ref().map_or_else(|| offer.entries(), drawn_count),
            entries,
        })
    }
}
