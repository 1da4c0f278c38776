//! The e-mail addresses in records and snapshots of earlier releases, which recorded them. They are moved to where people are
//! kept, and then the records are rewritten without them.

use std::collections::HashMap;

use compact_str::CompactString;

use super::pending_effects::PendingEffects;
use super::state::PartitionState;
use crate::domain::decision::Record;
use crate::domain::effect::Effect;
use crate::domain::event::{Claim, Enrollment, Event};
use crate::domain::has_address::HasAddress;
use crate::domain::id::Account;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// The address that was recorded last for each account.
#[derive(Debug, Default)]
pub struct RecordedAddresses {
    by_account: HashMap<Account, (Timestamp, CompactString), foldhash::quality::RandomState>,
}

impl RecordedAddresses {
    /// The accounts and their addresses.
    pub fn into_addresses(self) -> impl Iterator<Item = (Account, CompactString)> {
        self.by_account.into_iter().map(|(account, (_, address))| (account, address))
    }

    /// Notes the addresses in a record.
    pub fn read_record(&mut self, record: &Record) {
        let at = record.at;
        for event in &record.decision.events {
            match event {
                Event::Reserved { claim, .. }
                | Event::Waitlisted { claim, .. }
                | Event::Entered { claim, .. } => self.note(at, &claim.account, &claim.email),
                Event::Enrolled { enrollment, .. } => self.note(at, &enrollment.account, &enrollment.email),
                _ => {}
            }
        }
        record.decision.effects.iter().for_each(|effect| self.read_effect(at, effect));
    }

    /// Notes the address of a link. A link is what its owner said last, so it beats what records of sales have.
    pub fn read_link(&mut self, account: &Account, link: &Link) {
        if let Some(email) = link.email() {
            self.by_account.insert(account.clone(), (Timestamp::MAX, email.into()));
        }
    }

    /// Notes the addresses in the state of a snapshot.
    pub(super) fn read_state(&mut self, state: &PartitionState, pending: &PendingEffects) {
        for (_, offer) in state.offers() {
            for Claim { posted_at, account, email, .. } in offer.claims() {
                self.note(*posted_at, account, email);
            }
        }
        for (_, credit) in state.credits() {
            for Enrollment { posted_at, account, email, .. } in credit.enrollments() {
                self.note(*posted_at, account, email);
            }
        }
        pending.recorded().for_each(|(at, effect)| self.read_effect(at, effect));
    }

    fn read_effect(&mut self, at: Timestamp, effect: &Effect) {
        if let Effect::Email { to, request } = effect {
            self.note(at, &request.account, to);
        }
    }

    fn note(&mut self, at: Timestamp, account: &Account, address: &HasAddress) {
        let Some(address) = address.recorded() else { return };
        let newest = self.by_account.entry(account.clone()).or_insert_with(|| (at, address.into()));
        if newest.0 <= at {
            *newest = (at, address.into());
        }
    }
}
