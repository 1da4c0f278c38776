//! The table of a campaign's offers. It is separate from the sessions, so that a session can decide a post
//! while it borrows the offers.

mod numbered;
mod stored;

use numbered::Numbered;

use super::credit::{CreditOffer, CreditTerms};
use super::id::OfferNo;
use super::offer::Offer;
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::terms::Terms;

/// The offers of one campaign: those that sell units, and those that give statement credits. Both kinds share
/// one sequence of numbers.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    purchases: Numbered<Offer>,
    credits: Numbered<CreditOffer>,
    /// Whether no more posts can be parked. Here, because sessions decide with the offers.
    parking_is_full: bool,
}

impl Offers {
    /// The purchase offers, by number.
    pub fn purchases(&self) -> impl Iterator<Item = (OfferNo, &Offer)> {
        self.purchases.iter()
    }

    /// One purchase offer.
    #[must_use]
    pub fn purchase(&self, no: OfferNo) -> Option<&Offer> {
        self.purchases.get(no)
    }

    /// One purchase offer, to be changed by an event.
    pub fn purchase_mut(&mut self, no: OfferNo) -> Option<&mut Offer> {
        self.purchases.get_mut(no)
    }

    /// The statement-credit offers, by number.
    pub fn credits(&self) -> impl Iterator<Item = (OfferNo, &CreditOffer)> {
        self.credits.iter()
    }

    /// One statement-credit offer.
    #[must_use]
    pub fn credit(&self, no: OfferNo) -> Option<&CreditOffer> {
        self.credits.get(no)
    }

    /// One statement-credit offer, to be changed by an event.
    pub fn credit_mut(&mut self, no: OfferNo) -> Option<&mut CreditOffer> {
        self.credits.get_mut(no)
    }

    /// The purchase offer that a command names.
    ///
    /// # Errors
    /// `not_relevant` where there is none of that number.
    pub fn known(&self, no: OfferNo) -> Result<&Offer, Refusal> {
        self.purchase(no).ok_or_else(|| Outcome::NotRelevant.into())
    }

    /// The statement-credit offer that a command names.
    ///
    /// # Errors
    /// `not_relevant` where there is none of that number.
    pub fn known_credit(&self, no: OfferNo) -> Result<&CreditOffer, Refusal> {
        self.credit(no).ok_or_else(|| Outcome::NotRelevant.into())
    }

    /// Whether the number names an offer.
    #[must_use]
    pub fn contains(&self, no: OfferNo) -> bool {
        self.purchases.contains(no) || self.credits.contains(no)
    }

    /// The number of offers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.purchases.len() + self.credits.len()
    }

    /// Whether no more posts can be parked until their claims come.
    #[must_use]
    pub fn parking_is_full(&self) -> bool {
        self.parking_is_full
    }

    /// Records whether more posts can be parked.
    pub fn set_parking_is_full(&mut self, is_full: bool) {
        self.parking_is_full = is_full;
    }

    /// Whether the campaign has no offers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a purchase offer.
    pub fn add(&mut self, no: OfferNo, terms: Terms) {
        self.purchases.insert(no, Offer::new(no, terms));
    }

    /// Adds a statement-credit offer.
    pub fn add_credit(&mut self, no: OfferNo, terms: CreditTerms) {
        self.credits.insert(no, CreditOffer::new(no, terms));
    }
}
