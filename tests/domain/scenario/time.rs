//! Times of day, as the tables write them.

use std::fmt::Write as _;

use flashtag::domain::time::Timestamp;

use super::Fault;
use crate::domain::world::ms;

pub(in crate::domain) fn clock(text: &str) -> Result<Timestamp, Fault> {
    let fault = || format!("`{text}` is no time of day");
    let (hms, milli) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = hms.split(':').map(str::parse::<i64>);
    let mut next = |missing: i64| parts.next().unwrap_or(Ok(missing)).map_err(|_| fault());
    let (hours, minutes, seconds) = (next(-1)?, next(-1)?, next(0)?);
    let milli: i64 = milli.parse().map_err(|_| fault())?;
    if hours < 0 || minutes < 0 {
        return Err(fault());
    }
    Ok(ms(((hours * 60 + minutes) * 60 + seconds) * 1000 + milli))
}

pub(super) fn time_of_day(at: Timestamp) -> String {
    let ms = at.since(ms(0)).ms();
    let (hours, minutes, seconds, milli) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let mut text = format!("{hours:02}:{minutes:02}");
    if seconds + milli > 0 {
        write!(text, ":{seconds:02}").expect("a string takes it");
    }
    if milli > 0 {
        write!(text, ".{milli:03}").expect("a string takes it");
    }
    text
}
