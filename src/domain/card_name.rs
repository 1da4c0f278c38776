//! What of a token names the card itself.
//!
//! A processor gives a card another token each time it is linked. Stripe's token, `cus_.../pm_...`, therefore ends with the
//! card's fingerprint, `#...`, which is the same for all who link the card: limits per card count by that.

/// What tokens of Stripe begin with.
const OF_STRIPE: &str = "cus_";

/// The name of the card that a token stands for: its fingerprint, or, where the token has none, the token.
#[must_use]
pub fn card_name(token: &str) -> &str {
    let fingerprint = token.split_once('#').map(|(_, fingerprint)| fingerprint);
    fingerprint.filter(|name| !name.is_empty() && token.starts_with(OF_STRIPE)).unwrap_or(token)
}

#[cfg(test)]
mod tests {
    use super::card_name;

    #[test]
    fn a_card_of_stripe_is_known_by_its_fingerprint() {
        let table = [
            ("cus_Ana/pm_1#fp9", "fp9"),
            ("cus_Ben/pm_2#fp9", "fp9"),
            ("cus_Ana/pm_1", "cus_Ana/pm_1"),
            ("cus_Ana/pm_1#", "cus_Ana/pm_1#"),
            // Another processor's tokens are its own.
            ("tok_1", "tok_1"),
            ("tok_1#fp9", "tok_1#fp9"),
        ];
        for (token, name) in table {
            assert_eq!(card_name(token), name, "{token}");
        }
    }
}
