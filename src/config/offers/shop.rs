//! Who sells: the table `[shop]`.

use std::collections::BTreeMap;

use jiff::tz::TimeZoneDatabase;

use crate::domain::id::{AuthorId, Network};

use super::{Shop, names};
use crate::config::document::Keys;
use crate::config::fault::quoted;
use crate::config::field::Field;
use crate::config::nearest::nearest;

const ACCOUNTS: &str = "accounts = { x = \"9001\" }, the shop's own author ids";

pub(super) fn read(keys: &Keys<'_>) -> Option<Shop> {
    let name = keys.need("name", "name = \"AmexSync\"").and_then(|field| names::title(&field));
    let accounts = keys.need("accounts", ACCOUNTS).and_then(|field| accounts(&field));
    let time_zone = keys.get("time_zone").map_or_else(|| Some("UTC".to_owned()), |field| zone(&field));
    keys.done();
    Some(Shop { name: name?, time_zone: time_zone?, accounts: accounts? })
}

/// A zone of the database that is built in: the same on every machine.
fn zone(field: &Field<'_>) -> Option<String> {
    const EXAMPLE: &str = "\"America/New_York\"";
    let text = field.text(EXAMPLE)?;
    let found = TimeZoneDatabase::bundled().get(text).is_ok_and(|zone| !zone.is_unknown());
    if !found {
        let message = format!("`{}` is {}: not a time zone", field.name, quoted(text));
        return field.advise(message, format!("write its IANA name, as {EXAMPLE}"));
    }
    Some(text.to_owned())
}

fn accounts(field: &Field<'_>) -> Option<BTreeMap<Network, AuthorId>> {
    let entries = field.table()?.each();
    if entries.is_empty() {
        return field.advise("`accounts` names none", format!("write {ACCOUNTS}"));
    }
    // All are read before any is missed, so that each one's fault is named.
    let read: Vec<_> = entries.iter().map(|(network, author)| account(network, author)).collect();
    read.into_iter().collect()
}

fn account(name: &str, author: &Field<'_>) -> Option<(Network, AuthorId)> {
    let known = Network::ALL.map(Network::name);
    let Ok(network) = name.parse::<Network>() else {
        let hint = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| format!("the networks are {}", known.join(", ")));
        return author.advise(format!("unknown network {}", quoted(name)), hint);
    };
    let text = author.text("\"9001\"")?;
    match AuthorId::parse(network, text) {
        Ok(id) => Some((network, id)),
        Err(error) => author.fault(format!("{} is no author of {network}: {error}", quoted(text))),
    }
}
