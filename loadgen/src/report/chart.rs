//! The charts of a report.

use serde::Serialize;

use super::plot::{Axes, Bar, COLOURS, Series, bars, plot};
use super::summary::Summary;
use crate::measurements::{Counts, Record, Slot, Units};

/// A chart with its explanation.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Chart {
    title: &'static str,
    words: String,
    legend: Vec<LegendEntry>,
    svg: String,
}

/// An entry of the legend.
#[derive(Debug, Clone, Serialize)]
struct LegendEntry {
    colour: String,
    name: String,
}

/// Shortest duration that is drawn, in milliseconds.
const SHORTEST_MS: f64 = 0.01;

/// Draws all charts, in order.
pub(super) fn charts(summary: &Summary, record: &Record) -> Vec<Chart> {
    vec![
        percentiles(summary, record),
        spectrum(summary),
        rates(summary, record),
        sell_through(summary, record),
        outcomes(summary),
        lag(summary, record),
    ]
}

fn chart(title: &'static str, words: impl Into<String>, axes: &Axes, series: &[Series]) -> Chart {
    let legend = series.iter().map(|series| {
        let (red, green, blue) = (series.colour.0, series.colour.1, series.colour.2);
        LegendEntry { colour: format!("rgb({red},{green},{blue})"), name: series.name.clone() }
    });
    Chart { title, words: words.into(), legend: legend.collect(), svg: plot(axes, series) }
}

/// Returns a value at the middle of each slot that has one.
fn over_time(record: &Record, value: impl Fn(&Slot) -> Option<f64>) -> Vec<(f64, f64)> {
    let slot_s = record.slot_us as f64 / 1e6;
    let valued = record.slots.iter().zip(0_u32..).filter_map(|(slot, at)| Some((at, value(slot)?)));
    valued.map(|(at, value)| ((f64::from(at) + 0.5) * slot_s, value)).collect()
}

fn series(names: &[&str], points: impl Fn(usize) -> Vec<(f64, f64)>) -> Vec<Series> {
    let named = names.iter().zip(COLOURS).enumerate();
    let series = |(at, (name, colour)): (usize, (&&str, _))| Series {
        name: (*name).to_owned(),
        colour,
        points: points(at),
        filled: false,
    };
    named.map(series).collect()
}

fn time_axes(summary: &Summary, record: &Record, series: &[Series], labels: fn(&f64) -> String) -> Axes {
    let end_s = record.slots.len() as f64 * record.slot_us as f64 / 1e6;
    let points = series.iter().flat_map(|series| &series.points);
    let most = points.map(|(_, y)| *y).fold(0.0, f64::max);
    let y = 0.0..if most > 0.0 { most * 1.08 } else { 1.0 };
    Axes { x: 0.0..end_s.max(1.0), y, labels: (seconds, labels), shaded: summary.warmup_s }
}

fn seconds(s: &f64) -> String {
    format!("{s:.0} s")
}

fn count(count: &f64) -> String {
    if *count >= 10_000.0 { format!("{:.0} k", count / 1000.0) } else { format!("{count:.0}") }
}

fn milliseconds(ms: &f64) -> String {
    if *ms >= 10.0 { format!("{ms:.0} ms") } else { format!("{ms:.2} ms") }
}

/// Formats a duration whose decimal logarithm is on the axis.
fn powers(exponent: &f64) -> String {
    milliseconds(&10_f64.powf(*exponent))
}

fn log_ms(us: u64) -> f64 {
    (us as f64 / 1000.0).max(SHORTEST_MS).log10()
}

/// Returns the range from the power of ten below the least value to the one above the greatest.
fn powers_around(series: &[Series]) -> std::ops::Range<f64> {
    let all = || series.iter().flat_map(|series| &series.points).map(|(_, y)| *y);
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if least.is_finite() { least.floor()..most.ceil().max(least.floor() + 1.0) } else { 0.0..1.0 }
}

fn percentiles(summary: &Summary, record: &Record) -> Chart {
    const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
    let series = series(&["p50", "p90", "p99", "p99.9"], |at| {
        let quantile = QUANTILES.get(at).copied().unwrap_or(1.0);
        let value = |slot: &Slot| {
            (!slot.latency_us.is_empty()).then(|| log_ms(slot.latency_us.value_at_quantile(quantile)))
        };
        over_time(record, value)
    });
    let mut axes = time_axes(summary, record, &series, powers);
    axes.y = powers_around(&series);
    let words = "From the instant at which a post was due to its durable outcome, by the second in which it was due. \
                 Logarithmic. The warm-up is shaded.";
    chart("Percentiles over time", words, &axes, &series)
}

fn spectrum(summary: &Summary) -> Chart {
    let points: Vec<(f64, f64)> =
        summary.spectrum.iter().map(|(quantile, us)| (nines(*quantile), log_ms(*us))).collect();
    let end = points.last().map_or(1.0, |(x, _)| *x).max(1.0);
    let series = series(&["whole run"], |_| points.clone());
    let axes = Axes { x: 0.0..end, y: powers_around(&series), labels: (share, powers), shaded: 0.0 };
    let words = "How many of all posts of the run, warm-up excluded, had their outcome after how long. \
                 Both axes are logarithmic: each step to the right is one nine more.";
    chart("Percentile spectrum", words, &axes, &series)
}

/// Counts the nines of a fraction: 1 for 90 %, 2 for 99 %.
fn nines(quantile: f64) -> f64 {
    -(1.0 - quantile).max(1e-9).log10()
}

fn share(nines: &f64) -> String {
    let percent = (1.0 - 10_f64.powf(-nines)) * 100.0;
    let digits = (nines.round() as usize).saturating_sub(2);
    format!("{percent:.digits$} %")
}

fn rates(summary: &Summary, record: &Record) -> Chart {
    let slot_s = record.slot_us as f64 / 1e6;
    let series = series(&["offered", "achieved", "not sent", "errors"], |at| {
        over_time(record, |slot| {
            let Counts { offered, answered, not_sent, errors } = slot.counts;
            [offered, answered, not_sent, errors].get(at).map(|count| *count as f64 / slot_s)
        })
    });
    let words = "Posts a second that were due, and those that got an outcome. Where the lines part, the server or its \
                 connections could not keep up.";
    chart("Offered and achieved rate", words, &time_axes(summary, record, &series, count), &series)
}

fn sell_through(summary: &Summary, record: &Record) -> Chart {
    let mut series = series(&["sold", "reserved", "available"], |at| {
        over_time(record, |slot| {
            let Units { sold, reserved, available, .. } = slot.units.as_ref()?;
            let stacked = [*sold, sold + reserved, sold + reserved + available];
            stacked.get(at).map(|units| *units as f64)
        })
    });
    let axes = time_axes(summary, record, &series, count);
    series.reverse();
    series.iter_mut().for_each(|series| series.filled = true);
    chart("Sell-through", "Where the units of all offers were, one upon the other.", &axes, &series)
}

fn outcomes(summary: &Summary) -> Chart {
    let noise = summary.outcomes.get("not_relevant").copied().unwrap_or(0);
    let mattered = summary.outcomes.iter().filter(|(name, _)| *name != "not_relevant");
    let bar =
        |(name, count): (&String, &u64)| Bar { label: format!("{name}  {count}"), length: *count, own: true };
    let mut counts: Vec<Bar> = mattered.map(bar).collect();
    counts.sort_by_key(|bar| std::cmp::Reverse(bar.length));
    let words = format!("What posts were answered; {noise} more concerned no offer.");
    Chart { title: "Outcomes by reason", words, legend: Vec::new(), svg: bars(&counts) }
}

fn lag(summary: &Summary, record: &Record) -> Chart {
    let series = series(&["p99", "p50"], |at| {
        let quantile = if at == 0 { 0.99 } else { 0.5 };
        let value = |slot: &Slot| {
            (!slot.lag_us.is_empty()).then(|| slot.lag_us.value_at_quantile(quantile) as f64 / 1000.0)
        };
        over_time(record, value)
    });
    let words = "From the instant at which a post was due to its sending: what batching, a busy connection and a busy \
                 machine cost. It is part of every latency above.";
    chart("Generator lag", words, &time_axes(summary, record, &series, milliseconds), &series)
}
