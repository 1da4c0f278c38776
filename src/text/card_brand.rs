//! The names of card brands, as their owners write them.

/// Brands as card processors name them, without separators, and as their owners do.
const BRANDS: [(&str, &str); 19] = [
    ("americanexpress", "American Express"),
    ("amex", "American Express"),
    ("cartesbancaires", "Cartes Bancaires"),
    ("diners", "Diners Club"),
    ("dinersclub", "Diners Club"),
    ("discover", "Discover"),
    ("eftposau", "eftpos Australia"),
    ("elo", "Elo"),
    ("girocard", "girocard"),
    ("hipercard", "Hipercard"),
    ("interac", "Interac"),
    ("jcb", "JCB"),
    ("maestro", "Maestro"),
    ("mastercard", "Mastercard"),
    ("mir", "Mir"),
    ("rupay", "RuPay"),
    ("troy", "TROY"),
    ("unionpay", "UnionPay"),
    ("visa", "Visa"),
];

/// The name of a brand for people. A brand that is not known here keeps the form that it has.
#[must_use]
pub fn brand_name(brand: &str) -> &str {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|ch| !matches!(ch, '-' | '_' | ' '));
        letters.map(|ch| ch.to_ascii_lowercase()).collect()
    };
    let key = plain(brand);
    BRANDS.iter().find(|(known, _)| *known == key).map_or(brand, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{BRANDS, brand_name};

    #[test]
    fn a_brand_is_written_as_its_owner_writes_it() {
        let table = [
            ("visa", "Visa"),
            ("VISA", "Visa"),
            ("mastercard", "Mastercard"),
            ("amex", "American Express"),
            ("american_express", "American Express"),
            ("American Express", "American Express"),
            ("diners", "Diners Club"),
            ("eftpos_au", "eftpos Australia"),
            ("jcb", "JCB"),
            // What nobody here knows keeps its form.
            ("visage", "visage"),
            ("town-card", "town-card"),
            ("", ""),
        ];
        for (brand, name) in table {
            assert_eq!(brand_name(brand), name, "{brand:?}");
        }
        for (_, name) in BRANDS {
            assert_eq!(brand_name(name), name, "a name stays what it is");
        }
    }
}
