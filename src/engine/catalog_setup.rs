//! Matches the offers of the offer file with those in the journals.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Error;
use crate::actors::partition::{DecisionBatch, PartitionState};
use crate::domain::command::Command;
use crate::domain::id::{OfferId, OfferNo};
use crate::domain::key_form::KeyForm;
use crate::domain::listing::{Listing, ShopFront};
use crate::domain::offering::Offering;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::intake::catalog::Catalog;
use crate::journal::{Batch, Log};
use crate::partition::codec;
use crate::partition::pending_effects::PendingEffects;

/// A recovered partition, before its threads and its actor start.
pub struct Ready<L> {
    /// The state, as its journal left it.
    pub partition: PartitionState,
    /// Appends to the journal.
    pub log: L,
}

/// Puts on sale the offers that no journal has yet, and makes that durable before anything else happens. The
/// effects of doing so, such as the announcement of an offer that opens, have keys of `form` and join the
/// pending effects. Returns the catalog of all offers.
///
/// # Errors
/// When an offer differs from what was sold before, or a journal fails.
pub fn open<L: Log>(
    ready: &mut [Ready<L>],
    pending: &mut PendingEffects,
    form: KeyForm,
    offers: Vec<Offering>,
    front: ShopFront,
    now: Timestamp,
) -> Result<Catalog, Error> {
    let mut partitions: Vec<PartitionState> =
        ready.iter_mut().map(|ready| std::mem::take(&mut ready.partition)).collect();
    let mut batches: Vec<DecisionBatch> = partitions.iter().map(|_| DecisionBatch::default()).collect();
    let catalog = open_offers(&mut partitions, &mut batches, offers, front, now)?;
    for ((ready, partition), batch) in ready.iter_mut().zip(partitions).zip(batches) {
        ready.partition = partition;
        append(ready, pending, form, batch)?;
    }
    Ok(catalog)
}

/// Makes what a partition decided before it runs durable. Its effects have keys of `form` and join the pending
/// effects.
pub(super) fn append<L: Log>(
    ready: &mut Ready<L>,
    pending: &mut PendingEffects,
    form: KeyForm,
    batch: DecisionBatch,
) -> Result<(), Error> {
    let mut group = Batch::new(ready.log.next_sequence());
    for (_, record) in &batch.records {
        group.push_with(|payloads| codec::encode(form, record, payloads));
    }
    ready.log.append(&group)?;
    for (sequence, record) in batch.records {
        pending.read(ready.partition.no(), sequence, form, record);
    }
    Ok(())
}

/// Puts on sale the offers that the partitions do not have yet, and checks the others for changes. The
/// decisions go into the batches, one batch for each partition. Returns the catalog of all offers.
pub(crate) fn open_offers(
    partitions: &mut [PartitionState],
    batches: &mut [DecisionBatch],
    offers: Vec<Offering>,
    front: ShopFront,
    now: Timestamp,
) -> Result<Catalog, Error> {
    let mut known: BTreeMap<OfferId, Offering> = BTreeMap::new();
    for (_, offering) in partitions.iter().flat_map(offerings) {
        let id = offering.id().clone();
        if known.insert(id.clone(), offering).is_some() {
            return Err(Error::OfferTwice(id));
        }
    }
    for filed in &offers {
        if let Some(what) = known.get(filed.id()).and_then(|known| difference(known, filed)) {
            return Err(Error::TermsChanged { offer: filed.id().clone(), what });
        }
    }
    for offering in offers.into_iter().filter(|offering| !known.contains_key(offering.id())) {
        let index = partition_of(partitions, &offering);
        if let (Some(partition), Some(batch)) = (partitions.get_mut(index), batches.get_mut(index)) {
            let offer = partition.next_offer();
            let command = match offering {
                Offering::Purchase(terms) => {
                    Command::AddOffer { offer, terms: Box::new(Arc::unwrap_or_clone(terms)) }
                }
                Offering::Credit(terms) => {
                    Command::AddCreditOffer { offer, terms: Box::new(Arc::unwrap_or_clone(terms)) }
                }
            };
            partition.turn(now, &command, batch);
        }
    }
    let listing = |partition: &PartitionState| {
        let no = partition.no();
        let listed = move |(offer, offering)| Listing { partition: no, offer, offering };
        offerings(partition).into_iter().map(listed).collect::<Vec<_>>()
    };
    Ok(Catalog::new(partitions.iter().flat_map(listing).collect(), front))
}

/// Returns the offers of a partition, by number.
fn offerings(partition: &PartitionState) -> Vec<(OfferNo, Offering)> {
    let purchases = partition.offers().map(|(no, offer)| (no, Offering::from(offer.terms().clone())));
    let credits = partition.credits().map(|(no, offer)| (no, Offering::from(offer.terms().clone())));
    let mut all: Vec<_> = purchases.chain(credits).collect();
    all.sort_by_key(|(no, _)| *no);
    all
}

/// Returns the partition of an offer: the one that has its campaign already, or one chosen by the campaign's
/// name.
fn partition_of(partitions: &[PartitionState], offering: &Offering) -> usize {
    let campaign = offering.campaign();
    let chosen = crc32c::crc32c(campaign.as_bytes()) as usize % partitions.len().max(1);
    partitions.iter().position(|partition| partition.has_campaign(campaign)).unwrap_or(chosen)
}

/// Returns the first difference between the offer that was sold before and the one in the file.
fn difference(known: &Offering, filed: &Offering) -> Option<&'static str> {
    match (known, filed) {
        (Offering::Purchase(known), Offering::Purchase(filed)) => terms_difference(known, filed),
        (Offering::Credit(known), Offering::Credit(filed)) => (known != filed).then_some("something"),
        _ => Some("kind"),
    }
}

/// Returns the first difference between two terms of one offer.
fn terms_difference(known: &Terms, filed: &Terms) -> Option<&'static str> {
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
