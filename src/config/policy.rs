//! What networks and the law forbid, and what the card processor does not take. No setting of a network enforces these rules,
//! and breaking one can cost a shop its account or its orders, so neither `check` passes nor `serve` starts.

use super::advice::facts::Filed;
use super::offers::OfferFile;
use super::serve::{Cards, Credentials, Mode, NetworkAccount, ServeConfig};
use crate::domain::id::Network;
use crate::domain::money::Money;
use crate::domain::terms::Terms;
use crate::text::file_fault::Fault;

/// What to write once X has agreed.
const CONSENT: &str = "write x_consent = \"...\" into the configuration: what X wrote, and when";

/// Orders of an offer whose totals are looked at, by their units.
const UNITS_MOST: u32 = 100;

/// What is forbidden in a sale by this configuration. `x_consent` lifts what X forbids; `stripe_takes` tells whether Stripe
/// takes an amount.
#[must_use]
pub fn forbidden(
    serve: &Filed<'_, &ServeConfig>,
    offers: &Filed<'_, &OfferFile>,
    stripe_takes: impl Fn(Money) -> bool,
) -> Vec<Fault> {
    let networks: Vec<&NetworkAccount> =
        serve.content.networks.iter().filter(|account| account.is_used()).collect();
    let mut faults = Vec::new();
    if serve.content.x_consent.is_none() {
        faults.extend(paid_posts(&networks, offers));
        faults.extend(several_apps(&networks, serve));
    }
    if !networks.is_empty() {
        faults.extend(draws(offers));
    }
    faults.extend(unpaid_credits(serve.content, offers));
    if let Cards::Stripe(_) = &serve.content.providers.cards {
        faults.extend(untakable(offers, stripe_takes));
    }
    faults
}

/// Whoever confirms an order over such an amount could not pay it.
fn untakable(offers: &Filed<'_, &OfferFile>, stripe_takes: impl Fn(Money) -> bool) -> Vec<Fault> {
    let first = |terms: &Terms| {
        let units = 1..=terms.limit_per_account.min(UNITS_MOST);
        let mut totals = units.flat_map(|units| {
            terms.tax.rates().into_iter().filter_map(move |rate| Some((units, terms.total_at(units, rate)?)))
        });
        totals.find(|(_, total)| !stripe_takes(*total))
    };
    let found = offers.content.offers.iter().filter_map(|terms| Some((terms, first(terms)?)));
    found
        .map(|(terms, (units, total))| {
            let what = format!("an order of {units} comes to {total} with tax, and Stripe takes no such amount");
            let line = offers.places.line(&format!("offer.{}.price", terms.id));
            fault(offers.name, line, &what).hint(
                "Stripe takes amounts above zero; of three digits behind the point the last one is zero, and MGA has none: \
                 let the price include the tax, and round it",
            )
        })
        .collect()
}

/// X forbids paying for posts, and a post that enrolls a card earns credits.
fn paid_posts(networks: &[&NetworkAccount], offers: &Filed<'_, &OfferFile>) -> Vec<Fault> {
    let on_x = networks.iter().any(|account| account.network == Network::X);
    let credits = offers.content.credits.iter();
    let enrolled = credits.filter(|terms| on_x && terms.networks.contains(&Network::X));
    enrolled
        .map(|terms| {
            let what = "a post on X enrolls a card for statement credits, and X forbids paying for posts";
            let hint =
                format!("sell it without `x` in the `accounts` of [shop]; if X agrees in writing, {CONSENT}");
            fault(offers.name, offers.places.line(&format!("offer.{}.kind", terms.id)), what).hint(hint)
        })
        .collect()
}

/// Stripe has no statement credits. A test shop pretends them.
fn unpaid_credits(serve: &ServeConfig, offers: &Filed<'_, &OfferFile>) -> Vec<Fault> {
    let unpaid = serve.mode == Mode::Live && matches!(serve.providers.cards, Cards::Stripe(_));
    let credits = offers.content.credits.iter().filter(|_| unpaid);
    credits
        .map(|terms| {
            let what =
                "it grants statement credits, which Stripe does not have, and a live shop pretends nothing";
            let line = offers.places.line(&format!("offer.{}.kind", terms.id));
            fault(offers.name, line, what).hint("sell it in a shop of mode \"test\", or leave it out")
        })
        .collect()
}

/// X forbids a program in which each shop has an app of its own.
fn several_apps(networks: &[&NetworkAccount], serve: &Filed<'_, &ServeConfig>) -> Option<Fault> {
    let mut apps = networks.iter().filter_map(|account| match &account.credentials {
        Credentials::App { client_id, .. } => Some((account, client_id)),
        _ => None,
    });
    let (_, first) = apps.next()?;
    let (other, _) = apps.find(|(_, app)| *app != first)?;
    let what = "two accounts have different apps at X, which forbids to spread one program over several apps";
    let hint = format!("use one app for all of them; if X agrees in writing, {CONSENT}");
    let line = serve.places.line(&format!("network.{}.client_id", other.name));
    Some(fault(serve.name, line, what).hint(hint))
}

/// The law of draws and prizes asks for terms that everyone can read.
fn draws(offers: &Filed<'_, &OfferFile>) -> Vec<Fault> {
    let drawn = offers.content.offers.iter().filter(|terms| terms.rules.draw.is_some());
    drawn
        .filter(|terms| terms.terms_url.is_none())
        .map(|terms| {
            let what = "it is drawn by lot in public, and names no terms";
            let line = offers.places.line(&format!("offer.{}.draw_window", terms.id));
            fault(offers.name, line, what)
                .hint("add terms_url = \"https://shop.example/terms\" with the terms of the draw")
        })
        .collect()
}

fn fault(file: &str, line: u32, what: &str) -> Fault {
    Fault { line, column: u32::from(line > 0), ..Fault::of_file(file, what) }
}
