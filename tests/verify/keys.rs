//! Keys as the card provider saw them: behind the prefix that their records gave them.

use flashtag::domain::key_form::KeyForm;
use flashtag::verify::{Checker, Ending};

use super::genuine::genuine;

/// The verdict on the genuine story, if its records have keys of that form and the ledger's keys that prefix.
fn passes(form: KeyForm, prefix: &str) -> bool {
    let story = genuine();
    let mut checker = Checker::new(Ending::Strict);
    let last_credits = story.last_credits();
    for (partition, sequence, record) in story.records.iter().chain(&last_credits) {
        checker.read_form(*partition, *sequence, form);
        checker.read(*partition, *sequence, record);
    }
    let prefixed = story.ledger.into_iter().map(|mut entry| {
        entry.key = format!("{prefix}{}", entry.key);
        entry
    });
    checker.read_ledger(prefixed);
    checker.finish().passed()
}

#[test]
fn the_ledger_has_the_keys_that_the_records_gave() {
    let prefix = "ft-01234567-89ab-4def-8011-223344556677-2-";
    assert!(passes(KeyForm::Bare, ""));
    assert!(passes(KeyForm::Epoch(2), prefix));
    assert!(!passes(KeyForm::Epoch(2), ""), "a key lost its prefix");
    assert!(!passes(KeyForm::Epoch(3), prefix), "a key is of another epoch");
    assert!(!passes(KeyForm::Bare, prefix), "an old effect has a new key");
}
