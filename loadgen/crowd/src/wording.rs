//! The words around a tag, and the letter case of the tag itself.

use crate::bytes::{escaped, push};
use crate::hashing::{RandomStream, choose};
use crate::person::Person;
use crate::plan::HabitPlan;

/// A tag in the letter cases that people use, escaped for JSON.
#[derive(Clone, Debug)]
pub(crate) struct TagText {
    announced: String,
    lower: String,
    upper: String,
}

/// The words before and after a tag. They need no escaping, as a test below checks.
type Wording = (&'static str, &'static str);

const PREFILLED: Wording = ("I want to ", "");
const BARE: Wording = ("", "");

const CLAIMS: [Wording; 12] = [
    ("me first! ", ""),
    ("", " before they are all gone"),
    ("payday, so ", " it is. Wish me luck"),
    ("do not tell my flatmate \u{1f92b} ", ""),
    ("", " \u{1f389}\u{1f389}"),
    ("third coffee, steady hands, ", "!"),
    ("Das muss sein: ", " und zwar jetzt"),
    ("\u{3084}\u{3063}\u{305f} ", " \u{3060}"),
    ("", ", fingers crossed for everyone in the queue"),
    ("(", ") that was the plan all week long"),
    ("a small treat for the long train rides: ", ". No regrets so far"),
    ("\u{2192} ", " \u{2190} if this works I will be very surprised"),
];
const CONFIRMS: [Wording; 4] =
    [("", ""), ("", " yes!"), ("still want it: ", ""), ("ok then, ", " \u{1f64c}")];
const CANCELS: [Wording; 3] =
    [("", ""), ("sorry, changed my mind ", ""), ("", ", somebody else may have it")];

impl TagText {
    /// Prepares a tag that is written without its hash sign.
    pub(crate) fn new(tag: &str) -> Self {
        Self {
            announced: escaped(tag),
            lower: escaped(&tag.to_ascii_lowercase()),
            upper: escaped(&tag.to_ascii_uppercase()),
        }
    }

    /// Appends the tag with its hash sign, in the person's style.
    fn push(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        push(out, if person.is_among(habits.escaped, RandomStream::Escape) { r"\u0023" } else { "#" });
        let half = habits.other_case / 2.0;
        let written = if person.is_among(half, RandomStream::LetterCase) {
            &self.upper
        } else if person.is_among(habits.other_case, RandomStream::LetterCase) {
            &self.lower
        } else {
            &self.announced
        };
        push(out, written);
    }

    /// Appends a claim. The text of a second claim (`again`) differs from the first.
    pub(crate) fn push_claim(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan, again: bool) {
        let style = person.bits(RandomStream::Template);
        let chatty = person.is_among(habits.chatty, RandomStream::Wording);
        let wording = match (chatty, again) {
            (true, false) | (false, true) => choose(style, &CLAIMS),
            (true, true) | (false, false) if style.is_multiple_of(5) => BARE,
            (true, true) | (false, false) => PREFILLED,
        };
        self.push_within(out, wording, person, habits);
    }

    pub(crate) fn push_confirm(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        self.push_within(out, choose(person.bits(RandomStream::Wording), &CONFIRMS), person, habits);
    }

    pub(crate) fn push_cancel(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        self.push_within(out, choose(person.bits(RandomStream::Wording), &CANCELS), person, habits);
    }

    fn push_within(&self, out: &mut Vec<u8>, wording: Wording, person: Person, habits: &HabitPlan) {
        push(out, wording.0);
        self.push(out, person, habits);
        push(out, wording.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wording_needs_no_escaping_and_keeps_the_tag_whole() {
        let all = CLAIMS.iter().chain(&CONFIRMS).chain(&CANCELS).chain([&PREFILLED, &BARE]);
        for (before, after) in all {
            assert_eq!(escaped(before), **before);
            assert_eq!(escaped(after), **after);
            assert!(!before.contains('#') && !after.contains('#'));
            assert!(!before.ends_with(|last: char| last.is_alphanumeric() || "_&@/".contains(last)));
            assert!(!after.starts_with(|first: char| first.is_alphanumeric() || "_#:".contains(first)));
        }
    }

    #[test]
    fn odd_tags_are_escaped_in_every_case() {
        let tag = TagText::new("Quote\"\n");
        assert_eq!(tag.announced, r#"Quote\"\n"#);
        assert_eq!(tag.upper, r#"QUOTE\"\n"#);
        assert_eq!(tag.lower, r#"quote\"\n"#);
    }
}
