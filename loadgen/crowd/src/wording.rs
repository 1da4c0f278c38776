//! The words around a tag, and the letter case of the tag itself.

use crate::hash::{Question, choose};
use crate::line::{escaped, push};
use crate::person::Person;
use crate::plan::HabitPlan;

/// A tag ready for JSON in the ways that people write it.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    announced: String,
    lower: String,
    upper: String,
}

/// What stands before and after a tag. Plain text by the test below: nothing in it needs escaping.
type Around = (&'static str, &'static str);

const PREFILLED: Around = ("I want to ", "");
const BARE: Around = ("", "");

const CLAIMS: [Around; 12] = [
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
const CONFIRMS: [Around; 4] = [("", ""), ("", " yes!"), ("still want it: ", ""), ("ok then, ", " \u{1f64c}")];
const CANCELS: [Around; 3] = [("", ""), ("sorry, changed my mind ", ""), ("", ", somebody else may have it")];

impl Tag {
    /// Prepares a tag that is written without its hash sign.
    pub(crate) fn new(tag: &str) -> Self {
        Self {
            announced: escaped(tag),
            lower: escaped(&tag.to_ascii_lowercase()),
            upper: escaped(&tag.to_ascii_uppercase()),
        }
    }

    /// Appends the tag with its hash sign, in this person's way of writing.
    fn push(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        push(out, if person.is_among(habits.escaped, Question::Escape) { r"\u0023" } else { "#" });
        let half = habits.other_case / 2.0;
        let written = if person.is_among(half, Question::LetterCase) {
            &self.upper
        } else if person.is_among(habits.other_case, Question::LetterCase) {
            &self.lower
        } else {
            &self.announced
        };
        push(out, written);
    }

    /// Appends a claim; the text of the second one (`again`) differs from that of the first.
    pub(crate) fn push_claim(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan, again: bool) {
        let style = person.bits(Question::Template);
        let chatty = person.is_among(habits.chatty, Question::Wording);
        let around = match (chatty, again) {
            (true, false) | (false, true) => choose(style, &CLAIMS),
            (true, true) | (false, false) if style.is_multiple_of(5) => BARE,
            (true, true) | (false, false) => PREFILLED,
        };
        self.push_within(out, around, person, habits);
    }

    pub(crate) fn push_confirm(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        self.push_within(out, choose(person.bits(Question::Wording), &CONFIRMS), person, habits);
    }

    pub(crate) fn push_cancel(&self, out: &mut Vec<u8>, person: Person, habits: &HabitPlan) {
        self.push_within(out, choose(person.bits(Question::Wording), &CANCELS), person, habits);
    }

    fn push_within(&self, out: &mut Vec<u8>, around: Around, person: Person, habits: &HabitPlan) {
        push(out, around.0);
        self.push(out, person, habits);
        push(out, around.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_around_are_plain_and_leave_the_tag_whole() {
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
        let tag = Tag::new("Quote\"\n");
        assert_eq!(tag.announced, r#"Quote\"\n"#);
        assert_eq!(tag.upper, r#"QUOTE\"\n"#);
        assert_eq!(tag.lower, r#"quote\"\n"#);
    }
}
