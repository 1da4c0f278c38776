//! Releases, at a start, what accounts hold that have no link any more: they were dropped from the accounts file,
//! or a crash came between their unlinking and the release.

use std::collections::BTreeSet;

use super::catalog_setup::{Ready, append};
use super::error::Error;
use crate::actors::partition::{DecisionBatch, PartitionState};
use crate::control::link_registry::Links;
use crate::control::state::ControlState;
use crate::domain::command::Command;
use crate::domain::id::Account;
use crate::domain::key_form::KeyForm;
use crate::domain::reservation::Stage;
use crate::domain::time::Timestamp;
use crate::journal::Log;
use crate::partition::pending_effects::PendingEffects;

/// Accounts whose releases are appended at once.
const ACCOUNTS_TOGETHER: usize = 1_024;

/// The percentage of all holdings that a start releases without being told to.
const PERCENT_MOST: u64 = 1;

/// What decides which holdings are released.
pub struct Release<'a> {
    /// The linked accounts.
    pub links: &'a Links,
    /// What was unlinked by an operator.
    pub control: &'a ControlState,
    /// Whether any number of holdings may be released.
    pub any: bool,
}

/// The reservations that are not confirmed and the places in line, counted.
#[derive(Default)]
struct Holdings {
    all: u64,
    unlinked: u64,
    /// Those of accounts that no operator unlinked.
    missing: u64,
}

impl Release<'_> {
    /// Releases what accounts without a link hold and have not ordered, in records of `form`; their replies join
    /// the pending effects. Returns the number of holdings that were released.
    ///
    /// # Errors
    /// When more would be released than a mistake in the accounts file should cost, or a journal fails.
    pub fn unlinked<L: Log>(
        &self,
        ready: &mut [Ready<L>],
        pending: &mut PendingEffects,
        form: KeyForm,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let mut holdings = Holdings::default();
        let found: Vec<_> = ready.iter().map(|ready| self.find(&ready.partition, &mut holdings)).collect();
        let Holdings { all, unlinked, missing } = holdings;
        if missing * 100 > all * PERCENT_MOST && !self.any {
            return Err(Error::LinksMissing { missing, holdings: all });
        }
        for (ready, accounts) in ready.iter_mut().zip(found) {
            let accounts: Vec<Account> = accounts.into_iter().collect();
            for together in accounts.chunks(ACCOUNTS_TOGETHER) {
                let mut batch = DecisionBatch::default();
                for account in together {
                    ready.partition.turn(now, &Command::Unlink(account.clone()), &mut batch);
                }
                append(ready, pending, form, batch)?;
            }
        }
        Ok(unlinked)
    }

    /// The accounts of a partition that hold something without a link, sorted: the same directory gives the same
    /// records.
    fn find(&self, partition: &PartitionState, holdings: &mut Holdings) -> BTreeSet<Account> {
        let mut accounts = BTreeSet::new();
        let mut count = |account: &Account| {
            holdings.all += 1;
            if !self.links.contains_key(account) {
                holdings.unlinked += 1;
                holdings.missing += u64::from(!self.control.is_unlinked(account));
                accounts.insert(account.clone());
            }
        };
        for (_, offer) in partition.offers() {
            let held = offer.reservations().filter(|(_, reservation)| reservation.stage == Stage::Held);
            held.for_each(|(_, reservation)| count(&reservation.claim.account));
            offer.line().for_each(|(_, waiter)| count(&waiter.claim.account));
        }
        accounts
    }
}
