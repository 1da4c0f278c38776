//! The shop's account at Stripe: the table `[stripe]`, which is read where `cards` is `"stripe"`.

use std::path::{Path, PathBuf};

use super::mode::Mode;
use super::paths::path;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

/// The shop's account at Stripe. The key itself never stands in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeAccount {
    /// The file of the restricted key; `None` means the credential `flashtag-stripe-key` of the service manager.
    pub key_file: Option<PathBuf>,
    /// The file of the secrets of the endpoint for webhooks; `None` means the credential
    /// `flashtag-stripe-webhook-secret`, and without that there is no endpoint.
    pub webhook_secret_file: Option<PathBuf>,
    /// Where the API is, if it is not Stripe's own; only in mode `test`.
    pub api_base: Option<String>,
}

/// Reads the table. Its keys are judged also where another processor takes the payments, so that a shop can prepare it.
pub(super) fn read(keys: &Keys<'_>, base: &Path, mode: Mode) -> Option<StripeAccount> {
    let key_file = keys.get("key_file").map(|field| path(&field, base));
    let webhook_secret_file = keys.get("webhook_secret_file").map(|field| path(&field, base));
    let api_base = keys.get("api_base").map(|field| api_base(&field, mode));
    keys.done();
    Some(StripeAccount {
        key_file: key_file.map_or(Some(None), |read| read.map(Some))?,
        webhook_secret_file: webhook_secret_file.map_or(Some(None), |read| read.map(Some))?,
        api_base: api_base.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn api_base(field: &Field<'_>, mode: Mode) -> Option<String> {
    const EXAMPLE: &str = "api_base = \"http://127.0.0.1:8430/worlds/shop\"";
    let text = field.text(EXAMPLE)?;
    if mode == Mode::Live {
        let what = "`api_base` would send real payments elsewhere, and `mode` is \"live\"";
        return field.advise(what, "leave it out: payments go to Stripe");
    }
    let url = url::Url::parse(text).ok().filter(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        plain && bare && matches!(url.scheme(), "http" | "https") && url.host_str().is_some()
    });
    match url {
        Some(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
        None => field.advise(
            format!("`api_base` is {}: no address of an API", quoted(text)),
            format!("write {EXAMPLE}"),
        ),
    }
}
