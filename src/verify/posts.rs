//! The promise that each post is decided once, whatever it causes.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::checks::{Checks, RecordChecks, RecordPlace};
use super::ending::Ending;
use super::promise::Promise;
use crate::domain::event::Event;
use crate::domain::id::{Account, PostId};

type Fingerprint = (u64, u64);

/// The accepted posts, by fingerprint. A post costs 16 bytes, however long its id is. With 128 bits, any two
/// of a billion posts collide with a probability of about 1 in 10^20.
#[derive(Debug, Default)]
pub(super) struct Posts {
    accepted: HashSet<Fingerprint>,
    /// Posts that passed something on, or changed an account's status. A freeze does both, in every campaign
    /// and in every partition.
    recurring: HashSet<Fingerprint>,
    /// Changes of an account's status: each post makes one in a partition.
    status_changes: HashSet<(u32, Fingerprint)>,
    /// The last record that passed something on, as partition and sequence.
    record: (u32, u64),
    here: Vec<Fingerprint>,
    doubts: Vec<Doubt>,
}

/// A post that passed something on a second time. It must turn out to be a freeze.
#[derive(Debug)]
struct Doubt {
    partition: u32,
    sequence: u64,
    account: Account,
    post: PostId,
}

fn fingerprint(account: &Account, post: &PostId) -> Fingerprint {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, account, post).hash(&mut hasher);
        hasher.finish()
    };
    (half(0), half(1))
}

impl Posts {
    /// Checks a post that may cause one thing only.
    pub(super) fn check_once(&mut self, checks: &mut RecordChecks<'_>, account: &Account, post: &PostId) {
        let first = self.accepted.insert(fingerprint(account, post));
        check(checks, first, account, post);
    }

    /// Checks a post that passes something on: everything in one record, or as a freeze.
    pub(super) fn check_passed_on(
        &mut self,
        checks: &mut RecordChecks<'_>,
        account: &Account,
        post: &PostId,
    ) {
        let print = fingerprint(account, post);
        if self.record != (checks.partition, checks.sequence) {
            self.record = (checks.partition, checks.sequence);
            self.here.clear();
        }
        if self.here.contains(&print) {
            return;
        }
        self.here.push(print);
        let first = self.accepted.insert(print);
        let recurs = self.recurs(print, first);
        check(checks, first || recurs, account, post);
        if recurs {
            let (partition, sequence) = (checks.partition, checks.sequence);
            self.doubts.push(Doubt { partition, sequence, account: account.clone(), post: post.clone() });
        }
    }

    /// Whether a known post has only done what it may do again. A new post is noted as one that may.
    fn recurs(&mut self, print: Fingerprint, first: bool) -> bool {
        if first {
            self.recurring.insert(print);
        }
        !first && self.recurring.contains(&print)
    }

    /// Checks a post that changes its author's account status.
    pub(super) fn check_status(&mut self, checks: &mut RecordChecks<'_>, event: &Event) {
        let (Event::AccountFrozen { account, post, .. }
        | Event::AccountSilenced { account, post, .. }
        | Event::AccountOptedIn { account, post, .. }) = event
        else {
            return;
        };
        let print = fingerprint(account, post);
        let first = self.accepted.insert(print);
        let recurs = self.recurs(print, first);
        let new_here = self.status_changes.insert((checks.partition, print));
        check(checks, (first || recurs) && new_here, account, post);
        if matches!(event, Event::AccountFrozen { .. }) {
            let settled = |doubt: &Doubt| {
                doubt.partition == checks.partition && doubt.account == *account && doubt.post == *post
            };
            self.doubts.retain(|doubt| !settled(doubt));
        }
    }

    /// Reports the suspects that remain. An open history may end in the middle of a freeze.
    pub(super) fn close(&self, checks: &mut Checks, ending: Ending, last: impl Fn(u32) -> u64) {
        for Doubt { partition, sequence, account, post } in &self.doubts {
            let place = RecordPlace::Record { partition: *partition, sequence: *sequence };
            let cut = ending == Ending::Open && last(*partition) == *sequence;
            checks.check(Promise::EachPostDecidedOnce, place, cut, || {
                format!("post {post} of {account} passed on twice, and is no freeze")
            });
        }
    }
}

fn check(checks: &mut RecordChecks<'_>, holds: bool, account: &Account, post: &PostId) {
    checks.check(Promise::EachPostDecidedOnce, holds, || format!("post {post} of {account} counted twice"));
}
