//! Opening: the offers of the offer file meet those that the journals know.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Error;
use crate::actor::partition::{Page, Partition};
use crate::domain::catalog::{Catalog, Listing, ShopFront};
use crate::domain::command::Command;
use crate::domain::id::OfferId;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

/// Puts the offers on sale that the partitions do not know yet, and checks those that they do. What
/// was decided goes on the pages, one for each partition. Returns the catalog of all offers.
pub(crate) fn open_offers(
    partitions: &mut [Partition],
    pages: &mut [Page],
    offers: Vec<Terms>,
    front: ShopFront,
    now: Timestamp,
) -> Result<Catalog, Error> {
    let mut known: BTreeMap<OfferId, Terms> = BTreeMap::new();
    for (_, offer) in partitions.iter().flat_map(Partition::offers) {
        let terms = offer.terms().clone();
        let id = terms.id.clone();
        if known.insert(id.clone(), terms).is_some() {
            return Err(Error::OfferTwice(id));
        }
    }
    for terms in &offers {
        if let Some(what) = known.get(&terms.id).and_then(|known| difference(known, terms)) {
            return Err(Error::TermsChanged { offer: terms.id.clone(), what });
        }
    }
    for terms in offers.into_iter().filter(|terms| !known.contains_key(&terms.id)) {
        let home = home(partitions, &terms);
        if let (Some(partition), Some(page)) = (partitions.get_mut(home), pages.get_mut(home)) {
            let offer = partition.next_offer();
            partition.turn(now, &Command::AddOffer { offer, terms: Box::new(terms) }, page);
        }
    }
    Ok(Catalog::new(listings(partitions), front))
}

/// The partition of an offer: where its campaign is already, or one chosen by the campaign's name.
fn home(partitions: &[Partition], terms: &Terms) -> usize {
    let with_campaign =
        |partition: &Partition| partition.offers().any(|(_, offer)| offer.terms().campaign == terms.campaign);
    let chosen = crc32c::crc32c(terms.campaign.as_bytes()) as usize % partitions.len().max(1);
    partitions.iter().position(with_campaign).unwrap_or(chosen)
}

fn listings(partitions: &[Partition]) -> Vec<Listing> {
    let of_partition = |partition: &Partition| {
        let partition_no = partition.no();
        let listing = move |(offer, terms)| Listing { partition: partition_no, offer, terms };
        let offers = partition.offers().map(|(no, offer)| (no, Arc::new(offer.terms().clone())));
        offers.map(listing).collect::<Vec<_>>()
    };
    partitions.iter().flat_map(of_partition).collect()
}

/// The first thing that differs between two terms of one offer.
fn difference(known: &Terms, filed: &Terms) -> Option<&'static str> {
    let checks = [
        ("campaign", known.campaign == filed.campaign),
        ("units", known.units == filed.units),
        ("price", known.price == filed.price),
        ("tax", known.tax == filed.tax),
        ("tags", known.tags == filed.tags),
        ("opens", known.opens == filed.opens),
        ("closes", known.closes == filed.closes),
        ("confirm_within", known.confirm_within == filed.confirm_within),
        ("limit_per_account", known.limit_per_account == filed.limit_per_account),
        ("draw_window or draw_seed", known.rules.draw == filed.rules.draw),
        ("take_back", known.rules.take_back == filed.rules.take_back),
        ("something", known == filed),
    ];
    checks.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}
