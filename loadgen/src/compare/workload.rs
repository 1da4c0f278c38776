//! What all contenders are asked: the same claims by the same accounts, in the same order.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// One sale: so many claims by so many accounts for so many units of one offer, one for each account. Whoever is told
/// of a reservation confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Its name.
    pub name: &'static str,
    /// Claims.
    pub claims: u32,
    /// Accounts that make them.
    pub accounts: u32,
    /// Units on sale.
    pub units: u32,
}

/// What is asked of an engine in one go, by an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// A unit, please.
    Claim,
    /// The reserved unit is bought.
    Confirm,
}

/// One question: what, and by which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What is asked.
    pub kind: OperationKind,
    /// The account, counted from 0.
    pub account: u32,
    /// The number of the post that asks; no two are the same.
    pub post: u64,
}

/// The posts of confirmations are numbered from here on.
const CONFIRMATIONS: u64 = 1 << 32;

impl Workload {
    /// The hot offer: six accounts for ten claims, one unit for a hundred.
    #[must_use]
    pub fn hot_offer(claims: u32) -> Self {
        let of = |share: u64| u32::try_from((u64::from(claims) * share).div_ceil(100)).unwrap_or(u32::MAX);
        Self { name: "W1", claims, accounts: of(60), units: of(1) }
    }

    /// Enough for everybody: every claim is reserved and then confirmed.
    #[must_use]
    pub fn all_win(claims: u32) -> Self {
        Self { name: "W2", claims, accounts: claims, units: claims }
    }

    /// Whether every claim wins.
    #[must_use]
    pub fn has_enough(&self) -> bool {
        self.units >= self.claims
    }

    /// The claims in their order. The same seed gives the same.
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

    /// The confirmation of an account's reservation.
    #[must_use]
    pub fn confirmation(account: u32) -> Operation {
        Operation { kind: OperationKind::Confirm, account, post: CONFIRMATIONS + u64::from(account) }
    }
}
