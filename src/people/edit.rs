//! A change of what is kept of a person, made of what is kept at that moment.

use std::ops::Deref;

use super::person::{Consent, Person, ShipTo};

/// A person who is being changed. The store makes it of what it holds, and stores what became of it in the same step; there
/// is no way to put a person in its place that was read before. It reads as [`Person`].
#[derive(Debug)]
pub struct PersonEdit(Person);

impl PersonEdit {
    pub(super) const fn of(person: Person) -> Self {
        Self(person)
    }

    /// What an edit makes of nobody, where no people are kept.
    pub(crate) fn of_nobody(edit: impl FnOnce(&mut Self)) -> Person {
        let mut nobody = Self(Person::default());
        edit(&mut nobody);
        nobody.into_person()
    }

    pub(super) fn into_person(self) -> Person {
        self.0
    }

    /// Takes an address that somebody gave: nobody proved to read its letters yet. The address that is known stays as it is,
    /// also if its owner proved it meanwhile.
    pub fn give_address(&mut self, address: &str) {
        if self.0.email.as_deref() != Some(address) {
            self.0.email = Some(address.to_owned());
            self.0.email_verified = false;
        }
    }

    /// Takes an address that the shop vouches for.
    pub fn vouch_for(&mut self, address: &str) {
        self.0.email = Some(address.to_owned());
        self.0.email_verified = true;
    }

    /// Notes that the owner of the address that is known proved to read its letters. Without an address, nothing is proven.
    pub fn prove_address(&mut self) {
        self.0.email_verified = self.0.email.is_some();
    }

    /// Forgets the address.
    pub fn forget_address(&mut self) {
        self.0.email = None;
        self.0.email_verified = false;
    }

    /// Takes the name.
    pub fn set_name(&mut self, name: &str) {
        self.0.name = Some(name.to_owned());
    }

    /// Takes the address that orders are shipped to.
    pub fn set_ship_to(&mut self, ship_to: &ShipTo) {
        self.0.ship_to = Some(ship_to.clone());
    }

    /// Notes what the person agreed to, in place of the same agreement of before.
    pub fn agree(&mut self, consent: Consent) {
        self.0.consents.retain(|kept| (&kept.to, &kept.version) != (&consent.to, &consent.version));
        self.0.consents.push(consent);
    }

    /// Forgets that the person agreed to a text, in whatever version.
    pub fn disagree(&mut self, to: &str) {
        self.0.consents.retain(|kept| kept.to != to);
    }
}

impl Deref for PersonEdit {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    type Edit = fn(&mut PersonEdit);

    fn edited(edits: &[Edit]) -> Person {
        PersonEdit::of_nobody(|edit| edits.iter().for_each(|one| one(edit)))
    }

    #[test]
    fn an_address_is_proven_as_long_as_no_other_is_given() {
        let table: [(&str, &[Edit], Option<&str>); 6] = [
            ("given", &[|edit| edit.give_address("ana@example.com")], None),
            (
                "given and proven",
                &[|edit| edit.give_address("ana@example.com"), PersonEdit::prove_address],
                Some("ana@example.com"),
            ),
            (
                "given again after it was proven",
                &[
                    |edit| edit.give_address("ana@example.com"),
                    PersonEdit::prove_address,
                    |edit| edit.give_address("ana@example.com"),
                ],
                Some("ana@example.com"),
            ),
            (
                "another one is given",
                &[|edit| edit.vouch_for("ana@example.com"), |edit| edit.give_address("bea@example.com")],
                None,
            ),
            ("nothing was there to prove", &[PersonEdit::prove_address], None),
            (
                "forgotten, and given again",
                &[
                    |edit| edit.vouch_for("ana@example.com"),
                    PersonEdit::forget_address,
                    |edit| edit.give_address("ana@example.com"),
                ],
                None,
            ),
        ];
        for (what, edits, proven) in table {
            assert_eq!(edited(edits).proven_address(), proven, "{what}");
        }
        assert!(!edited(&[PersonEdit::prove_address]).email_verified);
    }

    #[test]
    fn an_agreement_takes_the_place_of_the_same_one() {
        let agree = |edit: &mut PersonEdit, version: &str, at| {
            let (to, version) = ("terms".to_owned(), version.to_owned());
            edit.agree(Consent { to, version, at: Timestamp::from_ms(at) });
        };
        let person = PersonEdit::of_nobody(|edit| {
            agree(edit, "1", 1);
            agree(edit, "2", 2);
            agree(edit, "1", 3);
        });
        let kept: Vec<_> = person.consents.iter().map(|kept| (kept.version.as_str(), kept.at.ms())).collect();
        assert_eq!(kept, [("2", 2), ("1", 3)]);
        assert_eq!(PersonEdit::of_nobody(|edit| edit.disagree("terms")), Person::default());
    }
}
