//! The price, tax and allotment of an offer.

use std::collections::BTreeMap;

use compact_str::CompactString;

use crate::domain::money::{Money, Rate};
use crate::domain::terms::Tax;

use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

/// Upper bound on the allotment.
pub(super) const UNITS_MAX: u32 = 100_000_000;

const REGION_BYTES_MAX: usize = 16;

pub(super) struct Price {
    pub(super) price: Money,
    pub(super) tax: Tax,
    pub(super) units: u32,
    pub(super) limit_per_account: u32,
}

pub(super) fn read(keys: &Keys<'_>) -> Option<Price> {
    let field = keys.need("price", "price = \"149.99 USD\"");
    let price = field.as_ref().and_then(price);
    let tax = keys.get("tax").map_or(Some(Tax::Flat(Rate::ZERO)), |field| tax(&field));
    let units = keys.need("units", "units = 1000").and_then(|field| count(&field));
    let limit = match keys.get("limit_per_account") {
        Some(field) => count(&field).and_then(|limit| within(&field, limit, units)),
        None => Some(1),
    };
    let price = Price { price: price?, tax: tax?, units: units?, limit_per_account: limit? };
    if countable(&price) {
        return Some(price);
    }
    field?.fault(format!(
        "{} units of {} with tax are more money than can be counted",
        price.units, price.price
    ))
}

fn price(field: &Field<'_>) -> Option<Money> {
    let price: Money = field.parsed("\"149.99 USD\"")?;
    if price.minor > 0 {
        return Some(price);
    }
    field.advise(format!("`price` is {price}"), "an offer has a price above zero")
}

/// A number of things, from 1.
pub(super) fn count(field: &Field<'_>) -> Option<u32> {
    u32::try_from(field.number(1..=u64::from(UNITS_MAX))?).ok()
}

fn within(field: &Field<'_>, limit: u32, units: Option<u32>) -> Option<u32> {
    match units {
        Some(units) if limit > units => {
            field.fault(format!("`limit_per_account` is {limit}, and there are only {units} units"))
        }
        _ => Some(limit),
    }
}

fn tax(field: &Field<'_>) -> Option<Tax> {
    const EXAMPLE: &str = "\"8.875%\"";
    if !field.is_table() {
        return field.parsed(EXAMPLE).map(Tax::Flat);
    }
    let entries = field.table()?.each();
    let read: Vec<_> = entries
        .iter()
        .map(|(name, rate)| Some((region(name, rate)?, rate.parsed::<Rate>(EXAMPLE)?)))
        .collect();
    if !entries.iter().any(|(name, _)| *name == "*") {
        return field.advise("`tax` has no rate for all other regions", "add \"*\" = \"0%\"");
    }
    let mut rates = BTreeMap::new();
    for ((_, field), read) in entries.iter().zip(read) {
        let (region, rate) = read?;
        if rates.insert(region.clone(), rate).is_some() {
            return field.fault(format!("`tax` has two rates for {region}"));
        }
    }
    Some(Tax::ByRegion(rates))
}

/// The name of a billing region, in capitals as in a link. Regions are compared byte by byte, so a name in
/// another form would never match.
fn region(name: &str, rate: &Field<'_>) -> Option<CompactString> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let good = name.len() <= REGION_BYTES_MAX && name.starts_with(|ch: char| ch.is_ascii_alphabetic());
    if name == "*" || good && name.bytes().all(plain) {
        return Some(CompactString::new(name.to_ascii_uppercase()));
    }
    rate.advise(format!("{} is no region", quoted(name)), "write it as \"US-NY\", or \"*\" for all others")
}

/// Whether the total of all units fits in every region, with half a minor unit of rounding for each.
fn countable(price: &Price) -> bool {
    let rate = price.tax.highest();
    let net = price.price.checked_mul(price.units);
    let total = net.and_then(|net| net.checked_add(net.share_half_up(rate)?));
    total.is_some_and(|total| total.minor.checked_add(i64::from(price.units)).is_some())
}
