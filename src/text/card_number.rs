//! Finds card numbers, which must not be stored. Their check digit distinguishes them from other numbers.

/// Replaces each digit of a card number.
pub const REDACTED: char = '•';

/// The lengths of the shortest and of the longest card number, in digits.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// Whether a text has a card number: 13 to 19 digits, in groups separated by blanks, dashes or dots, that
/// satisfy the check digit of ISO/IEC 7812 (the Luhn formula). The number may begin and end at any group,
/// because people write the expiry date and the security code right behind it.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    !card_digits(text).is_empty()
}

/// The text with every digit of every card number redacted and all else unchanged; `None` if it has none.
///
/// Other long numbers with a valid check digit are redacted too, as one in ten ids of X in links to posts:
/// they cannot be distinguished, and a text does not need them. Only counts the digits, unless there are
/// enough for a card number.
#[must_use]
pub fn redact_card_numbers(text: &str) -> Option<String> {
    let digits = match text.is_ascii() {
        true => text.bytes().filter(u8::is_ascii_digit).count(),
        false => text.chars().filter(|&ch| digit(ch).is_some()).count(),
    };
    if digits < DIGITS_MIN {
        return None;
    }
    let places = card_digits(text);
    let mut redacted = String::with_capacity(text.len() + places.len() * REDACTED.len_utf8());
    let mut from = 0;
    for &place in &places {
        redacted.push_str(text.get(from..place)?);
        redacted.push(REDACTED);
        from = place + text.get(place..)?.chars().next()?.len_utf8();
    }
    redacted.push_str(text.get(from..)?);
    (!places.is_empty()).then_some(redacted)
}

/// The positions of the digits of card numbers, in bytes.
fn card_digits(text: &str) -> Vec<usize> {
    let (mut run, mut places) = (Run::default(), Vec::new());
    for (place, ch) in text.char_indices() {
        match digit(ch) {
            Some(value) => run.digits.push(Digit { value, place }),
            None if is_between_groups(ch) => run.end_group(),
            None => run.hand_over(&mut places),
        }
    }
    run.hand_over(&mut places);
    // If several numbers can be read, the digits belong to each of them.
    places.sort_unstable();
    places.dedup();
    places
}

/// The value of a digit in any of the supported scripts.
fn digit(ch: char) -> Option<u32> {
    // The zeros of the full-width, Arabic, Persian and Devanagari digits; the others follow each.
    let zeros = ['０', '٠', '۰', '०'];
    let value = |zero: char| (ch as u32).checked_sub(zero as u32).filter(|&value| value < 10);
    ch.to_digit(10).or_else(|| zeros.into_iter().filter(|_| !ch.is_ascii()).find_map(value))
}

/// Whether people, or the programs they paste from, put this character between the groups of a number:
/// blanks, dashes, dots, and invisible characters.
fn is_between_groups(ch: char) -> bool {
    ch.is_whitespace()
        || matches!(ch, '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || matches!(ch, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

struct Digit {
    value: u32,
    place: usize,
}

/// A run of digits in groups.
#[derive(Default)]
struct Run {
    digits: Vec<Digit>,
    /// The indices at which a group ended and the next one began.
    cuts: Vec<usize>,
}

impl Run {
    fn end_group(&mut self) {
        if self.cuts.last().copied().unwrap_or(0) < self.digits.len() {
            self.cuts.push(self.digits.len());
        }
    }

    /// Ends the run and reports the positions of the digits of its card numbers.
    fn hand_over(&mut self, places: &mut Vec<usize>) {
        self.end_group();
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        for (group, start) in starts.enumerate() {
            let ends = self.cuts.iter().skip(group).take_while(|&&end| end - start <= DIGITS_MAX);
            for &end in ends.filter(|&&end| end - start >= DIGITS_MIN) {
                let number = self.digits.get(start..end).filter(|digits| luhn(digits));
                places.extend(number.into_iter().flatten().map(|digit| digit.place));
            }
        }
        self.digits.clear();
        self.cuts.clear();
    }
}

fn luhn(digits: &[Digit]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.iter().rev().map(|digit| digit.value).enumerate();
    let sum: u32 = values.map(|(i, value)| if i % 2 == 1 { doubled(value) } else { value }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::holds_card_number;

    #[test]
    fn card_numbers_are_distinguished_from_other_digits() {
        let table = [
            ("4242424242424242", true),
            ("4242 4242 4242 4242", true),
            ("pay with 3782-822463-10005 please", true),
            ("4242.4242.4242.4242", true),
            ("4242\u{a0}4242\u{2011}4242\u{200b}4242", true),
            ("４２４２４２４２４２４２４２４２", true),
            ("٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", true),
            ("۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲", true),
            ("४२४२४२४२४२४२४२४२", true),
            ("４２４２４２４２４２４２４２４１", false),
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
