//! Amounts as Stripe counts them: nearly always the minor units of ISO 4217.

use crate::domain::money::{Currency, Money};

/// What Stripe takes for the amount, in the smallest unit that it counts; `None` if it takes no such amount.
#[must_use]
pub fn stripe_amount(money: Money) -> Option<i64> {
    let Money { minor, currency } = money;
    let amount = match currency.code() {
        // Counted in hundredths that the currency does not have.
        "ISK" | "UGX" => minor.checked_mul(100)?,
        // Counted without the hundredths that the currency has on paper.
        "MGA" => whole_of(minor, 10_i64.pow(currency.digits()))?,
        // Of three digits the last is zero.
        _ if currency.digits() == 3 => whole_of(minor, 10)?.checked_mul(10)?,
        _ => minor,
    };
    (amount > 0).then_some(amount)
}

/// What an amount of Stripe's is worth; `None` if it is not in minor units of a currency that is known.
#[must_use]
pub(super) fn money_of(amount: i64, currency: &str) -> Option<Money> {
    let currency = Currency::parse(&currency.to_ascii_uppercase())?;
    let minor = match currency.code() {
        "ISK" | "UGX" => whole_of(amount, 100)?,
        "MGA" => amount.checked_mul(10_i64.pow(currency.digits()))?,
        _ => amount,
    };
    Some(Money { minor, currency })
}

/// The quotient, if there is no rest.
const fn whole_of(minor: i64, unit: i64) -> Option<i64> {
    if minor % unit == 0 { Some(minor / unit) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{money_of, stripe_amount};

    #[test]
    fn an_amount_comes_back_as_it_went() {
        for money in ["149.99 USD", "1500 JPY", "1500 ISK", "1500 UGX", "1.230 KWD"] {
            let money = money.parse().unwrap();
            let amount = stripe_amount(money).unwrap();
            assert_eq!(money_of(amount, &money.currency.code().to_ascii_lowercase()), Some(money));
        }
        assert_eq!(money_of(150, "isk"), None);
        assert_eq!(money_of(150, "doge"), None);
    }

    #[test]
    fn an_amount_is_in_the_units_that_stripe_counts() {
        let table = [
            ("149.99 USD", Some(14_999)),
            ("1500 JPY", Some(1_500)),
            ("1500 ISK", Some(150_000)),
            ("1500 UGX", Some(150_000)),
            ("1.230 KWD", Some(1_230)),
            ("1.234 KWD", None),
            ("0.00 USD", None),
            ("-1.00 USD", None),
        ];
        for (money, amount) in table {
            assert_eq!(stripe_amount(money.parse().unwrap()), amount, "{money}");
        }
    }
}
