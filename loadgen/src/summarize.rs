//! The summary of a run: the final state of the offers, the audit and the measurements.

use std::path::Path;

use jiff::Timestamp;

use crate::audit::{AuditInput, Holder, audit, oversold};
use crate::demand::Demand;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::measurements::{Counts, Record};
use crate::population::Population;
use crate::report::{Percentiles, Posts, Summary};
use crate::run::{RunResult, offer_states};
use crate::scenario::Scenario;
use crate::target::Target;

/// Upper bound on the accounts whose units are queried, per offer.
const HOLDERS_MAX: usize = 2_000;

/// Summarizes a run, without its thresholds. `data` is the data directory of a self-hosted server.
///
/// # Errors
/// If the server cannot be reached.
pub fn summarize(
    scenario: &Scenario,
    population: &Population,
    target: &Target,
    finished: &RunResult,
    data: Option<&Path>,
) -> Result<Summary, CommandError> {
    // The accounts come first: what an account holds now, the offers that are read later include.
    let holders = holders(scenario, population, target, finished)?;
    let offers = offer_states(scenario, target)?;
    let demanded = demanded(scenario, population, finished);
    let books = AuditInput {
        before: &finished.before,
        after: &offers,
        ledger: &finished.ledger,
        demanded: &demanded,
        holders: &holders,
    };
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
        interrupted: finished.interrupted,
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

/// Returns the units of each offer that the plan sells for certain: none of a run that did not come to its end.
fn demanded(scenario: &Scenario, population: &Population, finished: &RunResult) -> Vec<u64> {
    let offers = scenario.offers.iter().zip(0..).zip(&finished.ledger.offers).zip(&finished.before);
    let units = offers.map(|(((offer, target), ledger), before)| {
        let demand = Demand::of(scenario, population, target, offer);
        if finished.interrupted { 0 } else { demand.units(&ledger.claimants, before.available) }
    });
    units.collect()
}

/// Queries the accounts that were answered with more reservations than they may hold at once.
fn holders(
    scenario: &Scenario,
    population: &Population,
    target: &Target,
    finished: &RunResult,
) -> Result<Vec<Holder>, CommandError> {
    let mut holders = Vec::new();
    for (offer, ledger) in scenario.offers.iter().zip(&finished.ledger.offers) {
        let limit = offer.limit_per_account;
        let excessive = ledger.reserved_of.iter().filter(|(_, reserved)| **reserved > limit);
        for (person, _) in excessive.take(HOLDERS_MAX) {
            let account = population.account(*person);
            let held = target.held(&account, &offer.id)?;
            holders.push(Holder { account, offer: offer.id.clone(), held, limit });
        }
    }
    Ok(holders)
}

/// Totals the whole run. Rates cover the played part of the scheduled span, without later reactions.
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

/// Returns the percentile spectrum, with four steps per halving of the distance to 100 %.
fn spectrum(record: &Record) -> Vec<(f64, u64)> {
    let steps = record.latency_us.iter_quantiles(4).filter(|step| step.quantile() < 1.0);
    steps.map(|step| (step.quantile(), step.value_iterated_to())).collect()
}
