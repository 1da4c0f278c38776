//! The stored form of a statement-credit offer.

use super::{CreditOffer, CreditTerms};
use crate::collections::stored::{Put, Take};

impl CreditOffer {
    /// Writes the offer.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        // The merchants are derived from the terms.
        let Self { no, terms, merchants: _, opened, closed, cards, judged, .. } = self;
        let Self { credits, credited, reversed, control, .. } = self;
        out.put(no)?;
        out.put(terms)?;
        out.put(&(opened, closed, credits, credited, reversed))?;
        out.put_all(cards.iter())?;
        out.put_all(judged.iter())?;
        out.put(control)
    }

    /// Reads an offer that `store` wrote.
    ///
    /// # Errors
    /// Returns the source's error.
    pub fn restore<T: Take>(from: &mut T) -> Result<Self, T::Error> {
        let no = from.take()?;
        let terms: CreditTerms = from.take()?;
        let (opened, closed, credits, credited, reversed) = from.take()?;
        Ok(Self {
            no,
            merchants: terms.merchants.iter().cloned().collect(),
            terms,
            opened,
            closed,
            cards: from.take_map()?,
            judged: from.take_map()?,
            control: from.take_since(6)?,
            credits,
            credited,
            reversed,
        })
    }
}
