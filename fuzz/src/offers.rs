//! Offer files: a text is either accepted as a whole, or refused with the places of its faults.

use flashtag::config::offers::parse_offers;

use super::partition::OFFERS;

/// A file that is accepted has offers; a file that is refused has a fault with a place.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match parse_offers(text, "offers.toml") {
        Ok(file) => {
            assert!(!file.offerings().is_empty(), "nothing is offered");
            for terms in &file.offers {
                assert!(terms.units > 0 && terms.opens < terms.closes.named(), "{terms:?}");
                assert!(terms.total(terms.limit_per_account, "US-NY").is_some(), "{terms:?}");
            }
        }
        Err(faults) => {
            assert!(!faults.0.is_empty());
            assert!(faults.to_string().contains("offers.toml"), "{faults}");
        }
    }
}

/// Files with every key, and a file with few.
pub fn seeds() -> Vec<Vec<u8>> {
    let few = "[shop]\nname = \"S\"\naccounts = { x = \"9\" }\n[[offer]]\nid = \"a\"\nkind = \"purchase\"\ntitle = \"A\"\n\
               tags = { buy = \"BuyA\", confirm = \"ConfirmA\" }\nprice = \"1.00 USD\"\nunits = 1\n\
               opens = \"2026-01-01T00:00:00Z\"\ncloses = \"2026-02-01T00:00:00Z\"\n";
    vec![OFFERS.as_bytes().to_vec(), few.as_bytes().to_vec()]
}
