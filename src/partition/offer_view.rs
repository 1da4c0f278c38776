//! The views of a partition's offers, in the form that files and the API share.

use super::counters::OfferCounters;
use super::state::PartitionState;
use crate::api::offer_view::{CreditsView, OfferKind, OfferView, PauseView};
use crate::domain::credit::{CreditCounts, CreditOffer, Reward};
use crate::domain::id::OfferNo;
use crate::domain::offer::{Counts, Offer};
use crate::domain::sale_control::SaleControl;

impl OfferView {
    /// The view of a purchase offer and its counters.
    #[must_use]
    pub fn new(offer: &Offer, counters: &OfferCounters) -> Self {
        let terms = offer.terms();
        let Counts { allotment, available, reserved, sold, waiting } = offer.counts();
        Self {
            id: terms.id.clone(),
            kind: OfferKind::Purchase,
            title: terms.title.to_string(),
            price: Some(terms.price),
            opens: terms.opens.to_string(),
            closes: terms.closes.to_string(),
            allotment,
            available,
            reserved,
            sold,
            waiting,
            claims: counters.claims,
            outcomes: counters.outcomes.clone().into(),
            captured: counters.captured,
            paused: pause_view(offer.control()),
            closed_at: offer.control().closed_at().map(|at| at.to_string()),
            credits: None,
        }
    }

    /// The view of a statement-credit offer and its counters.
    #[must_use]
    pub fn of_credit(offer: &CreditOffer, counters: &OfferCounters) -> Self {
        let terms = offer.terms();
        let CreditCounts { enrollments, enrolled, credits, credited, reversed } = offer.counts();
        let reward = match terms.reward {
            Reward::Fixed(credit) => credit.to_string(),
            Reward::Share { rate, most } => format!("{rate}, up to {most}"),
        };
        Self {
            id: terms.id.clone(),
            kind: OfferKind::Credit,
            title: terms.title.to_string(),
            price: None,
            opens: terms.opens.to_string(),
            closes: terms.closes.to_string(),
            allotment: enrollments,
            available: enrollments - enrolled,
            reserved: 0,
            sold: enrolled,
            waiting: 0,
            claims: counters.claims,
            outcomes: counters.outcomes.clone().into(),
            captured: counters.captured,
            paused: pause_view(offer.control()),
            closed_at: offer.control().closed_at().map(|at| at.to_string()),
            credits: Some(CreditsView { reward, credits, credited, reversed }),
        }
    }

    /// The views of all offers of a partition, by number.
    #[must_use]
    pub fn all(partition: &PartitionState) -> Vec<Self> {
        partition.numbers().filter_map(|no| Self::of(partition, no)).collect()
    }

    /// The view of one offer of a partition, of either kind.
    #[must_use]
    pub fn of(partition: &PartitionState, no: OfferNo) -> Option<Self> {
        let counters = partition.counters_of(no)?;
        let purchase = partition.offer(no).map(|offer| Self::new(offer, counters));
        purchase.or_else(|| partition.credit(no).map(|offer| Self::of_credit(offer, counters)))
    }
}

fn pause_view(control: &SaleControl) -> Option<PauseView> {
    control.pause().map(|pause| PauseView { since: pause.since.to_string(), deadlines: pause.deadlines })
}
