//! Summing up: the last questions to the server, the audit, and all of it as a summary.

use std::path::Path;

use jiff::Timestamp;

use crate::audit::{Books, Holder, audit, oversold};
use crate::environment::Environment;
use crate::error::CommandError;
use crate::measurements::{Counts, Record};
use crate::population::Population;
use crate::report::{Percentiles, Posts, Summary};
use crate::run::{RunResult, offer_states};
use crate::scenario::Scenario;
use crate::target::Target;

/// Accounts that are asked for what they hold, at most.
const HOLDERS_MAX: usize = 2_000;

/// The summary of a run; `data` is the directory of a server of one's own. It is not judged by thresholds yet.
///
/// # Errors
/// When the server cannot be asked any more.
pub fn summarize(
    scenario: &Scenario,
    population: &Population,
    target: &Target,
    finished: &RunResult,
    data: Option<&Path>,
) -> Result<Summary, CommandError> {
    // In this order: what an account holds now, it held or was sold by the time of the later look.
    let holders = holders(scenario, population, target, finished)?;
    let offers = offer_states(scenario, target)?;
    let books =
        Books { before: &finished.before, after: &offers, ledger: &finished.ledger, holders: &holders };
    let checks = audit(&books);
    let span_s: f64 = scenario.phases.iter().map(crowd::Phase::for_s).sum();
    let record = &finished.record;
    Ok(Summary {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        seed: scenario.seed,
        rate_scale: 1.0,
        began_at: Timestamp::from_millisecond(finished.began_at_ms).unwrap_or_default().to_string(),
        span_s,
        warmup_s: scenario.warmup_s,
        took_s: finished.took_us as f64 / 1e6,
        interrupted: false,
        posts: posts(record, span_s.min(finished.took_us as f64 / 1e6)),
        latency_us: Percentiles::from(&record.latency_us),
        lag_us: Percentiles::from(&record.lag_us),
        spectrum: spectrum(record),
        outcomes: finished.ledger.outcomes.clone(),
        oversold: oversold(&offers),
        offers,
        audit: checks,
        thresholds: Vec::new(),
        failure: finished.failure.clone(),
        environment: Environment::of(target.base(), data),
    })
}

/// Those who were told of more reservations than they may hold at once, and what they hold.
fn holders(
    scenario: &Scenario,
    population: &Population,
    target: &Target,
    finished: &RunResult,
) -> Result<Vec<Holder>, CommandError> {
    let mut holders = Vec::new();
    for (offer, ledger) in scenario.offers.iter().zip(&finished.ledger.offers) {
        let limit = offer.limit_per_account;
        let told = ledger.reserved_of.iter().filter(|(_, told)| **told > limit);
        for (person, _) in told.take(HOLDERS_MAX) {
            let account = population.account(*person);
            let held = target.held(&account, &offer.id)?;
            holders.push(Holder { account, offer: offer.id.clone(), held, limit });
        }
    }
    Ok(holders)
}

/// Counts of the whole run, and rates within the scheduled span, or what was played of it: later reactions belong to no rate.
fn posts(record: &Record, span_s: f64) -> Posts {
    let slots = (span_s * 1e6 / record.slot_us as f64).ceil() as usize;
    let per_s = |of: fn(Counts) -> u64| {
        let counted = record.slots.iter().take(slots).map(|slot| of(slot.counts));
        counted.sum::<u64>() as f64 / span_s
    };
    let counts = &record.counts;
    Posts {
        offered: counts.offered,
        answered: counts.answered,
        not_sent: counts.not_sent,
        errors: counts.errors,
        offered_per_s: per_s(|counts| counts.offered),
        answered_per_s: per_s(|counts| counts.answered),
    }
}

/// Four steps for each half of what is left, up to the last post.
fn spectrum(record: &Record) -> Vec<(f64, u64)> {
    let steps = record.latency_us.iter_quantiles(4).filter(|step| step.quantile() < 1.0);
    steps.map(|step| (step.quantile(), step.value_iterated_to())).collect()
}
