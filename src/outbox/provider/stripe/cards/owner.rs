//! Whose card it is, as Stripe's page asks: name, address, and the region that the rates of tax go by.

use serde::Deserialize;

use crate::people::ShipTo;

/// Whose card it is.
#[derive(Default, Deserialize)]
pub(super) struct Details {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) address: Option<Address>,
}

/// A postal address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    line1: Option<String>,
    line2: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
    state: Option<String>,
    country: Option<String>,
}

/// Country and, where its name is a short code, state.
pub(super) fn region(address: &Address) -> Option<String> {
    let code = |text: &Option<String>, most: usize| {
        let text = text.as_deref().unwrap_or_default().trim();
        let is_code =
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_code.then(|| text.to_ascii_uppercase())
    };
    let country = code(&address.country, 2).filter(|country| country.len() == 2)?;
    Some(match code(&address.state, 3) {
        Some(state) => format!("{country}-{state}"),
        None => country,
    })
}

pub(super) fn ship_to(address: Address, name: String) -> ShipTo {
    let Address { line1, line2, postal_code, city, state, country } = address;
    let text = Option::<String>::unwrap_or_default;
    ShipTo {
        name,
        lines: [line1, line2].into_iter().flatten().filter(|line| !line.trim().is_empty()).collect(),
        postal_code: text(postal_code),
        city: text(city),
        state: text(state),
        country: text(country),
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, region, ship_to};

    fn address(country: &str, state: &str) -> Address {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Address { country: text(country), state: text(state), line1: text("5 Main St"), ..Address::default() }
    }

    #[test]
    fn a_region_is_the_country_with_the_code_of_the_state() {
        let table = [
            ("US", "NY", Some("US-NY")),
            ("us", " ny ", Some("US-NY")),
            ("CA", "QC", Some("CA-QC")),
            ("AU", "NSW", Some("AU-NSW")),
            // A name is no code.
            ("ES", "Madrid", Some("ES")),
            ("JP", "東京", Some("JP")),
            ("DE", "", Some("DE")),
            ("", "NY", None),
            ("USA", "NY", None),
            ("U", "", None),
        ];
        for (country, state, expected) in table {
            assert_eq!(region(&address(country, state)).as_deref(), expected, "{country} {state}");
        }
    }

    #[test]
    fn a_parcel_goes_to_the_lines_that_were_filled_in() {
        let empty = Address { line2: Some("  ".to_owned()), ..address("US", "NY") };
        let parcel = ship_to(empty, "Ana".to_owned());
        assert_eq!((parcel.name.as_str(), parcel.lines), ("Ana", vec!["5 Main St".to_owned()]));
        assert_eq!((parcel.country.as_str(), parcel.state.as_str(), parcel.city.as_str()), ("US", "NY", ""));
    }
}
