//! What the owner of an account agrees to, with the version of the text and the time.

use std::fmt::Write as _;

use crate::domain::time::Timestamp;

/// What a box on the consent page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To know that posts of the account are its owner's orders.
    Identity,
    /// To keep the card for orders by post.
    Card,
    /// To send letters about orders.
    Letters,
}

impl Purpose {
    /// Every purpose, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Card, Self::Letters];

    /// The name in forms and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Card => "card",
            Self::Letters => "letters",
        }
    }

    /// The number of the text as the page shows it: it grows with every change of its meaning.
    #[must_use]
    pub const fn version(self) -> u32 {
        match self {
            Self::Identity | Self::Card | Self::Letters => 1,
        }
    }

    /// Whether nothing can be bought without it.
    #[must_use]
    pub const fn is_needed(self) -> bool {
        match self {
            Self::Identity | Self::Card => true,
            Self::Letters => false,
        }
    }

    /// The text of the box.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Identity => {
                "I agree that the shop knows this account as mine, and takes what it posts with the tags of an \
                 offer as my word."
            }
            Self::Card => {
                "I agree that the shop keeps my card with its card processor, and charges it for orders that I \
                 confirm by post or by link, each for the total that it told me. I can end this at any time."
            }
            Self::Letters => {
                "I want letters about my orders by e-mail. Without them everything is told by reply."
            }
        }
    }
}

/// A needed box was left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotGiven(pub Purpose);

/// What was agreed to: purpose, version, time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents(Vec<(Purpose, u32, Timestamp)>);

impl Consents {
    /// The boxes that were ticked at `now`.
    ///
    /// # Errors
    /// When a needed one was not.
    pub fn given(ticked: impl Fn(Purpose) -> bool, now: Timestamp) -> Result<Self, NotGiven> {
        match Purpose::ALL.into_iter().find(|purpose| purpose.is_needed() && !ticked(*purpose)) {
            Some(missing) => Err(NotGiven(missing)),
            None => {
                let given = Purpose::ALL.into_iter().filter(|purpose| ticked(*purpose));
                Ok(Self(given.map(|purpose| (purpose, purpose.version(), now)).collect()))
            }
        }
    }

    /// Whether everything that is needed was agreed to, in the text of today.
    #[must_use]
    pub fn suffice(&self) -> bool {
        Purpose::ALL.into_iter().filter(|purpose| purpose.is_needed()).all(|purpose| self.has(purpose))
    }

    /// Whether a purpose was agreed to, in the text of today.
    #[must_use]
    pub fn has(&self, purpose: Purpose) -> bool {
        self.0.iter().any(|(given, version, _)| *given == purpose && *version == purpose.version())
    }

    /// What was agreed to, with the version of the text and the time.
    pub fn each(&self) -> impl Iterator<Item = (Purpose, u32, Timestamp)> + '_ {
        self.0.iter().copied()
    }

    /// What somebody agreed to as it is kept with the person: the name of the text, its version, and the time.
    #[must_use]
    pub fn of_kept<'a>(kept: impl IntoIterator<Item = (&'a str, &'a str, Timestamp)>) -> Self {
        let known = |(name, version, at): (&str, &str, Timestamp)| {
            let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == name)?;
            Some((purpose, version.parse().ok()?, at))
        };
        Self(kept.into_iter().filter_map(known).collect())
    }

    /// The form in a session: `identity 1 1700000000000`, a line for each.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (purpose, version, at) in &self.0 {
            writeln!(text, "{} {version} {}", purpose.name(), at.ms())
                .expect("writing to a string cannot fail");
        }
        text
    }

    /// Reads the stored form. A line of a newer release is passed over: it agrees to nothing that is asked here.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split(' ');
            let name = words.next()?;
            let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == name)?;
            let (version, at) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            Some((purpose, version, Timestamp::from_ms(at)))
        };
        Self(text.lines().filter_map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_linked_without_the_needed_boxes() {
        use Purpose::{Card, Identity, Letters};
        let now = Timestamp::from_ms(1_000);
        let table: [(&[Purpose], Result<(), NotGiven>); 5] = [
            (&[], Err(NotGiven(Identity))),
            (&[Identity], Err(NotGiven(Card))),
            (&[Card, Letters], Err(NotGiven(Identity))),
            (&[Identity, Card], Ok(())),
            (&[Identity, Card, Letters], Ok(())),
        ];
        for (ticked, expected) in table {
            let given = Consents::given(|purpose| ticked.contains(&purpose), now);
            assert_eq!(given.as_ref().map(drop).map_err(|missing| *missing), expected, "{ticked:?}");
            let Ok(given) = given else { continue };
            assert!(given.suffice());
            assert_eq!(given.has(Letters), ticked.contains(&Letters));
            assert_eq!(Consents::from_text(&given.to_text()), given);
        }
    }

    #[test]
    fn what_was_agreed_to_in_another_text_is_asked_again() {
        let table = [
            ("identity 1 5\ncard 1 5\n", true),
            ("identity 1 5\ncard 2 5\n", false),
            ("identity 0 5\ncard 1 5\n", false),
            ("identity 1 5\ncard 1\n", false),
            ("everything 1 5\n", false),
            ("", false),
        ];
        for (text, suffice) in table {
            assert_eq!(Consents::from_text(text).suffice(), suffice, "{text:?}");
        }
    }
}
