//! Linked accounts, one JSON object per line.
//!
//! A link is used later without further checks: its token goes to the card provider, its address into the
//! header lines of mails. So it is validated here, and an unknown field is refused: it may be misspelled, or
//! must not be stored.

use std::borrow::Cow;
use std::io::{self, Read};

use compact_str::CompactString;
use serde::Deserialize;

use super::fault::Fault;
use super::field::{Field, Object, Part, Word};
use super::json::{parse, plain_text};
use super::lines::Lines;
use crate::domain::id::{Account, Authors, Network};
use crate::domain::link::{Card, Funding, Link, LinkedAccount};
use crate::text::card_number::holds_card_number;
use crate::text::email::plain_address;

const TOKEN_BYTES_MAX: usize = 255;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    network: Word<'a>,
    author_id: Word<'a>,
    card: Part<CardLine<'a>>,
    email: Word<'a>,
    region: Word<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct CardLine<'a> {
    #[serde(borrow)]
    token: Word<'a>,
    brand: Word<'a>,
    funding: Word<'a>,
    last4: Word<'a>,
}

/// Why reading an accounts file stopped.
#[derive(Debug, thiserror::Error)]
pub enum LineFault {
    /// A line is not a link.
    #[error("line {line}: {fault}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// The fault of the line.
        fault: Fault,
    },
    /// Two lines link one account: nobody can know which is meant.
    #[error("line {line}: {account} is linked twice, here and before")]
    Twice {
        /// The number of the later line, from 1.
        line: u64,
        /// The account.
        account: Account,
    },
    /// The reader failed.
    #[error("cannot be read on after line {line}: {error}")]
    Reader {
        /// The last line that was read.
        line: u64,
        /// The reader's error.
        error: io::Error,
    },
}

/// Reads linked accounts and passes each to `each` as it is read; `each` returns the link that the account had
/// before. Stops at the first line that is not a link, or links an account again. The lines before it were
/// already passed on; a caller that wants all or nothing discards them.
///
/// # Errors
/// When a line is not a link or links an account again, with its number, or the reader fails.
pub fn read_accounts(
    from: impl Read,
    authors: Authors,
    mut each: impl FnMut(LinkedAccount) -> Option<Link>,
) -> Result<u64, LineFault> {
    let mut lines = Lines::new(from);
    let (mut links, mut last) = (0, 0);
    while let Some((line, read)) =
        lines.next_line().map_err(|error| LineFault::Reader { line: last, error })?
    {
        let linked = read
            .and_then(|read| decode_link(read, authors))
            .map_err(|fault| LineFault::Line { line, fault })?;
        let account = linked.account.clone();
        if each(linked).is_some() {
            return Err(LineFault::Twice { line, account });
        }
        links += 1;
        last = line;
    }
    Ok(links)
}

/// Reads linked accounts, and goes on after a line that is not a link. Passes each line's number with its account or
/// its fault to `each`.
///
/// # Errors
/// When the reader fails.
pub fn survey_accounts(
    from: impl Read,
    authors: Authors,
    mut each: impl FnMut(u64, Result<LinkedAccount, Fault>),
) -> Result<(), LineFault> {
    let mut lines = Lines::new(from);
    let mut last = 0;
    while let Some((line, read)) =
        lines.next_line().map_err(|error| LineFault::Reader { line: last, error })?
    {
        each(line, read.and_then(|read| decode_link(read, authors)));
        last = line;
    }
    Ok(())
}

/// Decodes one link of one of `authors`.
///
/// # Errors
/// When the line is not a link, or contains a card number.
pub fn decode_link(line: &[u8], authors: Authors) -> Result<LinkedAccount, Fault> {
    let line: Line<'_> = parse(plain_text(line)?)?;
    let network = network(&line.network.required("network")?)?;
    // Not searched for card numbers: X's ids are as long, and every tenth has a valid check digit.
    let author = match line.author_id {
        Field::Null | Field::Other => return Err(Fault::IdNotText { field: "author_id" }),
        author => author.required("author_id")?,
    };
    let account = authors
        .linked_account(network, &author)
        .map_err(|fault| Fault::BadId { field: "author_id", fault })?;
    let Object(card) = line.card.required("card")?;
    let email = word("email", line.email)?;
    let email = plain_address(&email).ok_or(Fault::BadAddress { field: "email" })?;
    let region = region(&word("region", line.region)?)?;
    Ok(LinkedAccount { account, link: Link::new(&check_card(card)?, &email, &region) })
}

/// A region in the form in which rates of tax name theirs: in capitals, as `US-NY`.
///
/// # Errors
/// When the text is no region.
pub fn region(written: &str) -> Result<String, Fault> {
    let region = written.trim().to_ascii_uppercase();
    let good = (2..=16).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let expected = "2 to 16 letters, digits and dashes as US-NY";
    if good { Ok(region) } else { Err(Fault::BadValue { field: "region", expected }) }
}

fn network(name: &str) -> Result<Network, Fault> {
    name.parse().map_err(|_| Fault::BadValue { field: "network", expected: "one of x, bluesky, mastodon" })
}

fn check_card(card: CardLine<'_>) -> Result<Card, Fault> {
    let token = checked("card.token", card.token, "a token of 1 to 255 visible ASCII characters", |text| {
        (1..=TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    })?;
    let mut brand = checked("card.brand", card.brand, "a brand as amex", |text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        (1..=32).contains(&text.len()) && text.bytes().all(plain)
    })?;
    brand.make_ascii_lowercase();
    let last4 = checked("card.last4", card.last4, "the last four digits", |text| {
        text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
    })?;
    Ok(Card { token, brand, funding: funding(&word("card.funding", card.funding)?)?, last4 })
}

fn funding(name: &str) -> Result<Funding, Fault> {
    match name {
        "credit" => Ok(Funding::Credit),
        "debit" => Ok(Funding::Debit),
        "charge" => Ok(Funding::Charge),
        "prepaid" => Ok(Funding::Prepaid),
        "corporate" => Ok(Funding::Corporate),
        _ => {
            let expected = "one of credit, debit, charge, prepaid, corporate";
            Err(Fault::BadValue { field: "card.funding", expected })
        }
    }
}

fn checked(
    field: &'static str,
    value: Word<'_>,
    expected: &'static str,
    good: impl Fn(&str) -> bool,
) -> Result<CompactString, Fault> {
    let value = word(field, value)?;
    if good(&value) { Ok(CompactString::from(value)) } else { Err(Fault::BadValue { field, expected }) }
}

/// The value of a field, checked not to hold a card number.
fn word<'a>(field: &'static str, value: Word<'a>) -> Result<Cow<'a, str>, Fault> {
    let value = value.required(field)?;
    if holds_card_number(&value) { Err(Fault::CardNumber { field }) } else { Ok(value) }
}
