//! The accounts whose letters reached nobody: what is told them by reply does not lead to a letter.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::domain::effect::{About, Effect, ReplyRequest};
use crate::domain::id::Account;
use crate::domain::outcome::Outcome;
use crate::words::LetterKind;

/// The accounts, since the start.
#[derive(Debug, Default)]
pub(super) struct Bounced {
    accounts: HashSet<Account, foldhash::fast::FixedState>,
}

impl Bounced {
    /// Notes that a letter reached nobody; nothing once there are `most`.
    pub(super) fn note(&mut self, effect: &Effect, most: usize) {
        // One that is stopped by itself says nothing of the others.
        if let Effect::Email { request, .. } = effect
            && LetterKind::of(request.outcome).is_none()
            && self.accounts.len() < most
        {
            self.accounts.insert(request.account.clone());
        }
    }

    /// Forgets an account to which a letter was delivered.
    pub(super) fn forget(&mut self, effect: &Effect) {
        // Nearly always there is none, and this runs for every effect that is done.
        if let Effect::Email { request, .. } = effect
            && !self.accounts.is_empty()
        {
            self.accounts.remove(&request.account);
        }
    }

    /// An effect as its reader is told of it.
    pub(super) fn as_told<'e>(&self, effect: &'e Effect) -> Cow<'e, Effect> {
        match effect {
            Effect::Reply(request)
                if request.outcome == Outcome::Sold
                    && request.about.is_none()
                    && self.accounts.contains(&request.account) =>
            {
                let about = Some(About::NoLetter);
                Cow::Owned(Effect::Reply(ReplyRequest { about, ..request.clone() }))
            }
            _ => Cow::Borrowed(effect),
        }
    }
}
