//! The shop's own accounts at the networks: each `[[network]]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::budget::Budget;
use super::origin::{NotAnOrigin, Origin};
use super::paths::path;
use super::reading::Reading;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::domain::id::{Account, Network};
use crate::text::file_fault::quoted;
use crate::text::network::Sends;

/// Upper bound on the networks.
const NETWORKS_MOST: usize = 32;

/// The length of a reference to what X wrote, in bytes.
const CONSENT_BYTES_LEAST: usize = 8;
const CONSENT_BYTES_MOST: usize = 500;

/// Upper bound on a network's name, in bytes.
const NAME_BYTES_MOST: usize = 32;

/// One account of the shop at a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAccount {
    /// The name that the shop gave it.
    pub name: String,
    /// The network.
    pub network: Network,
    /// The address of the server that requests go to, as `https://host`.
    pub host: String,
    /// The shop's account there.
    pub account: Account,
    /// Bluesky: the directory of authors' servers; `None` for the public one.
    pub directory: Option<String>,
    /// How the shop proves that the account is its own.
    pub credentials: Credentials,
    /// Upper bound on what reading and replying may cost.
    pub budget: Option<Budget>,
    /// What is read.
    pub read: Reading,
    /// Whether replies and announcements are posted there.
    pub reply: bool,
    /// Whether a reply may hold a link.
    pub links_in_replies: bool,
    /// Whether prompts and reminders that would be e-mails leave as direct messages, where the network allows.
    pub direct_messages: bool,
}

/// The files with the secrets of one account. Secrets never stand in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// X: the app that the shop's account owns. Its tokens come by `flashtag network connect`.
    App {
        /// The app's id.
        client_id: String,
        /// The file of the app's secret.
        client_secret_file: PathBuf,
        /// The file of the app-only token, which the filtered stream asks for.
        token_file: Option<PathBuf>,
    },
    /// Bluesky: an app password.
    AppPassword(PathBuf),
    /// Mastodon: an access token.
    Token(PathBuf),
}

impl NetworkAccount {
    /// Whether posts are read or posted there.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.reply || self.read != Reading::Off
    }

    /// Whether direct messages are sent from it.
    #[must_use]
    pub const fn sends_direct(&self) -> bool {
        self.reply && self.direct_messages
    }
}

impl Credentials {
    /// The files.
    #[must_use]
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::App { client_secret_file, token_file, .. } => {
                [Some(client_secret_file.as_path()), token_file.as_deref()].into_iter().flatten().collect()
            }
            Self::AppPassword(file) | Self::Token(file) => vec![file],
        }
    }
}

/// Reads every `[[network]]`.
pub(super) fn read(keys: &Keys<'_>, base: &Path) -> Option<Vec<NetworkAccount>> {
    let Some(field) = keys.get("network") else { return Some(Vec::new()) };
    let tables = field.list("[[network]]")?;
    if tables.len() > NETWORKS_MOST {
        return field.fault(format!("more than {NETWORKS_MOST} networks"));
    }
    let mut names = BTreeSet::new();
    // All are read before the first fault returns, so that every fault is reported.
    let read: Vec<Option<NetworkAccount>> =
        tables.iter().map(|table| account(&table.table()?, base, &mut names)).collect();
    let accounts: Vec<NetworkAccount> = read.into_iter().collect::<Option<_>>()?;
    let mut known = BTreeSet::new();
    match accounts.iter().find(|account| !known.insert((account.account.clone(), account.host.clone()))) {
        Some(twice) => field.fault(format!("the account {} is there twice", twice.account)),
        None => Some(accounts),
    }
}

/// Reads where X agreed in writing.
pub(super) fn consent(field: &Field<'_>) -> Option<String> {
    const EXAMPLE: &str = "x_consent = \"e-mail of X of 2026-10-01\"";
    let text = field.text(EXAMPLE)?.trim();
    let good = (CONSENT_BYTES_LEAST..=CONSENT_BYTES_MOST).contains(&text.len())
        && !text.contains(|sign: char| sign.is_control());
    if !good {
        let what = format!("`x_consent` is {}: not what X wrote, and when", quoted(text));
        return field.advise(what, format!("write {EXAMPLE}"));
    }
    Some(text.to_owned())
}

fn account(keys: &Keys<'_>, base: &Path, names: &mut BTreeSet<String>) -> Option<NetworkAccount> {
    let name = keys.need("name", "name = \"shop\"").and_then(|field| name(&field, names));
    let kind = keys.need("kind", "kind = \"bluesky\"");
    let network = kind.and_then(|field| field.parsed::<Network>("\"x\", \"bluesky\" or \"mastodon\""));
    let reply = keys.get("reply").map_or(Some(true), |field| field.boolean());
    let links = keys.get("links_in_replies").map(|field| field.boolean());
    let budget = keys.get("budget").map(|field| field.parsed::<Budget>("\"50 USD per day\""));
    // What else there may be depends on the network.
    let network = network?;
    let account = keys.need("account", example_account(network)).and_then(|field| own(&field, network));
    let host = host(keys, network);
    let directory = directory(keys, network);
    let read = match keys.get("read") {
        Some(field) => Reading::read(&field, network),
        None => Some(Reading::of(network)),
    };
    let credentials = credentials(keys, network, base);
    let direct = match network.facts().sends_direct {
        Sends::Always => keys.get("direct_messages").map_or(Some(true), |field| field.boolean()),
        Sends::IfWrittenTo | Sends::IfPrivileged => Some(false),
    };
    keys.done();
    Some(NetworkAccount {
        name: name?,
        network,
        host: host?,
        account: account?,
        directory: directory?,
        credentials: credentials?,
        budget: budget.map_or(Some(None), |read| read.map(Some))?,
        read: read?,
        reply: reply?,
        // Elsewhere a link costs nothing.
        links_in_replies: links.unwrap_or_else(|| Some(network != Network::X))?,
        direct_messages: direct?,
    })
}

fn name(field: &Field<'_>, names: &mut BTreeSet<String>) -> Option<String> {
    let text = field.text("\"shop\"")?;
    let good = (1..=NAME_BYTES_MOST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !good {
        let hint = format!("write at most {NAME_BYTES_MOST} small letters, digits and hyphens");
        return field.advise(format!("`name` is {}", quoted(text)), hint);
    }
    if !names.insert(text.to_owned()) {
        return field.fault(format!("two networks have the name {}", quoted(text)));
    }
    Some(text.to_owned())
}

const fn example_account(network: Network) -> &'static str {
    match network {
        Network::X => "account = \"9001\", the number of the shop's account",
        Network::Bluesky => "account = \"did:plc:...\", the shop's DID",
        Network::Mastodon => "account = \"https://mastodon.example/users/shop\", the account's `uri`",
    }
}

fn own(field: &Field<'_>, network: Network) -> Option<Account> {
    let text = field.text(example_account(network))?;
    match Account::parse_linked(network, text) {
        Ok(account) => Some(account),
        Err(error) => field.advise(
            format!("`account` is {}: {error}", quoted(text)),
            format!("write {}", example_account(network)),
        ),
    }
}

/// The server of a network's accounts, where all have one.
const fn usual_host(network: Network) -> Option<&'static str> {
    match network {
        Network::X => Some("https://api.x.com"),
        Network::Bluesky => Some("https://bsky.social"),
        Network::Mastodon => None,
    }
}

fn host(keys: &Keys<'_>, network: Network) -> Option<String> {
    const EXAMPLE: &str = "host = \"https://mastodon.example\"";
    let field = match usual_host(network) {
        Some(usual) => match keys.get("host") {
            Some(field) => field,
            None => return Some(usual.to_owned()),
        },
        None => keys.need("host", EXAMPLE)?,
    };
    let text = field.text(EXAMPLE)?;
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    match url.parse::<Origin>() {
        Ok(origin) => Some(origin.to_string()),
        Err(NotAnOrigin) => {
            field.advise(format!("`host` is {}: {NotAnOrigin}", quoted(text)), format!("write {EXAMPLE}"))
        }
    }
}

/// Only a test has a directory of its own.
fn directory(keys: &Keys<'_>, network: Network) -> Option<Option<String>> {
    if network != Network::Bluesky {
        return Some(None);
    }
    let Some(field) = keys.get("directory") else { return Some(None) };
    let origin = field.parsed::<Origin>("\"https://plc.directory\"")?;
    Some(Some(origin.to_string()))
}

fn credentials(keys: &Keys<'_>, network: Network, base: &Path) -> Option<Credentials> {
    let file = |key, example| keys.need(key, example).and_then(|field| path(&field, base));
    match network {
        Network::X => {
            let id = keys.need("client_id", "client_id = \"...\", from the shop's app");
            let id = id.and_then(|field| field.text("\"...\"").map(str::to_owned));
            let secret = file("client_secret_file", "client_secret_file = \"x-secret\"");
            let token = keys.get("token_file").map(|field| path(&field, base));
            Some(Credentials::App {
                client_id: id?,
                client_secret_file: secret?,
                token_file: token.map_or(Some(None), |read| read.map(Some))?,
            })
        }
        Network::Bluesky => file("app_password_file", "app_password_file = \"bluesky-password\"")
            .map(Credentials::AppPassword),
        Network::Mastodon => file("token_file", "token_file = \"mastodon-token\"").map(Credentials::Token),
    }
}
