//! A sample of every template, for checking texts before a sale.

use std::collections::BTreeSet;

use super::fit::paragraph;
use super::owner_letter::OwnerLetter;
use super::sample::{Case, HOSTILE, cases, credit, now, reminder_of};
use super::shop_words::Words;
use super::subject::Subject;
use super::template_context::Channel;
use super::template_name::{ANSWERED, letter, reply, short_reply};
use crate::domain::effect::About;

/// A template, rendered with a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The template's name.
    pub name: String,
    /// Whether the template is the shop's own.
    pub own: bool,
    /// The rendered text.
    pub text: String,
}

impl Words {
    /// Renders every template for an offer that sells, or for a sample statement-credit offer: replies first,
    /// then letters.
    #[must_use]
    pub fn preview(&self, purchase: impl Into<Subject>) -> Vec<Preview> {
        let (purchase, credit) = (purchase.into(), credit());
        let first = |outcome| cases(outcome, &purchase, &credit).into_iter().next();
        let samples: Vec<Case> =
            ANSWERED.iter().filter_map(|outcome| first(*outcome)).map(without_hostile_text).collect();
        let mut shown = Vec::new();
        for Case { request, subject } in &samples {
            let context =
                self.context(Channel::Reply, request, subject.clone(), now()).with_title(usize::MAX);
            let names = [reply(request.outcome), short_reply(request.outcome)];
            shown.extend(
                names.map(|name| self.shown(name, |name| paragraph(&self.templates.render(name, &context)))),
            );
        }
        let mut names = BTreeSet::new();
        let reminder = without_hostile_text(reminder_of(&purchase));
        for Case { request, subject } in samples.iter().chain([&reminder]) {
            let letter_names = letter(request);
            if names.insert(letter_names.clone()) {
                let letter = self.letter(request, subject.clone(), now());
                let parts = letter_names.into_iter().zip([letter.subject, letter.text, letter.html]);
                shown.extend(parts.map(|(name, text)| self.shown(name, |_| text.clone())));
            }
        }
        let account = "x:42".parse().expect("an account");
        for about in OwnerLetter::samples(now()) {
            let letter = self.owner_letter(about, &account, "@ana", now());
            let parts = about.templates().into_iter().zip([letter.subject, letter.text, letter.html]);
            shown.extend(parts.map(|(name, text)| self.shown(name.to_owned(), |_| text.clone())));
        }
        shown
    }

    fn shown(&self, name: String, text: impl FnOnce(&str) -> String) -> Preview {
        let own = self.templates.is_own(&name);
        Preview { text: text(&name), own, name }
    }
}

/// The sample without the hostile marks, which only the check of a folder needs.
fn without_hostile_text(case: Case) -> Case {
    let clean = |text: &str| text.replace(HOSTILE, "").trim().to_owned();
    let Case { mut request, mut subject } = case;
    subject.title = clean(&subject.title).into();
    if let Some(About::Purchase(used)) = &mut request.about {
        used.merchant = clean(&used.merchant).into();
    }
    Case { request, subject }
}
