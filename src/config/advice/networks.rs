//! Advice on the shop's accounts at the networks: who posts, what it costs, and who is not answered.

use super::facts::{Facts, Filed};
use super::finding::Finding;
use super::replies::prompts;
use crate::config::serve::{NetworkAccount, Reading, ServeConfig};
use crate::domain::terms::Terms;
use crate::text::grouped::grouped;
use crate::text::price::{MicroUsd, Prices};

/// Millionths of a dollar in a cent.
const MICROS_OF_CENT: u64 = 10_000;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(serve) = facts.serve.as_ref().filter(|serve| !serve.content.networks.is_empty()) else {
        return Vec::new();
    };
    let mut findings = missing(facts, serve);
    for account in &serve.content.networks {
        findings.extend(other_account(facts, serve, account));
        findings.extend(unanswered(serve, account));
        findings.extend(paid_links(serve, account));
        findings.extend(unbounded(serve, account));
    }
    let offers = facts.offers.content.offers.iter();
    findings.extend(offers.flat_map(|terms| over_budget(facts, serve, terms)));
    findings
}

fn warn(
    serve: &Filed<'_, &ServeConfig>,
    account: &NetworkAccount,
    key: &str,
    what: String,
    advice: &str,
) -> Finding {
    let line = |key: &str| serve.places.line(&format!("network.{}.{key}", account.name));
    let line = Some(line(key)).filter(|line| *line > 0).unwrap_or_else(|| line("name"));
    Finding::warning(serve.name, what, advice).on_line(line)
}

/// Networks where the shop sells and has no account that the service uses.
fn missing(facts: &Facts<'_>, serve: &Filed<'_, &ServeConfig>) -> Vec<Finding> {
    let sold_on = facts.offers.content.shop.accounts.keys();
    let missing =
        sold_on.filter(|sold_on| !serve.content.networks.iter().any(|own| own.network == **sold_on));
    let found = missing.map(|network| {
        let title = network.facts().title;
        let what = format!(
            "the shop sells on {title}, and no [[network]] is of that kind: its posts come by HTTP only, and replies to \
             them go to {}",
            serve.content.providers.replies
        );
        let advice = format!("add a [[network]] with kind = \"{network}\", or leave it out of the `accounts` of [shop]");
        Finding::warning(serve.name, what, advice).on_line(serve.places.line("network"))
    });
    found.collect()
}

/// An account that the offer file does not name, so that it announces nothing.
fn other_account(
    facts: &Facts<'_>,
    serve: &Filed<'_, &ServeConfig>,
    account: &NetworkAccount,
) -> Option<Finding> {
    let title = account.network.facts().title;
    let Some(named) = facts.offers.content.shop.accounts.get(&account.network) else {
        let what =
            format!("{}: [shop] has no account on {title}: nothing is announced or sold there", account.name);
        let advice = format!("add `{}` to the `accounts` of [shop]", account.network);
        return Some(warn(serve, account, "account", what, &advice));
    };
    let is_named = serve
        .content
        .networks
        .iter()
        .any(|own| own.network == account.network && own.account.author == *named);
    (!is_named).then(|| {
        let what = format!(
            "{}: it is {}, and [shop] says that the shop is {named}",
            account.name, account.account.author
        );
        warn(serve, account, "account", what, "name one account in both files")
    })
}

/// Posts that come and that X does not let the shop answer.
fn unanswered(serve: &Filed<'_, &ServeConfig>, account: &NetworkAccount) -> Option<Finding> {
    (account.read == Reading::Filtered && account.reply).then(|| {
        let what = format!(
            "{}: posts come that do not mention the shop, and X lets an account answer only who mentioned it",
            account.name
        );
        warn(
            serve,
            account,
            "read",
            what,
            "ask buyers to mention the shop, and configure e-mail for the others",
        )
    })
}

/// Replies that cost more than they must.
fn paid_links(serve: &Filed<'_, &ServeConfig>, account: &NetworkAccount) -> Option<Finding> {
    let prices = account.network.facts().prices.filter(|_| account.links_in_replies && account.reply)?;
    let Prices { of, summoned_reply, post_with_link, .. } = prices;
    let what = format!(
        "{}: a reply with a link costs {post_with_link}, and one without {summoned_reply}, by the prices of {of}",
        account.name
    );
    Some(warn(
        serve,
        account,
        "links_in_replies",
        what,
        "leave `links_in_replies` out, unless the links are worth that",
    ))
}

/// Costs without a bound.
fn unbounded(serve: &Filed<'_, &ServeConfig>, account: &NetworkAccount) -> Option<Finding> {
    let prices = account.network.facts().prices.filter(|_| account.budget.is_none() && account.is_used())?;
    let Prices { of, read, summoned_reply, .. } = prices;
    let what = format!(
        "{}: up to {read} for each post that is read and {summoned_reply} for each reply, by the prices of {of}, and no \
         `budget` bounds the sum",
        account.name
    );
    Some(warn(serve, account, "budget", what, "add budget = \"50 USD per day\""))
}

/// Networks on which selling all units costs more than the budgets of a day.
fn over_budget(facts: &Facts<'_>, serve: &Filed<'_, &ServeConfig>, terms: &Terms) -> Vec<Finding> {
    let found = terms.networks.iter().filter_map(|network| {
        let prices = network.facts().prices?;
        let own: Vec<&NetworkAccount> =
            serve.content.networks.iter().filter(|own| own.network == *network && own.is_used()).collect();
        let budget = budget_of(&own)?;
        let buyers = prompts(facts, terms, *network);
        let cost = least_cost(prices, &own, terms).times(buyers);
        (cost > budget).then(|| {
            let what = format!(
                "to hear and to answer {} buyers on {} costs {cost} at least, by the prices of {}, and `budget` allows \
                 {budget} a day: the rest wait for the next day",
                grouped(buyers),
                network.facts().title,
                prices.of
            );
            let advice = "raise `budget`, or sell in one step (confirm_within = \"0s\")";
            facts.warn(terms.id.as_str(), "units", what, advice)
        })
    });
    found.collect()
}

/// What all accounts together may spend in a day; `None` if one of them has no bound.
fn budget_of(own: &[&NetworkAccount]) -> Option<MicroUsd> {
    let each = own.iter().map(|account| Some(account.budget.as_ref()?.per_day.minor.unsigned_abs()));
    let cents: Vec<u64> = each.collect::<Option<_>>()?;
    (!cents.is_empty()).then(|| MicroUsd(MICROS_OF_CENT.saturating_mul(cents.iter().sum())))
}

/// What one buyer costs at least: the own posts, and the reply to each.
fn least_cost(prices: &Prices, own: &[&NetworkAccount], terms: &Terms) -> MicroUsd {
    let posts = if terms.one_step() { 1 } else { 2 };
    let read = if own.iter().any(|account| account.read == Reading::Off) {
        MicroUsd::ZERO
    } else {
        prices.owned_read
    };
    let reply = match own.iter().filter(|account| account.reply).count() {
        0 => MicroUsd::ZERO,
        _ => prices.summoned_reply,
    };
    read.plus(reply).times(posts)
}
