//! The validation of a crowd's plan.

use crate::plan::CrowdPlan;
use std::{error, fmt};

const ACCOUNTS_MAX: u64 = 1_000_000_000_000;

/// An invalid value in a [`CrowdPlan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The plan has no people, or more than 10^12, whose author ids would collide with those of the noise.
    Accounts,
    /// The plan has no targets.
    NoTargets,
    /// A weight is negative or not a number, or all of them are zero.
    Popularity,
    /// The named share is outside `0..=1`, or it raises the sum of mutually exclusive shares above 1.
    Share(&'static str),
    /// The spread of the answer delays is negative or not a number.
    Sigma,
}

impl fmt::Display for PlanError {
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

impl error::Error for PlanError {}

/// Returns the first error of the plan.
pub(crate) fn validate(plan: &CrowdPlan) -> Result<(), PlanError> {
    if !(1..=ACCOUNTS_MAX).contains(&plan.accounts) {
        return Err(PlanError::Accounts);
    }
    if plan.targets.is_empty() {
        return Err(PlanError::NoTargets);
    }
    let sigma = plan.habits.confirm_sigma;
    if !(sigma.is_finite() && sigma >= 0.0) {
        return Err(PlanError::Sigma);
    }
    validate_shares(plan)
}

fn validate_shares(plan: &CrowdPlan) -> Result<(), PlanError> {
    let (cards, habits) = (&plan.cards, &plan.habits);
    let independent = [
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
    let card_behavior = [
        ("decline", cards.decline),
        ("slow", cards.slow),
        ("timeout_before", cards.timeout_before),
        ("timeout_after", cards.timeout_after),
        ("error", cards.error),
    ];
    let responses =
        [("silent", habits.silent), ("cancels", habits.cancels), ("confirms_early", habits.confirms_early)];
    independent.into_iter().try_for_each(|share| check_exclusive(&[share]))?;
    check_exclusive(&card_behavior)?;
    check_exclusive(&responses)
}

/// Checks that mutually exclusive shares sum to at most 1, with a tolerance for sums such as 0.7 + 0.2 + 0.1.
fn check_exclusive(shares: &[(&'static str, f64)]) -> Result<(), PlanError> {
    let mut sum = 0.0;
    for (name, share) in shares {
        sum += share;
        if !(0.0..=1.0).contains(share) || sum > 1.0 + 1e-9 {
            return Err(PlanError::Share(name));
        }
    }
    Ok(())
}
