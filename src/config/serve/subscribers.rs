//! The configuration of the subscribers.

use std::path::{Path, PathBuf};

use super::paths::path;
use super::providers::{Orders, Providers, Replies};
use crate::config::field::Field;
use crate::config::keys::Keys;

/// The subscribers that run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscribers {
    /// The file of the history; `None` means none.
    pub history: Option<PathBuf>,
}

/// Reads the table `[subscribers]`. `providers` may have their own files.
pub(super) fn read(keys: &Keys<'_>, data: &Path, providers: Option<&Providers>) -> Option<Subscribers> {
    let history = match keys.get("history") {
        Some(field) => history(&field, data, providers).map(Some),
        None => Some(None),
    };
    keys.done();
    Some(Subscribers { history: history? })
}

/// Two writers would damage the file.
fn history(field: &Field<'_>, data: &Path, providers: Option<&Providers>) -> Option<PathBuf> {
    let history = path(field, data)?;
    let is_taken = providers.is_some_and(|Providers { replies, orders, .. }| {
        let Orders::File(orders) = orders;
        *orders == history || matches!(replies, Replies::File(replies) if *replies == history)
    });
    if is_taken {
        return field.advise("`history` is the file of a provider", "name a file that nothing else writes");
    }
    Some(history)
}
