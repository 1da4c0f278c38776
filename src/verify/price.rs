//! The price of units, derived a second time.

use crate::domain::money::{Money, Rate};
use crate::domain::terms::{Tax, Terms};

/// Returns the total of `units`: `price x units + shipping + tax`, with the tax on the whole rounded half up, unless
/// the price includes it. A sum that overflows is the largest amount.
pub(super) fn total(terms: &Terms, units: u32, rate: Rate) -> Money {
    let shipping = terms.rules.shipping.map_or(0, |shipping| i128::from(shipping.minor));
    let net = i128::from(terms.price.minor) * i128::from(units) + shipping;
    if terms.rules.price_includes_tax {
        return Money { minor: i64::try_from(net).unwrap_or(i64::MAX), ..terms.price };
    }
    let tax = (net * i128::from(rate.ppm) + 500_000).div_euclid(1_000_000);
    Money { minor: i64::try_from(net + tax).unwrap_or(i64::MAX), ..terms.price }
}

/// Whether the rate is one of those in the terms. The history does not contain the buyer's region.
pub(super) fn is_agreed(terms: &Terms, rate: Rate) -> bool {
    match &terms.tax {
        Tax::Flat(flat) => *flat == rate,
        Tax::ByRegion(rates) => {
            let elsewhere = !rates.contains_key("*") && rate.ppm == 0;
            elsewhere || rates.values().any(|agreed| *agreed == rate)
        }
    }
}
