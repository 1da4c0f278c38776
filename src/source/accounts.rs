//! Linked accounts, one JSON object a line.

use std::io::Read;

use compact_str::CompactString;
use serde::Deserialize;

use super::fault::Fault;
use super::lines::Lines;
use crate::domain::id::{Account, Network};
use crate::domain::link::{Card, Funding, Link, holds_card_number};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    network: CompactString,
    author_id: CompactString,
    card: CardLine,
    email: CompactString,
    region: CompactString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardLine {
    token: CompactString,
    brand: CompactString,
    funding: Funding,
    last4: CompactString,
}

/// Why an accounts file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line is no link.
    #[error("line {line}: {fault}; nothing was linked")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The reader failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Decodes one link.
///
/// # Errors
/// When the line is no link, or would bring a card number in.
pub fn decode_link(line: &[u8]) -> Result<Link, Fault> {
    let text = std::str::from_utf8(line).map_err(|_| Fault::BadEncoding)?;
    let line: Line = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let network: Network = line.network.parse().map_err(|fault| Fault::BadId { field: "network", fault })?;
    let account = Account::parse(network, &line.author_id)
        .map_err(|fault| Fault::BadId { field: "author_id", fault })?;
    let card = check_card(line.card)?;
    let bad = |field, why| Err(Fault::BadLink { field, why });
    if !is_address(&line.email) {
        return bad("email", "not an address as ana@example.com");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(2..=16).contains(&line.region.len()) || !line.region.bytes().all(plain) {
        return bad("region", "not a region as US-NY");
    }
    Ok(Link { account, card, email: line.email, region: line.region })
}

fn check_card(card: CardLine) -> Result<Card, Fault> {
    let bad = |field, why| Err(Fault::BadLink { field, why });
    let fields = [("card.token", &card.token), ("card.brand", &card.brand), ("card.last4", &card.last4)];
    for (field, value) in fields {
        if holds_card_number(value) {
            return bad(field, "holds a card number; only tokens may come here");
        }
    }
    let visible = |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if !visible(&card.token) {
        return bad("card.token", "not a token of 1 to 255 visible ASCII characters");
    }
    if !(1..=32).contains(&card.brand.len()) || !card.brand.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return bad("card.brand", "not a brand as amex");
    }
    if card.last4.len() != 4 || !card.last4.bytes().all(|b| b.is_ascii_digit()) {
        return bad("card.last4", "not four digits");
    }
    let brand = card.brand.to_ascii_lowercase().into();
    Ok(Card { token: card.token, brand, funding: card.funding, last4: card.last4 })
}

/// Whether a text can be an address, and nothing in it can end a header line or begin another.
fn is_address(text: &str) -> bool {
    let forbidden = |ch: char| ch.is_whitespace() || ch.is_control() || "<>,;:\"()[]\\".contains(ch);
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels = domain.split('.').all(|label| !label.is_empty());
    !local.is_empty() && labels && !domain.contains('@') && !text.contains(forbidden) && text.len() <= 254
}

/// Reads an accounts file and hands over each link. Nothing is handed over before the whole file
/// was understood as far as it was read: stop at the first error.
///
/// # Errors
/// With the number of the first line that is no link.
pub fn read_accounts(from: impl Read, mut each: impl FnMut(Link)) -> Result<u64, Error> {
    let mut lines = Lines::new(from);
    let mut links = 0;
    while let Some((number, line)) = lines.next_line()? {
        let link = line.and_then(decode_link).map_err(|fault| Error::Line { line: number, fault })?;
        each(link);
        links += 1;
    }
    Ok(links)
}
