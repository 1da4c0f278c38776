//! The workload of all contenders: the same claims by the same accounts, in the same order.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// One sale of one offer: each account may have one unit, and each reservation is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Name in reports.
    pub name: &'static str,
    /// Number of claims.
    pub claims: u32,
    /// Number of accounts that claim.
    pub accounts: u32,
    /// Number of units on sale.
    pub units: u32,
}

/// The kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Claims a unit.
    Claim,
    /// Confirms the reserved unit.
    Confirm,
}

/// One operation of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Kind of the operation.
    pub kind: OperationKind,
    /// The account, counted from 0.
    pub account: u32,
    /// Number of the post; unique.
    pub post: u64,
}

/// First post number of the confirmations.
const CONFIRMATIONS: u64 = 1 << 32;

impl Workload {
    /// Makes the hot offer: six accounts for ten claims, one unit for a hundred.
    #[must_use]
    pub fn hot_offer(claims: u32) -> Self {
        let of = |share: u64| u32::try_from((u64::from(claims) * share).div_ceil(100)).unwrap_or(u32::MAX);
        Self { name: "W1", claims, accounts: of(60), units: of(1) }
    }

    /// Makes the sale with a unit for each claim: every claim is reserved and then confirmed.
    #[must_use]
    pub fn all_win(claims: u32) -> Self {
        Self { name: "W2", claims, accounts: claims, units: claims }
    }

    /// Tells whether every claim wins.
    #[must_use]
    pub fn has_enough(&self) -> bool {
        self.units >= self.claims
    }

    /// Returns the claims in order. The same seed gives the same claims.
    #[must_use]
    pub fn claims(&self, seed: u64) -> Vec<Operation> {
        let mut random = StdRng::seed_from_u64(seed);
        let accounts: Vec<u32> = if self.has_enough() {
            let mut accounts: Vec<u32> = (0..self.accounts).collect();
            accounts.shuffle(&mut random);
            accounts
        } else {
            (0..self.claims).map(|_| random.random_range(0..self.accounts)).collect()
        };
        let claim = |(post, account)| Operation { kind: OperationKind::Claim, account, post };
        (0..).zip(accounts).map(claim).collect()
    }

    /// Returns the confirmation of an account's reservation.
    #[must_use]
    pub fn confirmation(account: u32) -> Operation {
        Operation { kind: OperationKind::Confirm, account, post: CONFIRMATIONS + u64::from(account) }
    }
}
