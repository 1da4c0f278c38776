//! The stored form of the table of offers. Each kind is its length, then each offer after its number.

use super::Offers;
use super::numbered::Numbered;
use crate::collections::stored::{Put, Take};
use crate::domain::credit::CreditOffer;
use crate::domain::offer::Offer;

impl Offers {
    /// Stores the offers.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        out.put(&self.purchases.len())?;
        for (no, offer) in self.purchases.iter() {
            out.put(&no)?;
            offer.store(out)?;
        }
        out.put(&self.credits.len())?;
        for (no, credit) in self.credits.iter() {
            out.put(&no)?;
            credit.store(out)?;
        }
        Ok(())
    }

    /// Reads stored offers.
    ///
    /// # Errors
    /// When the source fails.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let mut purchases = Numbered::default();
        for _ in 0..from.take::<usize>()? {
            purchases.insert(from.take()?, Offer::restore(from)?);
        }
        let mut credits = Numbered::default();
        for _ in 0..from.take::<usize>()? {
            credits.insert(from.take()?, CreditOffer::restore(from)?);
        }
        // The campaign says whether more can be parked.
        Ok(Self { purchases, credits, parking_is_full: false })
    }
}
