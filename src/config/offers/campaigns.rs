//! What the offers of one campaign must agree on, because they share the limits of an account.

use std::collections::BTreeMap;

use crate::domain::terms::Terms;

use super::offer::{Agreed, OfferDraft};

/// Whether the offers of each campaign fit together. Records a fault for each that does not.
pub(super) fn fit(drafts: &[OfferDraft<'_>]) -> bool {
    let mut campaigns = BTreeMap::<&str, Vec<(&OfferDraft<'_>, &Terms)>>::new();
    for draft in drafts {
        if let Some(Agreed::Purchase(terms)) = &draft.agreed {
            campaigns.entry(&terms.campaign).or_default().push((draft, terms));
        }
    }
    let fits: Vec<bool> = campaigns.values().map(|offers| one_currency(offers) & one_pace(offers)).collect();
    fits.into_iter().all(|fits| fits)
}

type Offers<'c, 'd> = [(&'c OfferDraft<'d>, &'c Terms)];

/// A spend cap counts all orders of the campaign, so they must be in its currency.
fn one_currency(offers: &Offers<'_, '_>) -> bool {
    let capped = offers.iter().find_map(|(_, terms)| Some((terms, terms.rules.spend_cap?)));
    let Some((capping, cap)) = capped else { return true };
    let others = offers.iter().filter(|(_, terms)| terms.price.currency != cap.currency);
    let mut fits = true;
    for (draft, terms) in others {
        fits = false;
        fault(draft, || {
            let (id, campaign, price) = (&capping.id, &terms.campaign, terms.price);
            format!(
                "the price is {price}, and \"{id}\" of the same campaign, \"{campaign}\", has a `spend_cap` of {cap}: \
                 the cap cannot count another currency"
            )
        });
    }
    fits
}

/// The posts of an account to the paced offers of a campaign are counted together, so they have one pace.
fn one_pace(offers: &Offers<'_, '_>) -> bool {
    let mut paced = offers.iter().filter(|(_, terms)| terms.rules.pace.is_some());
    let Some((_, first)) = paced.next() else { return true };
    let others = paced.filter(|(_, terms)| terms.rules.pace != first.rules.pace);
    let mut fits = true;
    for (draft, terms) in others {
        fits = false;
        fault(draft, || {
            let (id, campaign) = (&first.id, &terms.campaign);
            format!(
                "`account_pace` differs from that of \"{id}\", and both are of the campaign \"{campaign}\", whose posts \
                 share one pace"
            )
        });
    }
    fits
}

fn fault(draft: &OfferDraft<'_>, message: impl FnOnce() -> String) {
    if let Some((_, field)) = &draft.id {
        field.advise::<()>(message(), "give the offers campaigns of their own, or the same value");
    }
}
