//! Advice on the times of an offer: in the past, at night, in another zone, or not long enough.

use super::facts::Facts;
use super::finding::Finding;
use super::shop_time::{ShopTime, offset_text, written_offset};
use crate::domain::end::End;
use crate::domain::id::OfferId;
use crate::domain::terms::Terms;
use crate::domain::time::{Millis, Timestamp};

/// The times of an offer of either kind.
struct Times<'o> {
    id: &'o OfferId,
    opens: Timestamp,
    closes: End,
    valid_until: Option<End>,
}

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let file = facts.offers.content;
    let purchases = file.offers.iter().map(|terms| Times {
        id: &terms.id,
        opens: terms.opens,
        closes: terms.closes,
        valid_until: None,
    });
    let credits = file.credits.iter().map(|terms| Times {
        id: &terms.id,
        opens: terms.opens,
        closes: terms.closes,
        valid_until: Some(terms.valid_until),
    });
    let all: Vec<Times<'_>> = purchases.chain(credits).collect();
    let mut findings = Vec::new();
    findings.extend(unnamed_zone(facts, &all));
    for times in &all {
        findings.extend(past(facts, times));
        findings.extend(at_night(facts, times));
        findings.extend(other_offsets(facts, times));
        findings.extend(last_seconds(facts, times));
    }
    for terms in &file.offers {
        findings.extend(long_window(facts, terms));
        findings.extend(drawn_already(facts, terms));
    }
    findings
}

fn long_window(facts: &Facts<'_>, terms: &Terms) -> Option<Finding> {
    let (window, length) = (terms.confirm_within, terms.closes.after().since(terms.opens));
    (window > length).then(|| {
        let what = format!(
            "a buyer has {} to confirm, and the whole sale takes {length}: no unit that is not confirmed comes back \
             before the sale is over",
            window.in_words()
        );
        facts.warn(terms.id.as_str(), "confirm_within", what, "shorten `confirm_within`, or close later")
    })
}

fn drawn_already(facts: &Facts<'_>, terms: &Terms) -> Option<Finding> {
    let ended =
        terms.draw_window_ends().filter(|ends| *ends <= facts.now && facts.now < terms.closes.after())?;
    let what = format!(
        "the window of the draw ended at {}: in a sale that starts now no claim enters it",
        facts.shop_time().local(ended)
    );
    Some(facts.warn(terms.id.as_str(), "draw_window", what, "open later, unless the sale has begun before"))
}

/// The keys of an offer's ends.
fn ends<'t>(times: &'t Times<'_>) -> impl Iterator<Item = (&'static str, End)> + 't {
    std::iter::once(("closes", times.closes)).chain(times.valid_until.map(|end| ("valid_until", end)))
}

fn past(facts: &Facts<'_>, times: &Times<'_>) -> Option<Finding> {
    let closed = times.closes.after();
    (closed <= facts.now).then(|| {
        let (zone, since) = (facts.shop_time(), facts.now.since(closed));
        let days = Millis::from_secs(86_400);
        let ago = if since < days { since.in_words() } else { format!("{} days", since.ms() / days.ms()) };
        let what = format!("it is over: it closed at {}, {ago} ago", zone.local(times.closes.named()));
        facts.warn(
            times.id.as_str(),
            "closes",
            what,
            "set `opens` and `closes` to times that are still to come",
        )
    })
}

fn at_night(facts: &Facts<'_>, times: &Times<'_>) -> Option<Finding> {
    let id = times.id.as_str();
    let zone = facts.shop_time();
    // Without a zone the offset that the file writes is the shop's.
    let written = facts.text(id, "opens").and_then(written_offset).filter(|_| !facts.names_zone());
    let (shown, place) = match written {
        Some(seconds) => {
            let shifted = Timestamp::from_ms(times.opens.ms() + i64::from(seconds) * 1000);
            (ShopTime::of("UTC").at_night(shifted)?, offset_text(seconds))
        }
        None => (zone.at_night(times.opens)?, zone.name().to_owned()),
    };
    let what = format!("it opens at {shown} in the night ({place})");
    Some(facts.warn(id, "opens", what, "check the offset of `opens`, unless the night is meant"))
}

/// The zone that the file's offsets are not of.
fn other_offsets(facts: &Facts<'_>, times: &Times<'_>) -> Vec<Finding> {
    if !facts.names_zone() {
        return Vec::new();
    }
    let (id, zone) = (times.id.as_str(), facts.shop_time());
    let opens = std::iter::once(("opens", times.opens));
    let all = opens.chain(ends(times).map(|(key, end)| (key, end.named())));
    let differing = all.filter_map(|(key, at)| {
        let (written, own) = (facts.text(id, key).and_then(written_offset)?, zone.offset(at));
        (written != own).then(|| {
            let (written, own) = (offset_text(written), offset_text(own));
            let what = format!(
                "`{key}` is written at {written}, and {} is at {own} then: buyers read {}",
                zone.name(),
                zone.local(at)
            );
            facts.warn(id, key, what, format!("write the time at {own}"))
        })
    });
    differing.collect()
}

/// Offsets without a zone of the shop: buyers read times in UTC.
fn unnamed_zone(facts: &Facts<'_>, all: &[Times<'_>]) -> Option<Finding> {
    if facts.names_zone() {
        return None;
    }
    let offset = |times: &Times<'_>| facts.text(times.id.as_str(), "opens").and_then(written_offset);
    let seconds = all.iter().filter_map(offset).find(|seconds| *seconds != 0)?;
    let what = format!(
        "times are written at {}, and `[shop]` names no `time_zone`: buyers read them in UTC",
        offset_text(seconds)
    );
    let line = facts.offers.places.line("shop");
    let advice = "add the shop's zone, as time_zone = \"America/New_York\"";
    Some(Finding::warning(facts.offers.name, what, advice).on_line(line))
}

fn last_seconds(facts: &Facts<'_>, times: &Times<'_>) -> Vec<Finding> {
    let zone = facts.shop_time();
    let named = ends(times).filter(|(_, end)| end.after() > end.named());
    let told = named.map(|(key, end)| {
        let what = format!(
            "`{key}` names the last second of a minute: that second still counts, and what comes at {} is too late",
            zone.local(end.after())
        );
        facts.warn(times.id.as_str(), key, what, "write the full minute after it, and nobody can misread it")
    });
    told.collect()
}
