//! The shop's account at Stripe: the table `[stripe]`, which is read where `cards` is `"stripe"`.

use std::path::{Path, PathBuf};

use super::mode::Mode;
use super::paths::path;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::domain::time::Millis;
use crate::text::file_fault::quoted;

/// How long a payment waits for its buyer, if nothing else is configured, and at most: the unit is kept from others so long.
pub(super) const SCA_WITHIN: Millis = Millis::from_secs(600);
/// The least time in which a buyer can read a letter at all.
const SCA_WITHIN_LEAST: Millis = Millis::from_secs(1);

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
    /// What becomes of a payment where the bank asks for the buyer.
    pub sca: Sca,
    /// How long such a payment waits for its buyer after its record, where it does.
    pub sca_within: Millis,
}

/// What becomes of a payment where the bank asks for the buyer (strong customer authentication).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sca {
    /// It is declined.
    #[default]
    Declined,
    /// It waits until the buyer opens the link of a letter and authenticates it.
    Link,
}

impl Sca {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Link => "link",
        }
    }
}

/// Reads the table. Its keys are judged also where another processor takes the payments, so that a shop can prepare it.
/// `links` is whether letters can have links.
pub(super) fn read(keys: &Keys<'_>, base: &Path, mode: Mode, links: bool) -> Option<StripeAccount> {
    let key_file = keys.get("key_file").map(|field| path(&field, base));
    let webhook_secret_file = keys.get("webhook_secret_file").map(|field| path(&field, base));
    let api_base = keys.get("api_base").map(|field| api_base(&field, mode));
    let sca = keys.get("sca").map_or_else(|| Some(Sca::default()), |field| sca(&field, links));
    let sca_within = keys.get("sca_within").map_or(Some(SCA_WITHIN), |field| sca_within(&field));
    keys.done();
    Some(StripeAccount {
        key_file: key_file.map_or(Some(None), |read| read.map(Some))?,
        webhook_secret_file: webhook_secret_file.map_or(Some(None), |read| read.map(Some))?,
        api_base: api_base.map_or(Some(None), |read| read.map(Some))?,
        sca: sca?,
        sca_within: sca_within?,
    })
}

fn sca(field: &Field<'_>, links: bool) -> Option<Sca> {
    const EXAMPLE: &str = "sca = \"declined\" or sca = \"link\"";
    match field.text("\"declined\" or \"link\"")? {
        "declined" => Some(Sca::Declined),
        "link" if links => Some(Sca::Link),
        "link" => field.advise(
            "`sca` is \"link\", and letters have no links",
            "write public_url = \"https://shop.example\" into [http], the address at which buyers reach the engine",
        ),
        text => field.advise(format!("`sca` is {}", quoted(text)), format!("write {EXAMPLE}")),
    }
}

fn sca_within(field: &Field<'_>) -> Option<Millis> {
    const EXAMPLE: &str = "\"10m\"";
    let within = field.length(EXAMPLE)?;
    if (SCA_WITHIN_LEAST..=SCA_WITHIN).contains(&within) {
        return Some(within);
    }
    field.advise(
        format!("`sca_within` is {within}"),
        format!("write a length of time from {SCA_WITHIN_LEAST} to {SCA_WITHIN}, as {EXAMPLE}"),
    )
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
