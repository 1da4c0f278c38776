//! Advice on sales that reserve faster than prompts can leave.

use super::facts::Facts;
use super::finding::Finding;
use crate::config::replies::{Ceilings, ReplyPace};
use crate::config::serve::Email;
use crate::domain::id::Network;
use crate::domain::terms::Terms;
use crate::domain::time::Millis;
use crate::text::grouped::grouped;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    // Prompts that no reply can carry in time are sent as letters.
    let by_letter =
        facts.serve.as_ref().is_some_and(|serve| matches!(serve.content.providers.email, Email::Smtp(_)));
    if by_letter {
        return Vec::new();
    }
    let ceilings = facts.serve.as_ref().map_or_else(Ceilings::default, |serve| serve.content.replies.clone());
    let offers = facts.offers.content.offers.iter().filter(|terms| !terms.one_step());
    offers
        .flat_map(|terms| {
            let networks = terms.networks.iter();
            let found = networks.filter_map(|network| slower(facts, terms, *network, ceilings.of(*network)));
            found.collect::<Vec<_>>()
        })
        .collect()
}

/// A network on which fewer prompts leave within the confirmation window than there are units.
fn slower(facts: &Facts<'_>, terms: &Terms, network: Network, pace: &ReplyPace) -> Option<Finding> {
    let leave = departures_within(pace, terms.confirm_within)?;
    let prompts = prompts(facts, terms, network);
    (prompts > leave).then(|| {
        let what = format!(
            "on {} about {} of {} prompts leave in {}, the time in which a buyer has to confirm, and all of them in {}",
            network.facts().title,
            grouped(leave),
            grouped(prompts),
            terms.confirm_within.in_words(),
            time_of(pace, prompts)
        );
        let advice = "configure e-mail (`email` in [providers]) or one step (confirm_within = \"0s\"), or give more time";
        facts.warn(terms.id.as_str(), "units", what, advice)
    })
}

/// The buyers on a network if all units are sold there, as far as their accounts are known.
pub(super) fn prompts(facts: &Facts<'_>, terms: &Terms, network: Network) -> u64 {
    let buyers = facts.accounts.as_ref().map(|accounts| accounts.content.buyers(terms, Some(network)));
    let units = u64::from(terms.units);
    buyers.map_or(units, |buyers| buyers.min(units))
}

/// The least time in which the ceilings let `replies` replies leave.
fn time_of(pace: &ReplyPace, replies: u64) -> Millis {
    let longest = pace.ceilings().iter().map(|ceiling| {
        let full = replies.saturating_sub(1) / (ceiling.most as u64).max(1);
        ceiling.per.ms().saturating_mul(i64::try_from(full).unwrap_or(i64::MAX))
    });
    Millis::from_ms(longest.max().unwrap_or_default())
}

/// Upper bound on the replies that leave within a length of time; `None` means that they are not paced.
fn departures_within(pace: &ReplyPace, length: Millis) -> Option<u64> {
    let within = pace.ceilings().iter().map(|ceiling| {
        let periods = length.ms().max(1).unsigned_abs().div_ceil(ceiling.per.ms().unsigned_abs());
        periods.saturating_mul(ceiling.most as u64)
    });
    within.min()
}

#[cfg(test)]
mod tests {
    use super::{Millis, departures_within, time_of};

    #[test]
    fn a_window_holds_a_burst_for_each_period_that_begins_in_it() {
        // Columns: the pace, the window, the replies that leave in it.
        let table = [
            ("100 per 15m", "15m", Some(100)),
            ("100 per 15m", "5m", Some(100)),
            ("100 per 15m", "15m 1s", Some(200)),
            ("100 per 15m, 150 per 24h", "1h", Some(150)),
            ("100 per 15m, 10000 per 24h", "4d", Some(38_400)),
            ("unpaced", "15m", None),
        ];
        for (pace, window, leave) in table {
            let window: Millis = window.parse().unwrap();
            assert_eq!(departures_within(&pace.parse().unwrap(), window), leave, "{pace} in {window}");
        }
    }
    #[test]
    fn the_slowest_ceiling_says_how_long_all_replies_take() {
        // Columns: the pace, the replies, how long the last one waits.
        let table = [
            ("100 per 15m", 100, "0s"),
            ("100 per 15m", 101, "15m"),
            ("100 per 15m", 10_000, "24h 45m"),
            ("100 per 15m, 1000 per 24h", 10_000, "216h"),
            ("unpaced", 10_000, "0s"),
        ];
        for (pace, replies, wait) in table {
            let wait: Millis = wait.parse().unwrap();
            assert_eq!(time_of(&pace.parse().unwrap(), replies), wait, "{replies} at {pace}");
        }
    }
}
