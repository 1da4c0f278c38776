//! `timeseries.csv`: a line for each time slot.

use std::fmt::Write;

use crate::measurements::{Counts, Record, Slot, Units};

/// Returns the whole file. `offers` are the ids, in the order of the units.
#[must_use]
pub fn csv(record: &Record, offers: &[&str]) -> String {
    let mut out = String::from(
        "from_s,warmup,offered,answered,not_sent,errors,p50_us,p90_us,p99_us,p99_9_us,max_us,lag_p99_us,\
         available,reserved,sold,waiting",
    );
    offers.iter().for_each(|offer| out.push_str(&format!(",sold:{offer}")));
    out.push('\n');
    let mut units = &Units::default();
    for (at, slot) in record.slots.iter().enumerate() {
        units = slot.units.as_ref().unwrap_or(units);
        let from_s = at as u64 * record.slot_us / 1_000_000;
        line(&mut out, from_s, record.is_warmup(at), slot);
        let Units { available, reserved, sold, waiting, sold_of } = units;
        out.push_str(&format!(",{available},{reserved},{sold},{waiting}"));
        sold_of.iter().for_each(|sold| out.push_str(&format!(",{sold}")));
        out.push('\n');
    }
    out
}

fn line(out: &mut String, from_s: u64, warmup: bool, slot: &Slot) {
    let Slot { counts: Counts { offered, answered, not_sent, errors }, latency_us, lag_us, .. } = slot;
    let at = |quantile| latency_us.value_at_quantile(quantile);
    let (p50, p90, p99, p99_9, max) = (at(0.5), at(0.9), at(0.99), at(0.999), latency_us.max());
    let lag = lag_us.value_at_quantile(0.99);
    let warmup = u8::from(warmup);
    let written = write!(
        out,
        "{from_s},{warmup},{offered},{answered},{not_sent},{errors},{p50},{p90},{p99},{p99_9},{max},{lag}"
    );
    written.expect("writing to a string does not fail");
}
