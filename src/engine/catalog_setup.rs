//! Matches the offers of the offer file with those in the journals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::Error;
use crate::actors::partition::{DecisionBatch, PartitionState};
use crate::control::offer_notices::OfferNotice;
use crate::domain::command::Command;
use crate::domain::credit::CreditTerms;
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
use crate::text::hashtag::same_tag;

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

/// An offer of a journal.
struct Known {
    partition: usize,
    offer: OfferNo,
    offering: Offering,
    added_at: Timestamp,
    /// Whether it takes no claims any more.
    is_over: bool,
    /// Until when it takes claims.
    ends: Timestamp,
}

/// Puts on sale the offers that the partitions do not have yet, and corrects those that have not opened; all others
/// must be as they were sold before. The decisions go into the batches, one batch for each partition. Returns the
/// catalog of all offers.
pub(crate) fn open_offers(
    partitions: &mut [PartitionState],
    batches: &mut [DecisionBatch],
    offers: Vec<Offering>,
    front: ShopFront,
    now: Timestamp,
) -> Result<Catalog, Error> {
    let known = known_offers(partitions, now)?;
    let mut commands = Vec::new();
    for filed in &offers {
        let Some(known) = known.get(filed.id()).filter(|known| known.offering != *filed) else { continue };
        commands.push((known.partition, correction(partitions, known, filed, now)?));
    }
    let corrected = |id: &OfferId| offers.iter().find(|filed| filed.id() == id);
    for filed in &offers {
        let changes_tags = known.get(filed.id()).is_none_or(|known| !same_tags(&known.offering, filed));
        if changes_tags {
            let live = known.values().filter(|other| !other.is_over && other.offering.id() != filed.id());
            let live = live.map(|other| corrected(other.offering.id()).unwrap_or(&other.offering));
            check_tags(filed, live)?;
        }
    }
    for (index, command) in commands {
        if let (Some(partition), Some(batch)) = (partitions.get_mut(index), batches.get_mut(index)) {
            partition.turn(now, &command, batch);
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
    let mut all: Vec<_> =
        partitions.iter().zip(0..).flat_map(|(each, index)| offerings(each, index, now)).collect();
    // A later offer takes over the tags of an earlier one, wherever they live.
    all.sort_by_key(|known| known.added_at);
    let listed = |Known { partition, offer, offering, .. }: Known| Listing {
        partition: partitions.get(partition).map_or(0, PartitionState::no),
        offer,
        offering,
    };
    Ok(Catalog::new(all.into_iter().map(listed).collect(), front))
}

/// What an operator should know of the offers in the journals: which sell on though the file does not have them, and
/// which share a tag while both are on sale.
pub(crate) fn offer_notices<'p>(
    partitions: impl Iterator<Item = &'p PartitionState>,
    filed: &BTreeSet<OfferId>,
    now: Timestamp,
) -> Vec<OfferNotice> {
    let mut live: Vec<_> =
        partitions.zip(0..).flat_map(|(each, index)| offerings(each, index, now)).collect();
    live.retain(|known| !known.is_over);
    live.sort_by_key(|known| known.added_at);
    let mut notices = Vec::new();
    for (place, known) in live.iter().enumerate() {
        let (id, until) = (known.offering.id().clone(), known.ends);
        if !filed.contains(&id) {
            let text = format!(
                "offer {id} is not in the offer file, and is on sale until {until}; end it by flashtag close --offer {id}"
            );
            notices.push(OfferNotice { offer: id.clone(), until, text });
        }
        for newer in live.iter().skip(place + 1) {
            if let Some(tag) = shared_tag(&known.offering, &newer.offering) {
                let newer = newer.offering.id();
                let text = format!(
                    "offers {id} and {newer} are both on sale under #{tag}: the newer one, {newer}, answers"
                );
                notices.push(OfferNotice { offer: id.clone(), until, text });
            }
        }
    }
    notices
}

fn known_offers(partitions: &[PartitionState], now: Timestamp) -> Result<BTreeMap<OfferId, Known>, Error> {
    let mut known = BTreeMap::new();
    for offer in partitions.iter().zip(0..).flat_map(|(each, index)| offerings(each, index, now)) {
        let id = offer.offering.id().clone();
        if known.insert(id.clone(), offer).is_some() {
            return Err(Error::OfferTwice(id));
        }
    }
    Ok(known)
}

/// The command that corrects an offer by the file.
fn correction(
    partitions: &[PartitionState],
    known: &Known,
    filed: &Offering,
    now: Timestamp,
) -> Result<Command, Error> {
    let changed = |what| Error::TermsChanged { offer: filed.id().clone(), what };
    let (offer, partition) = (known.offer, partitions.get(known.partition));
    if let Some(what) = fixed_difference(&known.offering, filed) {
        return Err(changed(what));
    }
    let (may, command) = match filed {
        Offering::Purchase(terms) => {
            let known = partition.and_then(|partition| partition.offer(offer));
            let may = known.is_some_and(|known| known.check_correction(now, terms).is_ok());
            (may, Command::CorrectOffer { offer, terms: Box::new(Terms::clone(terms)) })
        }
        Offering::Credit(terms) => {
            let known = partition.and_then(|partition| partition.credit(offer));
            let may = known.is_some_and(|known| known.check_correction(now).is_ok());
            (may, Command::CorrectCreditOffer { offer, terms: Box::new(CreditTerms::clone(terms)) })
        }
    };
    if may { Ok(command) } else { Err(changed(difference(&known.offering, filed))) }
}

/// Checks that no other live offer has one of the offer's tags.
fn check_tags<'o>(filed: &Offering, live: impl Iterator<Item = &'o Offering>) -> Result<(), Error> {
    for other in live {
        if let Some(tag) = shared_tag(filed, other) {
            let (offer, other) = (filed.id().clone(), other.id().clone());
            return Err(Error::TagTaken { offer, other, tag: tag.to_string() });
        }
    }
    Ok(())
}

fn shared_tag<'o>(one: &'o Offering, other: &Offering) -> Option<&'o str> {
    one.tags().find(|tag| other.tags().any(|taken| same_tag(tag, taken)))
}

fn same_tags(one: &Offering, other: &Offering) -> bool {
    one.tags().eq(other.tags())
}

/// Returns the offers of a partition, by number.
fn offerings(partition: &PartitionState, index: usize, now: Timestamp) -> Vec<Known> {
    let known = |offer, offering, is_over, ends| {
        let added_at = partition.added_at(offer);
        Known { partition: index, offer, offering, added_at, is_over, ends }
    };
    let purchases = partition.offers().map(|(no, offer)| {
        known(no, Offering::from(offer.terms().clone()), offer.is_over(now), offer.ends())
    });
    let credits = partition.credits().map(|(no, offer)| {
        known(no, Offering::from(offer.terms().clone()), offer.is_over(now), offer.ends())
    });
    let mut all: Vec<_> = purchases.chain(credits).collect();
    all.sort_by_key(|known| known.offer);
    all
}

/// Returns the partition of an offer: the one that has its campaign already, or one chosen by the campaign's
/// name.
fn partition_of(partitions: &[PartitionState], offering: &Offering) -> usize {
    let campaign = offering.campaign();
    let chosen = crc32c::crc32c(campaign.as_bytes()) as usize % partitions.len().max(1);
    partitions.iter().position(|partition| partition.has_campaign(campaign)).unwrap_or(chosen)
}

/// Returns the first difference that cannot be corrected even before the opening: what decides where an offer lives
/// and in what it is paid, and a draw whose seed may have been published.
fn fixed_difference(known: &Offering, filed: &Offering) -> Option<&'static str> {
    if known.campaign() != filed.campaign() {
        return Some("campaign");
    }
    match (known, filed) {
        (Offering::Purchase(known), Offering::Purchase(filed)) => {
            let seed = |terms: &Terms| terms.rules.draw.map(|draw| draw.seed);
            if known.price.currency != filed.price.currency {
                return Some("the price's currency");
            }
            (seed(known).is_some() && seed(known) != seed(filed)).then_some("draw_seed")
        }
        (Offering::Credit(known), Offering::Credit(filed)) => {
            (known.currency() != filed.currency()).then_some("the currency")
        }
        _ => Some("kind"),
    }
}

/// Returns the first difference between the offer that was sold before and the one in the file.
fn difference(known: &Offering, filed: &Offering) -> &'static str {
    match (known, filed) {
        (Offering::Purchase(known), Offering::Purchase(filed)) => terms_difference(known, filed),
        (Offering::Credit(_), Offering::Credit(_)) => "something",
        _ => "kind",
    }
}

/// Returns the first difference between two terms of one offer.
fn terms_difference(known: &Terms, filed: &Terms) -> &'static str {
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
    ];
    checks.into_iter().find(|(_, same)| !same).map_or("something", |(what, _)| what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Arc, Command, DecisionBatch, Offering, PartitionState, Timestamp, offer_notices};
    use crate::config::offers::parse_offers;

    /// A partition that sells the offer of that id, added at `added_at`, until 2090.
    fn partition(no: u32, id: &str, added_at: Timestamp) -> PartitionState {
        let file = format!(
            "[shop]\nname = \"Shop\"\naccounts = {{ x = \"9001\" }}\n[[offer]]\nid = \"{id}\"\nkind = \"purchase\"\n\
             title = \"Kindle\"\ntags = {{ buy = \"BuyKindle\", confirm = \"Confirm{no}\" }}\nprice = \"1.00 USD\"\n\
             units = 1\nopens = \"2020-01-01T00:00:00Z\"\ncloses = \"2090-01-01T00:00:00Z\"\n"
        );
        let offering = parse_offers(&file, "offers.toml").expect("an offer file").offerings().remove(0);
        let Offering::Purchase(terms) = offering else { unreachable!("it sells units") };
        let mut partition = PartitionState::new(no);
        let command =
            Command::AddOffer { offer: partition.next_offer(), terms: Box::new(Arc::unwrap_or_clone(terms)) };
        partition.turn(added_at, &command, &mut DecisionBatch::default());
        partition
    }

    #[test]
    fn offers_that_share_a_tag_are_told_with_the_one_that_answers() {
        let at = |text: &str| text.parse().expect("an instant");
        // The older one lives in the partition with the greater number.
        let newer = partition(0, "new", at("2021-01-01T00:00:00Z"));
        let older = partition(1, "old", at("2020-06-01T00:00:00Z"));
        let filed: BTreeSet<_> = [&newer, &older]
            .iter()
            .flat_map(|each| each.offers())
            .map(|(_, offer)| offer.terms().id.clone())
            .collect();
        let told = |now: &str| offer_notices([&newer, &older].into_iter(), &filed, at(now));
        let notices = told("2022-01-01T00:00:00Z");
        let texts: Vec<_> = notices.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(
            texts,
            ["offers old and new are both on sale under #BuyKindle: the newer one, new, answers"]
        );
        assert_eq!(told("2091-01-01T00:00:00Z"), [], "both are over");
    }
}
