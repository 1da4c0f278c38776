//! Advice on units and limits.

use super::facts::Facts;
use super::finding::Finding;
use crate::domain::terms::Terms;
use crate::text::grouped::grouped;

/// A line of fewer claims than a tenth of the units: about as many reservations are not confirmed.
const LINE_SHARE: u32 = 10;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let offers = facts.offers.content.offers.iter();
    offers
        .flat_map(|terms| [whole_sale(facts, terms), short_line(facts, terms), idle_limit(facts, terms)])
        .flatten()
        .collect()
}

/// One account may take everything.
fn whole_sale(facts: &Facts<'_>, terms: &Terms) -> Option<Finding> {
    let (limit, units) = (terms.limit_per_account, terms.units);
    (units > 1 && limit >= units).then(|| {
        let what = format!(
            "one account may take all {} units: `limit_per_account` is {limit}",
            grouped(units.into())
        );
        facts.warn(terms.id.as_str(), "limit_per_account", what, "lower `limit_per_account`")
    })
}

/// So few may wait that units which come back may find no buyer.
fn short_line(facts: &Facts<'_>, terms: &Terms) -> Option<Finding> {
    let short = terms.waitlist_max < terms.units / LINE_SHARE;
    (terms.waitlist && !terms.one_step() && short).then(|| {
        let (most, units) = (grouped(terms.waitlist_max.into()), grouped(terms.units.into()));
        let what = format!(
            "{most} claims may wait, and there are {units} units: if one in ten is not confirmed, units come back that \
             nobody waits for"
        );
        facts.warn(terms.id.as_str(), "waitlist_max", what, "raise `waitlist_max`, or leave it out")
    })
}

/// The spend cap is reached before the limit.
fn idle_limit(facts: &Facts<'_>, terms: &Terms) -> Option<Finding> {
    let (cap, limit) = (terms.rules.spend_cap?, terms.limit_per_account);
    let total = terms.total_at(limit, terms.tax.highest())?;
    (total > cap).then(|| {
        let what = format!(
            "an account may take {limit} units for {total}, and spend {cap} a day: at once it gets fewer than its limit"
        );
        facts.warn(terms.id.as_str(), "spend_cap", what, "raise `spend_cap`, or lower `limit_per_account`")
    })
}
