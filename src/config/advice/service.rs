//! Advice on the configuration of the service.

use super::facts::{Facts, Filed};
use super::finding::Finding;
use crate::config::replies::{Ceilings, ReplyPace};
use crate::config::serve::{Email, ServeConfig};
use crate::text::grouped::grouped;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(serve) = &facts.serve else { return Vec::new() };
    let mut findings = paces(facts, serve);
    findings.extend(links(facts, serve));
    findings.extend(sessions(facts, serve));
    findings
}

fn warn(serve: &Filed<'_, &ServeConfig>, key: &str, what: String, advice: &str) -> Finding {
    Finding::warning(serve.name, what, advice).on_line(serve.places.line(key))
}

/// Paces above what a network itself allows one account: it throttles what leaves faster.
fn paces(facts: &Facts<'_>, serve: &Filed<'_, &ServeConfig>) -> Vec<Finding> {
    let (config, defaults) = (serve.content, Ceilings::default());
    let networks = facts.offers.content.shop.accounts.keys();
    let faster = networks.filter_map(|network| {
        let (own, allowed) = (config.replies.of(*network), defaults.of(*network));
        (!is_within(own, allowed)).then(|| {
            let title = network.facts().title;
            let what = format!("replies leave at {own} on {title}, which allows one account {allowed}");
            let advice = "lower the pace, unless the network has agreed to it";
            warn(serve, &format!("replies.{}", network.name()), what, advice)
        })
    });
    faster.collect()
}

/// Whether each ceiling of `allowed` follows from one of `own`.
fn is_within(own: &ReplyPace, allowed: &ReplyPace) -> bool {
    allowed.ceilings().iter().all(|most| {
        own.ceilings().iter().any(|ceiling| {
            let periods = most.per.ms().unsigned_abs().div_ceil(ceiling.per.ms().unsigned_abs());
            periods.saturating_mul(ceiling.most as u64) <= most.most as u64
        })
    })
}

/// Letters that ask for a confirmation, and their links.
fn links(facts: &Facts<'_>, serve: &Filed<'_, &ServeConfig>) -> Option<Finding> {
    let config = serve.content;
    let by_mail = matches!(config.providers.email, Email::Smtp(_));
    let confirms = facts.offers.content.offers.iter().any(|terms| !terms.one_step());
    match &config.http.public_url {
        None if by_mail && confirms => {
            let what = "letters that ask for a confirmation have no link to confirm by".to_owned();
            Some(warn(serve, "http", what, "add public_url = \"https://shop.example\" to [http]"))
        }
        Some(url) if by_mail && url.starts_with("http://") => {
            let what = format!("confirm links begin with {url}: others can read and use them on their way");
            Some(warn(serve, "http.public_url", what, "write an address that begins with https://"))
        }
        _ => None,
    }
}

/// Fewer sessions than accounts.
fn sessions(facts: &Facts<'_>, serve: &Filed<'_, &ServeConfig>) -> Option<Finding> {
    let accounts = facts.accounts.as_ref()?.content.total();
    let live = serve.content.limits.sessions_live as u64;
    (live < accounts).then(|| {
        let what = format!(
            "{} sessions may be live in a partition, and {} accounts are linked: the claims of the rest are `overloaded` \
             if all of them come",
            grouped(live),
            grouped(accounts)
        );
        warn(serve, "limits.sessions_live", what, "raise `sessions_live`")
    })
}
