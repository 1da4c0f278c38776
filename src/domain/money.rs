//! Amounts in minor units of an ISO 4217 currency, and rates. No floating point, and no silent overflow.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currencies with minor units, each at the index of its code. Every amount in every record has a code,
/// and the library finds a code by comparing it with all of them.
static BY_CODE: LazyLock<Vec<Option<iso_currency::Currency>>> = LazyLock::new(|| {
    let mut by_code = vec![None; LETTERS * LETTERS * LETTERS];
    for currency in (0..1000).filter_map(iso_currency::Currency::from_numeric) {
        let slot = place(currency.code()).and_then(|place| by_code.get_mut(place));
        if let (Some(slot), Some(_)) = (slot, currency.exponent()) {
            *slot = Some(currency);
        }
    }
    by_code
});

const LETTERS: usize = 26;

/// The index of a code among all combinations of three upper-case letters.
fn place(code: &str) -> Option<usize> {
    let letter = |byte: u8| byte.is_ascii_uppercase().then(|| usize::from(byte - b'A'));
    let &[first, second, third] = code.as_bytes() else { return None };
    Some((letter(first)? * LETTERS + letter(second)?) * LETTERS + letter(third)?)
}

/// An ISO 4217 currency that has minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads a three-letter code, upper case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        BY_CODE.get(place(code)?).copied().flatten().map(Self)
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits behind the decimal point: 2 for USD, 0 for JPY.
    #[must_use]
    pub fn digits(self) -> u32 {
        u32::from(self.0.exponent().expect("parse asks for an exponent"))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Code)
    }
}

/// Reads a code without copying it, because every amount in every record has one.
struct Code;

impl Visitor<'_> for Code {
    type Value = Currency;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the code of a currency")
    }

    fn visit_str<E: serde::de::Error>(self, code: &str) -> Result<Currency, E> {
        Currency::parse(code).ok_or_else(|| E::custom("unknown currency"))
    }
}

/// An amount of money in minor units of a currency, as 14999 US cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// The number of minor units; an offer's price and an order's total are never negative.
    pub minor: i64,
    /// The currency of the minor units.
    pub currency: Currency,
}

/// The error of a text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// The text is not a number, a blank and a currency code.
    #[error("not an amount as \"149.99 USD\"")]
    Form,
    /// No currency has this code.
    #[error("no such currency in ISO 4217")]
    Currency,
    /// The text has more digits behind the point than the currency.
    #[error("more digits behind the point than the currency has")]
    Digits,
    /// The amount overflows.
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// Zero in that currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The sum; `None` if the currencies differ or the sum overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The amount multiplied by a number.
    #[must_use]
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        let minor = self.minor.checked_mul(i64::from(times))?;
        Some(Self { minor, ..self })
    }

    /// That share of the amount, rounded to minor units, halves away from zero: the rounding of taxes.
    #[must_use]
    pub fn share_half_up(self, rate: Rate) -> Option<Self> {
        let exact = i128::from(self.minor) * i128::from(rate.ppm);
        let rounded = (exact + 500_000 * exact.signum()) / 1_000_000;
        Some(Self { minor: i64::try_from(rounded).ok()?, ..self })
    }

    /// The part of the amount that is tax, if the amount includes tax of that rate: rounded as
    /// [`Self::share_half_up`] does.
    #[must_use]
    pub fn included_half_up(self, rate: Rate) -> Option<Self> {
        let whole = i128::from(Rate::WHOLE.ppm) + i128::from(rate.ppm);
        let exact = i128::from(self.minor) * i128::from(rate.ppm);
        let rounded = (2 * exact + whole * exact.signum()) / (2 * whole);
        Some(Self { minor: i64::try_from(rounded).ok()?, ..self })
    }

    /// That share of the amount, cut off after minor units: the rounding of credits.
    #[must_use]
    pub fn share_down(self, rate: Rate) -> Option<Self> {
        let exact = i128::from(self.minor) * i128::from(rate.ppm);
        Some(Self { minor: i64::try_from(exact / 1_000_000).ok()?, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits() as usize;
        let base = 10_u64.pow(self.currency.digits());
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, part) = (self.minor.unsigned_abs() / base, self.minor.unsigned_abs() % base);
        if digits == 0 {
            write!(f, "{sign}{whole} {}", self.currency.code())
        } else {
            write!(f, "{sign}{whole}.{part:0digits$} {}", self.currency.code())
        }
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let (number, code) = text.split_once(' ').ok_or(NotMoney::Form)?;
        let currency = Currency::parse(code).ok_or(NotMoney::Currency)?;
        let (sign, number) = number.strip_prefix('-').map_or((1, number), |rest| (-1, rest));
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let dotted = number.contains('.');
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(part) || dotted == part.is_empty() {
            return Err(NotMoney::Form);
        }
        let digits = currency.digits() as usize;
        if part.len() > digits {
            return Err(NotMoney::Digits);
        }
        let minor: i64 = format!("{whole}{part:0<digits$}").parse().map_err(|_| NotMoney::TooLarge)?;
        Ok(Self { minor: sign * minor, currency })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.minor, self.currency).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <(i64, Currency)>::deserialize(deserializer).map(|(minor, currency)| Self { minor, currency })
        }
    }
}

/// A rate in millionths: 8.875 % is 88,750.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// Millionths of the whole.
    pub ppm: u32,
}

impl Rate {
    /// 0 %.
    pub const ZERO: Self = Self { ppm: 0 };
    /// 100 %.
    pub const WHOLE: Self = Self { ppm: 1_000_000 };
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.ppm / 10_000, self.ppm % 10_000);
        if part == 0 {
            return write!(f, "{whole}%");
        }
        write!(f, "{whole}.{}%", format!("{part:04}").trim_end_matches('0'))
    }
}

/// The error of a text that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a rate from 0% to 100% with at most four decimals, as \"8.875%\"")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let number = text.strip_suffix('%').ok_or(NotARate)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let dotted = number.contains('.');
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 4 || dotted == part.is_empty() {
            return Err(NotARate);
        }
        if !plain(whole) || !plain(part) {
            return Err(NotARate);
        }
        let ppm = format!("{whole}{part:0<4}").parse().map_err(|_| NotARate)?;
        if ppm <= Self::WHOLE.ppm { Ok(Self { ppm }) } else { Err(NotARate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_reads_back_in_its_currency() {
        let table = [
            ("149.99 USD", Ok(14_999), "149.99 USD"),
            ("150 USD", Ok(15_000), "150.00 USD"),
            ("150.5 USD", Ok(15_050), "150.50 USD"),
            ("1500 JPY", Ok(1_500), "1500 JPY"),
            ("1.234 KWD", Ok(1_234), "1.234 KWD"),
            ("-3.10 EUR", Ok(-310), "-3.10 EUR"),
            ("1.234 USD", Err(NotMoney::Digits), ""),
            ("10 ABC", Err(NotMoney::Currency), ""),
            ("10 usd", Err(NotMoney::Currency), ""),
            ("10USD", Err(NotMoney::Form), ""),
            ("1e3 USD", Err(NotMoney::Form), ""),
            (".5 USD", Err(NotMoney::Form), ""),
            ("5. USD", Err(NotMoney::Form), ""),
            ("99999999999999999999 USD", Err(NotMoney::TooLarge), ""),
        ];
        for (text, minor, written) in table {
            let read = text.parse::<Money>();
            assert_eq!(read.map(|money| money.minor), minor, "{text}");
            if let Ok(money) = read {
                assert_eq!(money.to_string(), written);
            }
        }
    }

    #[test]
    fn a_rate_reads_back() {
        for rate in ["0%", "10%", "8.875%", "0.0001%", "99.5%", "100%"] {
            assert_eq!(rate.parse::<Rate>().unwrap().to_string(), rate);
        }
    }

    #[test]
    fn credits_round_down() {
        let table = [
            (3_120, "10%", 312),
            (3_129, "10%", 312),       // 312.9
            (9, "10%", 0),             // 0.9
            (14_999, "8.875%", 1_331), // 1331.16
            (199, "0.5%", 0),          // 0.995
            (200, "0.5%", 1),
            (14_999, "0%", 0),
            (10_000, "100%", 10_000),
            (i64::MAX, "100%", i64::MAX),
        ];
        let usd = Currency::parse("USD").unwrap();
        for (minor, rate, credit) in table {
            let money = Money { minor, currency: usd };
            assert_eq!(money.share_down(rate.parse().unwrap()).unwrap().minor, credit, "{minor} {rate}");
        }
        let larger = Money { minor: i64::MAX, currency: usd };
        assert_eq!(larger.share_down(Rate { ppm: 1_000_001 }), None);
    }

    #[test]
    fn taxes_round_half_up() {
        let table = [
            (14_999, "8.875%", 1_331), // 1331.16
            (100, "0.5%", 1),          // exactly a half
            (99, "0.5%", 0),           // 0.495
            (14_999, "0%", 0),
            (10_000, "100%", 10_000),
        ];
        let usd = Currency::parse("USD").unwrap();
        for (minor, rate, tax) in table {
            let money = Money { minor, currency: usd };
            assert_eq!(money.share_half_up(rate.parse().unwrap()).unwrap().minor, tax, "{minor} {rate}");
        }
        let included = [
            (5_990, "19%", 956), // 956.39
            (11_900, "19%", 1_900),
            (101, "1%", 1),
            (5_990, "0%", 0),
            (3, "100%", 2), // exactly a half
            (10_000, "100%", 5_000),
        ];
        for (minor, rate, tax) in included {
            let money = Money { minor, currency: usd };
            assert_eq!(money.included_half_up(rate.parse().unwrap()).unwrap().minor, tax, "{minor} {rate}");
        }
        for bad in ["8.875", "101%", "-1%", "1.23456%", "%", "1.%"] {
            assert_eq!(bad.parse::<Rate>(), Err(NotARate), "{bad}");
        }
    }
}
