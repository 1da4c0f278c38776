//! The link between an account and a card: a token, never a number.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::id::Account;

/// How a card is funded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Funding {
    /// A credit card.
    Credit,
    /// A debit card.
    Debit,
    /// A charge card.
    Charge,
    /// A prepaid card; refused unless an offer names it.
    Prepaid,
    /// A company's card; refused unless an offer names it.
    Corporate,
}

/// A card as the card provider lets us know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Card {
    /// The provider's token.
    pub token: CompactString,
    /// The brand in lower case, as `amex`.
    pub brand: CompactString,
    /// How it is funded.
    pub funding: Funding,
    /// The last four digits, for display.
    pub last4: CompactString,
}

impl Card {
    /// Whether an offer takes the card: one of these brands, or any if none is named, and one of these
    /// kinds.
    #[must_use]
    pub fn is_among(&self, brands: &[CompactString], fundings: &[Funding]) -> bool {
        (brands.is_empty() || brands.contains(&self.brand)) && fundings.contains(&self.funding)
    }
}

/// An account with all that a purchase needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Whose.
    pub account: Account,
    /// The card that is charged.
    pub card: Card,
    /// Where e-mail goes.
    pub email: CompactString,
    /// The billing region, as `US-NY`; taxes follow it.
    pub region: CompactString,
}

/// Whether a text holds a card number: 13 to 19 digits, in groups with blanks or dashes between them,
/// that satisfy the check digit of ISO/IEC 7812 (the Luhn formula). The number may begin and end at
/// any group: people write the expiry date and the security code right behind it.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    let mut run = Run::default();
    for ch in text.chars() {
        match ch.to_digit(10) {
            Some(digit) => run.digits.push(digit),
            None if matches!(ch, ' ' | '-') => run.end_group(),
            None if run.holds_card_number() => return true,
            None => run.clear(),
        }
    }
    run.holds_card_number()
}

/// Digits in groups.
#[derive(Default)]
struct Run {
    digits: Vec<u32>,
    /// Where groups ended, and the next one began.
    cuts: Vec<usize>,
}

impl Run {
    fn end_group(&mut self) {
        if self.cuts.last().copied().unwrap_or(0) < self.digits.len() {
            self.cuts.push(self.digits.len());
        }
    }

    fn clear(&mut self) {
        self.digits.clear();
        self.cuts.clear();
    }

    fn holds_card_number(&mut self) -> bool {
        self.end_group();
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        starts.enumerate().any(|(group, start)| {
            let ends = self.cuts.iter().skip(group).take_while(|&&end| end - start <= 19);
            ends.filter(|&&end| end - start >= 13).any(|&end| self.digits.get(start..end).is_some_and(luhn))
        })
    }
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 1 { doubled(d) } else { d }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::holds_card_number;

    #[test]
    fn card_numbers_are_told_from_other_digits() {
        let table = [
            ("4242424242424242", true),
            ("4242 4242 4242 4242", true),
            ("pay with 3782-822463-10005 please", true),
            ("4242424242424241", false),
            ("1700000000000000001", false),
            ("tok_1", false),
            ("call 555 0100", false),
        ];
        for (text, holds) in table {
            assert_eq!(holds_card_number(text), holds, "{text}");
        }
    }
}
