//! The part of the promise about frozen accounts that spans journals: a freeze holds in every partition, of
//! which each sees only its own records.

use std::collections::HashMap;

use super::account_rules::buyer;
use super::checks::RecordChecks;
use super::promise::Promise;
use crate::domain::event::Event;
use crate::domain::id::Account;
use crate::domain::status_word::{StatusKind, StatusWord};
use crate::domain::time::{Millis, Timestamp};

/// How long a freeze may take from the control journal to the last partition. Its post is answered after that.
const REACH: Millis = Millis::from_secs(60);

/// A span in which an account was frozen.
#[derive(Debug, Clone, Copy)]
struct Frozen {
    since: Timestamp,
    until: Option<Timestamp>,
}

/// When each account was frozen, by the control journal.
#[derive(Debug, Default)]
pub(super) struct Freezes {
    spans: HashMap<Account, Vec<Frozen>>,
}

impl Freezes {
    /// Reads a word of the control journal.
    pub(super) fn read(&mut self, at: Timestamp, word: &StatusWord) {
        if word.kind != StatusKind::Buying {
            return;
        }
        let spans = self.spans.entry(word.account.clone()).or_default();
        let open = spans.last_mut().filter(|last| last.until.is_none());
        match (open, word.stops) {
            (None, true) => spans.push(Frozen { since: at, until: None }),
            (Some(last), false) => last.until = Some(at),
            _ => {}
        }
    }

    /// Checks an event of any partition.
    pub(super) fn check(&self, checks: &mut RecordChecks<'_>, event: &Event) {
        // Few accounts ever freeze themselves.
        if self.spans.is_empty() {
            return;
        }
        let Some(account) = buyer(event) else { return };
        let Some(spans) = self.spans.get(account) else { return };
        let at = checks.at;
        let frozen =
            |span: &&Frozen| span.since.plus(REACH) <= at && span.until.is_none_or(|until| at < until);
        let span = spans.iter().find(frozen);
        checks.check(Promise::FrozenBuysNothing, span.is_none(), || {
            format!("{account} is frozen by the control journal, and bought")
        });
    }
}
