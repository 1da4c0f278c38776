//! The stored form of a statement-credit offer.

use serde::{Deserialize, Serialize};

use super::waiting::{Waiting, WaitingTransaction};
use super::{CreditOffer, CreditTerms};
use crate::collections::stored::{Put, Take};
use crate::domain::money::Money;

/// The part of an offer that is stored after its terms.
#[derive(Serialize, Deserialize)]
struct StoredCounts {
    opened: bool,
    closed: bool,
    credits: u64,
    credited: Money,
    reversed: Money,
    /// The waiting transactions, in the order of their arrival.
    #[serde(default)]
    waiting: Vec<WaitingTransaction>,
}

impl CreditOffer {
    /// Writes the offer.
    ///
    /// # Errors
    /// Returns the sink's error.
    pub fn store<P: Put>(&self, out: &mut P) -> Result<(), P::Error> {
        // The merchants are derived from the terms.
        let Self { no, terms, merchants: _, opened, closed, cards, judged, .. } = self;
        let Self { waiting, credits, credited, reversed, control, .. } = self;
        out.put(no)?;
        out.put(terms)?;
        out.put(&StoredCounts {
            opened: *opened,
            closed: *closed,
            credits: *credits,
            credited: *credited,
            reversed: *reversed,
            waiting: waiting.iter().cloned().collect(),
        })?;
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
        let StoredCounts { opened, closed, credits, credited, reversed, waiting: stored } = from.take()?;
        let mut waiting = Waiting::default();
        stored.into_iter().for_each(|transaction| waiting.add(transaction));
        Ok(Self {
            no,
            merchants: terms.merchants.iter().cloned().collect(),
            terms,
            opened,
            closed,
            cards: from.take_map()?,
            judged: from.take_map()?,
            control: from.take_since(6)?,
            waiting,
            credits,
            credited,
            reversed,
        })
    }
}
