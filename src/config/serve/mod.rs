//! The configuration of `serve`: paths, addresses, authorization, providers and bounds.
//!
//! Every key has a default, and an environment variable can set every key: `FLASHTAG__HTTP__LISTEN` sets
//! `listen` of `[http]`. Relative paths, in the file or in a variable, are relative to the directory of the
//! file; paths of providers and subscribers are relative to `data`.

use std::path::{Path, PathBuf};

use super::document::Document;
use super::keys::Keys;
use super::limits::{self, Limits};
use super::replies::{self, Ceilings};
use crate::domain::id::Network;
use crate::domain::time::Millis;
use crate::text::file_fault::{Fault, Faults};
use crate::text::network::{Capabilities, Deliveries};

use paths::path;

pub use budget::{Budget, NotABudget};
pub use http::{Auth, Http};
pub use mail::{Mail, MailRelay};
pub use mode::{Mode, NotAMode};
pub use networks::{Credentials, NetworkAccount};
pub use peers::{NotAPeer, Peer, Peers};
pub use providers::{Cards, Email, Orders, Providers, Replies};
pub use reading::{Reading, Transport};
pub use retain::Retain;
pub use smtp::{MailTls, SmtpUrl};
pub use stripe::{Sca, StripeAccount};
pub use subscribers::Subscribers;

mod budget;
mod http;
mod mail;
mod mode;
mod networks;
mod origin;
mod paths;
mod peers;
mod print;
mod print_networks;
mod providers;
mod reading;
mod retain;
mod smtp;
mod stripe;
mod subscribers;

/// Upper bound on the size of the configuration file, in bytes.
const FILE_BYTES_MAX: usize = 1 << 20;
const PARTITIONS_MAX: u64 = 256;
/// How long copies of the people's keys are kept in backups, if nothing else is configured.
pub const BACKUP_RETENTION: Millis = Millis::from_secs(35 * 86_400);

/// The configuration of `serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeConfig {
    /// Whether the shop sells for real.
    pub mode: Mode,
    /// The data directory: everything that the engine writes.
    pub data: PathBuf,
    /// How much history the data directory keeps.
    pub retain: Retain,
    /// The path of the offer file.
    pub offers: PathBuf,
    /// The path of a file with accounts to link at the start; `None` means none.
    pub accounts: Option<PathBuf>,
    /// The directory of the shop's own templates; `None` means the built-in ones.
    pub templates: Option<PathBuf>,
    /// The number of partitions, which share the campaigns.
    pub partitions: u16,
    /// What is known of other machines before they are called.
    pub peers: Peers,
    /// The file of the key that seals the shop's secrets; `None` means a credential or the data directory's own.
    pub secrets_key_file: Option<PathBuf>,
    /// The directory where backups of the data directory are kept; `None` means nowhere.
    pub backups: Option<PathBuf>,
    /// How long copies of the people's keys are kept in backups.
    pub backup_retention: Millis,
    /// How often a timer of the machine makes a backup; `None` means that nobody knows.
    pub backup_every: Option<Millis>,
    /// The address of the server and the authorization of requests.
    pub http: Http,
    /// The providers of payments, replies, e-mail and orders.
    pub providers: Providers,
    /// The shop's accounts at the networks.
    pub networks: Vec<NetworkAccount>,
    /// Where X agreed in writing to what it forbids others; `None` if it did not.
    pub x_consent: Option<String>,
    /// The subscribers.
    pub subscribers: Subscribers,
    /// The reply rate on each network.
    pub replies: Ceilings,
    /// The bounds of the engine.
    pub limits: Limits,
}

impl ServeConfig {
    /// What each network delivers to this shop. Texts ask for what all of its accounts at a network read; where it has none,
    /// posts come by HTTP, from a program that reads the network for the shop.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(|network| {
            let read = self.networks.iter().filter(|own| own.network == network && own.read != Reading::Off);
            let least = read.map(|own| own.read.delivers()).reduce(Capabilities::least);
            least.unwrap_or_else(|| network.facts().delivers)
        })
    }
}

impl ServeConfig {
    /// The networks where prompts and reminders may leave as direct messages.
    #[must_use]
    pub fn direct_messages(&self) -> Vec<Network> {
        let sends =
            |network: &Network| self.networks.iter().any(|own| own.network == *network && own.sends_direct());
        Network::ALL.into_iter().filter(sends).collect()
    }
}

/// Reads a configuration file, overridden by `variables`: those of the environment, of which only the names
/// that begin with `FLASHTAG__` are used.
///
/// # Errors
/// Returns every fault of the file and of the variables, or that the file cannot be read.
pub fn read_serve(
    path: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<ServeConfig, Faults> {
    let name = path.display().to_string();
    let unread = |error| Fault::of_file(&name, format!("cannot be read: {error}"));
    let absolute = std::path::absolute(path).map_err(unread)?;
    let Some(text) = super::text_of(&absolute, &name, FILE_BYTES_MAX)? else {
        return Err(Fault::of_file(&name, "is larger than 1 MiB").into());
    };
    let base = absolute.parent().unwrap_or_else(|| Path::new("/"));
    parse_serve(&text, &name, base, variables)
}

/// Reads the text of a configuration file in the directory `base`.
///
/// # Errors
/// Returns every fault of the text and of the variables.
pub fn parse_serve(
    text: &str,
    file_name: &str,
    base: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<ServeConfig, Faults> {
    let document = Document::new(text, file_name, variables)?;
    let content = {
        let tree = document.tree();
        config(&Keys::top(&document, tree.get_ref()), base)
    };
    document.judged(content)
}

fn config(keys: &Keys<'_>, base: &Path) -> Option<ServeConfig> {
    let mode_field = keys.get("mode");
    let mode = mode_field.as_ref().map_or_else(|| Some(Mode::default()), |field| field.parsed("\"test\""));
    let data = keys.get("data").map_or_else(|| Some(base.join("data")), |field| path(&field, base));
    let offers =
        keys.get("offers").map_or_else(|| Some(base.join("offers.toml")), |field| path(&field, base));
    let retain =
        keys.get("retain").map_or_else(|| Some(Retain::default()), |field| field.parsed("\"2 snapshots\""));
    let optional = |key| match keys.get(key) {
        Some(field) => path(&field, base).map(Some),
        None => Some(None),
    };
    let (accounts, templates) = (optional("accounts"), optional("templates"));
    let secrets_key_file = optional("secrets_key_file");
    let (backups, backup_retention) = (optional("backups"), retention(keys));
    let backup_every = every(keys);
    let partitions = keys.get("partitions").map_or(Some(1), |field| field.number(1..=PARTITIONS_MAX));
    // What only one mode has cannot be judged without it.
    let peers = peers::read(keys, base, mode.unwrap_or_default());
    let http = http::read(&keys.section("http"), base, data.as_deref().unwrap_or(base));
    let links = http.as_ref().is_none_or(|http| http.public_url.is_some());
    let stripe = stripe::read(&keys.section("stripe"), base, mode.unwrap_or_default(), links);
    let mail_keys = keys.section("mail");
    let mail = mail::read(&mail_keys, base);
    let known = providers::Known {
        data: data.as_deref().unwrap_or(base),
        mode: mode.unwrap_or_default(),
        mail: mail.clone(),
        peers: peers.as_ref(),
        stripe: stripe.as_ref(),
    };
    let providers = providers::read(&keys.section("providers"), known);
    if let (Some(Providers { email: Email::Maildir(_), .. }), Some(mail)) = (&providers, &mail)
        && !mail.is_empty()
    {
        let hint = "write email = \"smtp://user@host:port\" in [providers], or remove [mail]";
        mail_keys.fault(
            "[mail] is of letters that leave by a mail server, and they go to a directory".into(),
            Some(hint.into()),
        );
    }
    let subscribers =
        subscribers::read(&keys.section("subscribers"), data.as_deref().unwrap_or(base), providers.as_ref());
    let networks = networks::read(keys, base);
    let x_consent = keys.get("x_consent").map(|field| networks::consent(&field));
    let replies = replies::read(&keys.section("replies"));
    let limits = limits::read(&keys.section("limits"));
    keys.done();
    let (mode, providers, _) = (mode?, providers?, stripe?);
    if let (Some(field), Mode::Live, Cards::Sandbox(_)) = (&mode_field, mode, &providers.cards) {
        return field.advise(
            "`mode` is \"live\", and the card sandbox only pretends to take money",
            "write mode = \"test\", which sells on the networks as well, or cards = \"stripe\" in [providers]",
        );
    }
    Some(ServeConfig {
        mode,
        data: data?,
        retain: retain?,
        offers: offers?,
        accounts: accounts?,
        templates: templates?,
        partitions: u16::try_from(partitions?).ok()?,
        peers: peers?,
        secrets_key_file: secrets_key_file?,
        backups: backups?,
        backup_retention: backup_retention?,
        backup_every: backup_every?,
        http: http?,
        providers,
        networks: networks?,
        x_consent: x_consent.map_or(Some(None), |read| read.map(Some))?,
        subscribers: subscribers?,
        replies: replies?,
        limits: limits?,
    })
}

/// How often backups are made.
fn every(keys: &Keys<'_>) -> Option<Option<Millis>> {
    let Some(field) = keys.get("backup_every") else { return Some(None) };
    let length = field.length("\"1d\"")?;
    if length == Millis::ZERO {
        return field.advise("`backup_every` is no time at all", "write a length of time, as \"1d\"");
    }
    Some(Some(length))
}

/// How long copies of keys are kept: not at all would make every backup one without its people.
fn retention(keys: &Keys<'_>) -> Option<Millis> {
    let Some(field) = keys.get("backup_retention") else { return Some(BACKUP_RETENTION) };
    let length = field.length("\"35d\"")?;
    if length == Millis::ZERO {
        return field.advise("`backup_retention` is no time at all", "write a length of time, as \"35d\"");
    }
    Some(length)
}
