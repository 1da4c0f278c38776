//! What every template makes of a sample, for those who check their words before a sale.

use std::collections::BTreeSet;

use super::Words;
use super::builtin::{TOLD, letter, reply, short_reply};
use super::fit::paragraph;
use super::sample::{Case, HOSTILE, cases, credit, now};
use super::subject::Subject;
use super::template_context::Channel;
use crate::domain::effect::About;

/// What a template makes of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The template.
    pub name: String,
    /// Whether it is the shop's own.
    pub own: bool,
    /// What comes of it.
    pub text: String,
}

impl Words {
    /// What every template says about an offer that sells, or about a sample of statement credits: replies,
    /// then letters.
    #[must_use]
    pub fn preview(&self, purchase: impl Into<Subject>) -> Vec<Preview> {
        let (purchase, credit) = (purchase.into(), credit());
        let first = |outcome| cases(outcome, &purchase, &credit).into_iter().next();
        let told: Vec<Case> = TOLD.iter().filter_map(|outcome| first(*outcome)).map(tamed).collect();
        let mut shown = Vec::new();
        for Case { notice, subject } in &told {
            let scene = self.scene(Channel::Reply, notice, subject.clone(), now()).with_title(usize::MAX);
            let names = [reply(notice.outcome), short_reply(notice.outcome)];
            shown.extend(names.map(|name| self.shown(name, |name| paragraph(&self.render(name, &scene)))));
        }
        let mut names = BTreeSet::new();
        for Case { notice, subject } in &told {
            let letter_names = letter(notice.outcome);
            if names.insert(letter_names.clone()) {
                let told = self.letter(notice, subject.clone(), now());
                let parts = letter_names.into_iter().zip([told.subject, told.text, told.html]);
                shown.extend(parts.map(|(name, text)| self.shown(name, |_| text.clone())));
            }
        }
        shown
    }

    fn shown(&self, name: String, text: impl FnOnce(&str) -> String) -> Preview {
        let own = self.folder.as_ref().is_some_and(|folder| folder.has(&name));
        Preview { text: text(&name), own, name }
    }
}

/// The sample without what templates are tried with.
fn tamed(case: Case) -> Case {
    let tame = |text: &str| text.replace(HOSTILE, "").trim().to_owned();
    let Case { mut notice, mut subject } = case;
    subject.title = tame(&subject.title).into();
    if let Some(About::Purchase(used)) = &mut notice.about {
        used.merchant = tame(&used.merchant).into();
    }
    Case { notice, subject }
}
