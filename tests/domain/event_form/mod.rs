//! Tests of the stored form of records. Every later release reads the journal: moving a variant or a field
//! makes old journals unreadable, or readable as something else. So the bytes of a sample of each are pinned:
//! the current form in `stored_form.txt`, and the forms of older releases in a file each; all of them must
//! stay readable. Append new variants. When a pinned line must change, the form has changed: raise the
//! version, and copy the file first.

mod bytes;
mod effects;
mod events;
mod history;
mod numbers;
mod samples;
mod versions;

use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::event::Event;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::partition::codec;

use self::bytes::{form, hex, hex_of};
use self::effects::{effects, unlinked_effect};
use self::events::events;
use self::samples::{OFFER, at};

#[test]
fn the_stored_form_has_not_changed() {
    let mut forms = Vec::new();
    forms.extend(events().iter().map(|event| format!("event {}", form(event))));
    forms.extend(effects().iter().map(|effect| format!("effect {}", form(effect))));
    forms.push(format!("effect {}", form(&unlinked_effect())));
    let record =
        Record { at: at(), decision: Decision { events: events().into(), effects: effects().into() } };
    form(&record);
    let small = Decision::of(Event::OfferOpened { offer: OFFER });
    let small = Record { at: at(), decision: small };
    form(&small);
    forms.push(format!("record {}", hex_of(&codec::encode(KeyForm::Bare, &small, Vec::new()))));
    forms.extend(Outcome::ALL.iter().map(|outcome| format!("outcome {} {outcome}", hex(outcome))));
    let pinned: Vec<&str> = include_str!("../stored_form.txt").lines().collect();
    let real = forms.join("\n");
    if std::env::var_os("PIN_STORED_FORM").is_some() {
        println!("{real}");
    }
    for (index, form) in forms.iter().enumerate() {
        assert_eq!(pinned.get(index), Some(&form.as_str()), "line {} of stored_form.txt", index + 1);
    }
    assert_eq!(pinned.len(), forms.len(), "a sample was lost");
}
