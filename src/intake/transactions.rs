//! Card transactions, one JSON object per line.
//!
//! Transactions move money, so a line is accepted as a whole or not at all: a line with an unknown field is
//! refused, and so is a refund that names no purchase.

use std::borrow::Cow;
use std::io::{self, Read};

use compact_str::CompactString;
use serde::Deserialize;

use super::fault::Fault;
use super::field::{Field, Word};
use super::json::{parse, plain_text};
use super::lines::Lines;
use super::values::{id_text, instant};
use crate::domain::money::{Money, NotMoney};
use crate::domain::time::Timestamp;
use crate::domain::transaction::{MERCHANT_BYTES_MAX, Transaction, TransactionId, TransactionKind};
use crate::text::card_number::holds_card_number;

const TOKEN_BYTES_MAX: usize = 255;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    card: Word<'a>,
    merchant: Word<'a>,
    amount: Word<'a>,
    currency: Word<'a>,
    at: Word<'a>,
    kind: Word<'a>,
    refund_of: Word<'a>,
    arrived_at: Word<'a>,
}

/// A transaction as the feed delivered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The transaction.
    pub transaction: Transaction,
    /// Time of arrival at the shop, as a recording states it; live intake ignores it.
    pub arrived_at: Option<Timestamp>,
}

impl Arrived {
    /// Time of arrival at the shop: as the recording states it, otherwise the time of the transaction.
    #[must_use]
    pub fn arrival(&self) -> Timestamp {
        self.arrived_at.unwrap_or(self.transaction.at)
    }
}

/// Reads transactions and passes each to `each` as it is read. Passes a line that is not a transaction to
/// `bad` with its number from 1, and skips it. Returns the number of lines that are not blank.
///
/// # Errors
/// When the reader fails.
pub fn read_transactions(
    from: impl Read,
    mut each: impl FnMut(Arrived),
    mut bad: impl FnMut(u64, Fault),
) -> io::Result<u64> {
    let mut lines = Lines::new(from);
    let mut count = 0;
    while let Some((number, line)) = lines.next_line()? {
        count += 1;
        match line.and_then(decode_transaction) {
            Ok(arrived) => each(arrived),
            Err(fault) => bad(number, fault),
        }
    }
    Ok(count)
}

/// Decodes one transaction.
///
/// # Errors
/// When the line is not a transaction, or contains a card number.
pub fn decode_transaction(line: &[u8]) -> Result<Arrived, Fault> {
    let line: Line<'_> = parse(plain_text(line)?)?;
    let id = transaction_id("id", line.id)?;
    let card = name("card", line.card, "a token of 1 to 255 visible ASCII characters", TOKEN_BYTES_MAX)?;
    let merchant =
        name("merchant", line.merchant, "an id of 1 to 128 visible ASCII characters", MERCHANT_BYTES_MAX)?;
    let amount = amount(&line.amount.required("amount")?, line.currency.optional("currency")?.as_deref())?;
    let at = instant("at", &line.at.required("at")?)?;
    let kind = kind(&id, line.kind.optional("kind")?.as_deref(), line.refund_of)?;
    let arrived_at = line.arrived_at.optional("arrived_at")?;
    let arrived_at = arrived_at.map(|at| instant("arrived_at", &at)).transpose()?;
    Ok(Arrived { transaction: Transaction { id, card, merchant, amount, at, kind }, arrived_at })
}

/// Not searched for card numbers: feeds number their transactions, and every tenth number has a valid check
/// digit.
fn transaction_id(field: &'static str, id: Word<'_>) -> Result<TransactionId, Fault> {
    let expected = "an id of 1 to 128 visible ASCII characters";
    TransactionId::parse(&id_text(field, id)?).ok_or(Fault::BadValue { field, expected })
}

fn name(
    field: &'static str,
    value: Word<'_>,
    expected: &'static str,
    bytes_max: usize,
) -> Result<CompactString, Fault> {
    let value = value.required(field)?;
    if holds_card_number(&value) {
        Err(Fault::CardNumber { field })
    } else if (1..=bytes_max).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(CompactString::from(value))
    } else {
        Err(Fault::BadValue { field, expected })
    }
}

/// An amount that includes its currency, or a bare amount with the currency in its own field.
fn amount(text: &str, currency: Option<&str>) -> Result<Money, Fault> {
    let whole = match currency {
        Some(currency) if !text.contains(' ') => Cow::Owned(format!("{text} {currency}")),
        _ => Cow::Borrowed(text),
    };
    let bad = |expected| Fault::BadValue { field: "amount", expected };
    let money: Money = whole.parse().map_err(|fault| match fault {
        NotMoney::Form => bad("an amount as \"31.20 USD\""),
        NotMoney::Currency if currency.is_some() => unknown_currency(),
        NotMoney::Currency => bad("in a currency of ISO 4217"),
        NotMoney::Digits => bad("written with as many digits as its currency has"),
        NotMoney::TooLarge => bad("small enough to be counted"),
    })?;
    if currency.is_some_and(|currency| currency != money.currency.code()) {
        Err(Fault::BadValue { field: "currency", expected: "that of the amount" })
    } else if money.minor <= 0 {
        Err(bad("above zero"))
    } else {
        Ok(money)
    }
}

fn unknown_currency() -> Fault {
    Fault::BadValue { field: "currency", expected: "a currency of ISO 4217" }
}

fn kind(id: &TransactionId, kind: Option<&str>, refund_of: Word<'_>) -> Result<TransactionKind, Fault> {
    let field = "refund_of";
    match kind {
        None | Some("purchase") if refund_of.is_present() => {
            Err(Fault::BadValue { field, expected: "allowed in a purchase" })
        }
        None | Some("purchase") => Ok(TransactionKind::Purchase),
        Some("refund") => {
            let of = match refund_of {
                Field::Null => return Err(Fault::MissingField { field }),
                present => transaction_id(field, present)?,
            };
            let other = of != *id;
            let itself = Fault::BadValue { field, expected: "the id of another transaction" };
            if other { Ok(TransactionKind::Refund { of }) } else { Err(itself) }
        }
        Some(_) => Err(Fault::BadValue { field: "kind", expected: "one of purchase, refund" }),
    }
}
