//! Advice on the linked accounts.

use compact_str::CompactString;

use super::account_summary::{AccountSummary, Group};
use super::facts::Facts;
use super::finding::Finding;
use crate::domain::terms::{Tax, Terms};
use crate::text::grouped::grouped;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(accounts) = &facts.accounts else { return Vec::new() };
    let (name, summary, file) = (accounts.name, accounts.content, facts.offers.content);
    if summary.total() == 0 {
        let what = "no account is linked: every claim is `not_linked`";
        return vec![Finding::warning(name, what, "link the buyers' accounts before the sale opens")];
    }
    let mut findings = Vec::new();
    for (network, count) in summary.by_network() {
        if !file.shop.accounts.contains_key(&network) {
            let what = format!(
                "{} on {}, where the shop has no account, can hear no announcement and no reply",
                accounts_in_words(count),
                network.facts().title
            );
            let advice = format!("add `{network}` to the `accounts` of [shop], or leave them out");
            findings.push(Finding::warning(name, what, advice));
        }
    }
    findings.extend(useless_cards(facts, name, summary));
    for terms in &file.offers {
        findings.extend(buyers(facts, terms, summary));
        findings.extend(near_regions(name, terms, summary));
    }
    for terms in &file.credits {
        if summary.count(|group| group.is_among(&terms.brands, &terms.fundings)) == 0 {
            findings.push(nobody(facts, terms.id.as_str()));
        }
    }
    findings
}

/// Accounts that can never buy.
fn useless_cards(facts: &Facts<'_>, name: &str, summary: &AccountSummary) -> Option<Finding> {
    let file = facts.offers.content;
    let taken = |group: &Group| {
        file.offers.iter().any(|terms| group.is_among(&terms.brands, &terms.fundings))
            || file.credits.iter().any(|terms| group.is_among(&terms.brands, &terms.fundings))
    };
    let count = summary.count(|group| !taken(group));
    (count > 0 && count < summary.total()).then(|| {
        let what = format!("{} can never buy: no offer takes their cards", accounts_in_words(count));
        Finding::warning(name, what, "add their `brands` or `fundings` to an offer, or leave them out")
    })
}

/// Whether the linked accounts can take the units.
fn buyers(facts: &Facts<'_>, terms: &Terms, summary: &AccountSummary) -> Option<Finding> {
    let (id, buyers) = (terms.id.as_str(), summary.buyers(terms, None));
    if buyers == 0 {
        return Some(nobody(facts, id));
    }
    let most = buyers.saturating_mul(terms.limit_per_account.into());
    (most < terms.units.into()).then(|| {
        let what = format!(
            "{} units are for sale, and the {} that may buy can take {} at most",
            grouped(terms.units.into()),
            accounts_in_words(buyers),
            grouped(most)
        );
        facts.warn(id, "units", what, "link more accounts, raise `limit_per_account`, or sell fewer units")
    })
}

fn nobody(facts: &Facts<'_>, id: &str) -> Finding {
    let what = "no linked account has a card that it takes: nobody can buy";
    facts.warn(id, "brands", what, "correct `brands` and `fundings`, or link other cards")
}

/// Regions that the tax table probably means and does not name, as `NY` for `US-NY`.
fn near_regions(name: &str, terms: &Terms, summary: &AccountSummary) -> Vec<Finding> {
    let Tax::ByRegion(rates) = &terms.tax else { return Vec::new() };
    let mut findings = Vec::new();
    for region in summary.regions().into_iter().filter(|region| !rates.contains_key(*region)) {
        let ends = |known: &&CompactString| known.rsplit_once('-').is_some_and(|(_, end)| end == region);
        if let Some(known) = rates.keys().find(ends) {
            let what = format!(
                "{} of the region {region}, which the `tax` of {} does not name, pay the rate of all others",
                accounts_in_words(summary.of_region(region)),
                terms.id
            );
            findings.push(Finding::warning(name, what, format!("write {known} if that is meant")));
        }
    }
    findings
}

fn accounts_in_words(count: u64) -> String {
    if count == 1 { "1 account".to_owned() } else { format!("{} accounts", grouped(count)) }
}
