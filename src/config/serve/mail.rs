//! What belongs to letters that leave through a mail server: the table `[mail]`.

use std::path::{Path, PathBuf};

use super::paths::path;
use super::peers::Peers;
use super::smtp::SmtpUrl;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

/// Bytes of a selector: it is a label or several of a name.
const SELECTOR_BYTES_MAX: usize = 120;

/// The mail server, and what it takes to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRelay {
    /// Its address.
    pub url: SmtpUrl,
    /// What `[mail]` says.
    pub mail: Mail,
    /// Which peers may be called, and whom TLS trusts.
    pub peers: Peers,
}

/// The table `[mail]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// The file of the password; `None` means a credential of the service manager, or that of the address.
    pub password_file: Option<PathBuf>,
    /// The name under which the mail server's signature key is published (DKIM).
    pub dkim_selector: Option<String>,
    /// Where a reader asks for no more letters.
    pub unsubscribe: Option<String>,
}

impl Mail {
    /// Whether the table says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) fn read(keys: &Keys<'_>, base: &Path) -> Option<Mail> {
    let password_file = keys.get("password_file").map(|field| path(&field, base));
    let selector = keys.get("dkim_selector").map(|field| selector(&field));
    let unsubscribe = keys.get("unsubscribe").map(|field| unsubscribe(&field));
    keys.done();
    Some(Mail {
        password_file: password_file.map_or(Some(None), |read| read.map(Some))?,
        dkim_selector: selector.map_or(Some(None), |read| read.map(Some))?,
        unsubscribe: unsubscribe.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn selector(field: &Field<'_>) -> Option<String> {
    const EXAMPLE: &str = "dkim_selector = \"s1\"";
    let text = field.text(EXAMPLE)?;
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if (1..=SELECTOR_BYTES_MAX).contains(&text.len()) && text.bytes().all(in_name) {
        return Some(text.to_owned());
    }
    field.advise(
        format!("`dkim_selector` is {}: no part of a name", quoted(text)),
        format!("write {EXAMPLE}, as your mail server names it"),
    )
}

fn unsubscribe(field: &Field<'_>) -> Option<String> {
    const EXAMPLE: &str = "unsubscribe = \"unsubscribe@shop.example\"";
    let text = field.text(EXAMPLE)?;
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte))
    };
    match text.split_once('@') {
        Some((name, host)) if plain(name) && plain(host) => Some(text.to_owned()),
        _ => field.advise(
            format!("`unsubscribe` is {}: no e-mail address", quoted(text)),
            format!("write {EXAMPLE}"),
        ),
    }
}
