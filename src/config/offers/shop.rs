//! The shop: the table `[shop]`.

use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::tz::TimeZoneDatabase;

use crate::domain::id::{Account, AuthorId, Network};
use crate::domain::listing::ShopFront;

use super::names;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;
use crate::text::nearest::nearest;

const ACCOUNTS: &str = "accounts = { x = \"9001\" }, the shop's own author ids";
const HANDLES: &str = "handles = { x = \"AmexSync\" }";
const LINK_URL: &str = "\"https://shop.example/link\"";
const TIME_ZONE: &str = "time_zone = \"America/New_York\"";

/// Upper bound on a handle, in bytes: the longest host name, and longer than any handle with a server.
const HANDLE_BYTES_MAX: usize = 253;

/// The content of the table `[shop]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The shop's name, for people.
    pub name: String,
    /// The shop's own accounts: it posts as them, and their posts never buy.
    pub accounts: BTreeMap<Network, AuthorId>,
    /// The shop's handles, without the `@`. A post that mentions one is addressed to the shop.
    pub handles: BTreeMap<Network, CompactString>,
    /// The IANA name of the time zone of times in replies and e-mails.
    pub time_zone: CompactString,
    /// The address of the page where accounts are linked to cards; replies to accounts without a link name it.
    pub link_url: Option<CompactString>,
}

impl Shop {
    /// The shop's accounts and handles, as intake needs them.
    #[must_use]
    pub fn front(&self) -> ShopFront {
        let own =
            |(network, author): (&Network, &AuthorId)| Account { network: *network, author: author.clone() };
        let mut handles: Vec<CompactString> = Vec::new();
        for handle in self.handles.values() {
            if !handles.iter().any(|known| known.eq_ignore_ascii_case(handle)) {
                handles.push(handle.clone());
            }
        }
        ShopFront { own: self.accounts.iter().map(own).collect(), handles }
    }
}

pub(super) fn read(keys: &Keys<'_>) -> Option<Shop> {
    let name = keys.need("name", "name = \"AmexSync\"").and_then(|field| names::title(&field));
    let accounts = keys.need("accounts", ACCOUNTS).and_then(|field| accounts(&field));
    let named = keys.get("handles").map_or_else(|| Some(BTreeMap::new()), |field| handles(&field));
    let time_zone =
        keys.get("time_zone").map_or(Some(CompactString::const_new("UTC")), |field| time_zone(&field));
    let link_url = match keys.get("link_url") {
        Some(field) => names::url(&field, LINK_URL).map(Some),
        None => Some(None),
    };
    keys.done();
    let (name, accounts) = (name?, accounts?);
    let handles = with_defaults(named?, &name, accounts.keys());
    Some(Shop { name, accounts, handles, time_zone: time_zone?, link_url: link_url? })
}

fn accounts(field: &Field<'_>) -> Option<BTreeMap<Network, AuthorId>> {
    let entries = field.table()?.each();
    if entries.is_empty() {
        return field.advise("`accounts` names none", format!("write {ACCOUNTS}"));
    }
    // All values are read before the first missing one returns, so that every fault is reported.
    let read: Vec<_> = entries.iter().map(|(network, author)| account(network, author)).collect();
    read.into_iter().collect()
}

fn account(name: &str, author: &Field<'_>) -> Option<(Network, AuthorId)> {
    let network = network(name, author)?;
    let text = author.text("\"9001\"")?;
    match AuthorId::parse_linked(network, text) {
        Ok(id) => Some((network, id)),
        Err(error) => author.fault(format!("{} is no author of {network}: {error}", quoted(text))),
    }
}

fn network(name: &str, of: &Field<'_>) -> Option<Network> {
    let known = Network::ALL.map(Network::name);
    let Ok(network) = name.parse::<Network>() else {
        let hint = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| format!("the networks are {}", known.join(", ")));
        return of.advise(format!("unknown network {}", quoted(name)), hint);
    };
    Some(network)
}

fn handles(field: &Field<'_>) -> Option<BTreeMap<Network, CompactString>> {
    let entries = field.table()?.each();
    let read: Vec<_> = entries.iter().map(|(network, name)| handle(network, name)).collect();
    read.into_iter().collect()
}

fn handle(name: &str, field: &Field<'_>) -> Option<(Network, CompactString)> {
    let network = network(name, field)?;
    let text = field.text("\"AmexSync\"")?;
    if let Some(bare) = text.strip_prefix('@') {
        let message = format!("{} is written with an `@`; handles are named without it", quoted(text));
        return field.advise(message, format!("write {}", quoted(bare)));
    }
    if !is_handle(text) {
        return field.advise(format!("{} is no handle", quoted(text)), format!("write {HANDLES}"));
    }
    Some((network, text.into()))
}

/// Adds a handle on each network without one: the shop's name without blanks, if that is a handle.
fn with_defaults<'a>(
    mut handles: BTreeMap<Network, CompactString>,
    name: &str,
    networks: impl Iterator<Item = &'a Network>,
) -> BTreeMap<Network, CompactString> {
    let plain: CompactString = name.split_whitespace().collect();
    for network in networks.filter(|_| is_handle(&plain)) {
        handles.entry(*network).or_insert_with(|| plain.clone());
    }
    handles
}

/// Whether the text is a handle: a name, with or without the server behind it.
fn is_handle(text: &str) -> bool {
    let is_name = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        !text.is_empty()
            && text.bytes().all(plain)
            && !text.starts_with(['.', '-'])
            && !text.ends_with(['.', '-'])
    };
    let (name, server) = text.split_once('@').map_or((text, None), |(name, server)| (name, Some(server)));
    text.len() <= HANDLE_BYTES_MAX && is_name(name) && server.is_none_or(is_name)
}

/// A time zone of the bundled database, so that a file is valid or not on every machine alike.
fn time_zone(field: &Field<'_>) -> Option<CompactString> {
    let text = field.text("\"America/New_York\"")?;
    match TimeZoneDatabase::bundled().get(text) {
        Ok(zone) => Some(zone.iana_name().unwrap_or(text).into()),
        Err(_) => field.advise(
            format!("`time_zone` is {}: no time zone of the IANA database", quoted(text)),
            format!("write {TIME_ZONE}"),
        ),
    }
}
