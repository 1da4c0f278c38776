//! Why a plan cannot be a crowd.

use crate::plan::CrowdPlan;
use std::{error, fmt};

const ACCOUNTS_MAX: u64 = 1_000_000_000_000;

/// A fault of a [`CrowdPlan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanFault {
    /// There is nobody in it, or more than 10^12 people, whose author ids would run into those of the noise.
    Accounts,
    /// There is nothing to want.
    NoTargets,
    /// A weight is negative or not a number, or all of them are zero.
    Popularity,
    /// The named share is outside `0..=1`, or pushes the shares that exclude each other above 1 together.
    Share(&'static str),
    /// The spread of the delays is negative or not a number.
    Sigma,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accounts => out.write_str("a crowd has between one and 10^12 accounts"),
            Self::NoTargets => out.write_str("a crowd needs at least one target"),
            Self::Popularity => out.write_str("popularity must be finite, not negative, and not all zero"),
            Self::Share(name) => write!(out, "share `{name}` does not fit into 0..=1"),
            Self::Sigma => out.write_str("`confirm_sigma` must be finite and not negative"),
        }
    }
}

impl error::Error for PlanFault {}

/// The first fault of the plan, if it has one.
pub(crate) fn judge(plan: &CrowdPlan) -> Result<(), PlanFault> {
    if !(1..=ACCOUNTS_MAX).contains(&plan.accounts) {
        return Err(PlanFault::Accounts);
    }
    if plan.targets.is_empty() {
        return Err(PlanFault::NoTargets);
    }
    let sigma = plan.habits.confirm_sigma;
    if !(sigma.is_finite() && sigma >= 0.0) {
        return Err(PlanFault::Sigma);
    }
    judge_shares(plan)
}

fn judge_shares(plan: &CrowdPlan) -> Result<(), PlanFault> {
    let (cards, habits) = (&plan.cards, &plan.habits);
    let alone = [
        ("linked", cards.linked),
        ("prepaid", cards.prepaid),
        ("leaves_line", habits.leaves_line),
        ("redelivered", habits.redelivered),
        ("posts_again", habits.posts_again),
        ("reposted", habits.reposted),
        ("manual_rt", habits.manual_rt),
        ("other_case", habits.other_case),
        ("chatty", habits.chatty),
        ("escaped", habits.escaped),
    ];
    let card_luck = [
        ("decline", cards.decline),
        ("slow", cards.slow),
        ("timeout_before", cards.timeout_before),
        ("timeout_after", cards.timeout_after),
        ("error", cards.error),
    ];
    let temper =
        [("silent", habits.silent), ("cancels", habits.cancels), ("confirms_early", habits.confirms_early)];
    alone.into_iter().try_for_each(|share| fit(&[share]))?;
    fit(&card_luck)?;
    fit(&temper)
}

/// Holds shares that exclude each other against 1, with a hair of room for sums like 0.7 + 0.2 + 0.1.
fn fit(shares: &[(&'static str, f64)]) -> Result<(), PlanFault> {
    let mut sum = 0.0;
    for (name, share) in shares {
        sum += share;
        if !(0.0..=1.0).contains(share) || sum > 1.0 + 1e-9 {
            return Err(PlanFault::Share(name));
        }
    }
    Ok(())
}
