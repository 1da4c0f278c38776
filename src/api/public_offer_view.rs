//! What anybody may know of an offer.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draw_view::DrawView;
use super::offer_view::{OfferKind, OfferView, PauseView};
use crate::domain::draw::{Lots, Seed};
use crate::domain::id::OfferId;
use crate::domain::money::Money;
use crate::domain::outcome::Outcome;

/// An offer as the API shows it without a token: the fields of [`OfferView`] that tell no revenue. They are listed
/// one by one, so a new field there is private until it is listed here.
#[derive(Debug, Serialize)]
pub struct PublicOfferView {
    id: OfferId,
    kind: OfferKind,
    title: String,
    price: Option<Money>,
    opens: String,
    closes: String,
    allotment: u32,
    available: u32,
    reserved: u32,
    sold: u32,
    waiting: u32,
    claims: u64,
    outcomes: BTreeMap<Outcome, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<PauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<String>,
}

impl From<OfferView> for PublicOfferView {
    fn from(view: OfferView) -> Self {
        Self {
            id: view.id,
            kind: view.kind,
            title: view.title,
            price: view.price,
            opens: view.opens,
            closes: view.closes,
            allotment: view.allotment,
            available: view.available,
            reserved: view.reserved,
            sold: view.sold,
            waiting: view.waiting,
            claims: view.claims,
            outcomes: view.outcomes,
            paused: view.paused,
            closed_at: view.closed_at,
            reward: view.credits.map(|credits| credits.reward),
        }
    }
}

/// A draw as the API shows it without a token. Entries name accounts, so their lots stand for them: an entrant
/// computes the lot of the own entry, and finds its place.
#[derive(Debug, Serialize)]
pub struct PublicDrawView {
    seed_hash: String,
    window_ends: String,
    drawn: bool,
    seed: Option<String>,
    count: u32,
    /// The SHA-256 of the list of all entries; null before the draw.
    list_hash: Option<String>,
    /// The lots in their drawn order; null before the draw.
    lots: Option<Vec<String>>,
}

impl From<DrawView> for PublicDrawView {
    fn from(view: DrawView) -> Self {
        let seed = view.seed.as_ref().and_then(|seed| seed.parse::<Seed>().ok());
        let lots = seed.zip(view.entries.as_ref()).map(|(seed, entries)| {
            let lots = Lots::of(&seed, entries);
            (lots.list_hash().to_owned(), entries.iter().map(|entry| lots.text(entry)).collect())
        });
        let (list_hash, lots) = lots.unzip();
        let DrawView { seed_hash, window_ends, drawn, seed, count, .. } = view;
        Self { seed_hash, window_ends, drawn, seed, count, list_hash, lots }
    }
}
