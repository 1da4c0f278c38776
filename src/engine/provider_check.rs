//! Signs in at every provider that a configuration names, and says what is there and what is missing.
//!
//! It uses the data directory as a start does, under its lock: what a network returns once only, such as a rotated refresh
//! token, is durable before its first use, and the next start finds it. Nothing is sent, posted or ordered.

use std::path::{Path, PathBuf};

use compact_str::{ToCompactString, format_compact};
use rustix::fs::{Access, access};
use serde::Serialize;

use super::card_processor::CardProcessor;
use super::error::Error;
use super::mail::{domain_of, relay_of};
use super::networks::{NetworksError, entry_of, shared_of};
use super::ops::Ops;
use crate::clock::Clock;
use crate::config::serve::{Cards, Email, MailRelay, Mode, NetworkAccount, Orders, Replies, ServeConfig};
use crate::control::mode_file::ModeFile;
use crate::journal::DataLock;
use crate::net::dns::Texts;
use crate::networks::{Note, NoteKind, Shared, probe};
use crate::ops::{KeyPlace, NetworkState};
use crate::outbox::provider::smtp::published::SenderDomain;
use crate::outbox::provider::smtp::relay::Welcome;

/// What is found of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderNotes {
    /// The provider, as the configuration calls it.
    pub provider: String,
    /// What it has, and what it lacks.
    pub notes: Vec<Note>,
}

impl ProviderNotes {
    /// Whether there is something of this kind.
    #[must_use]
    pub fn has(&self, kind: NoteKind) -> bool {
        self.notes.iter().any(|note| note.kind == kind)
    }
}

/// Signs in everywhere. It waits for the networks and for the mail server.
///
/// # Errors
/// When the data directory cannot be used, as while a service runs there.
pub fn check_providers(config: &ServeConfig) -> Result<Vec<ProviderNotes>, Error> {
    let _lock = DataLock::acquire(&config.data)?;
    ModeFile::of(&config.data).check(config.mode)?;
    let key = KeyPlace::of_process(config.secrets_key_file.as_deref(), &config.data);
    let Ops { database, secrets, .. } = Ops::open(&config.data, &key)?;
    let shared = shared_of(config, (database, secrets), Clock::start())?;
    let mut found: Vec<ProviderNotes> =
        config.networks.iter().map(|account| of_network(account, &shared)).collect();
    found.extend(of_others(config));
    Ok(found)
}

fn of_network(account: &NetworkAccount, shared: &Shared) -> ProviderNotes {
    let notes = match entry_of(account, shared) {
        Ok(entry) => {
            let mut notes = probe(&entry, account);
            notes.extend(wanted(entry.account.wanted(), &account.name));
            notes
        }
        Err(NetworksError::Account(fault)) => vec![Note::missing(fault.to_compact_string())],
        Err(fault) => vec![Note::missing(fault.to_compact_string())],
    };
    ProviderNotes { provider: format!("{} ({})", account.name, account.network.facts().title), notes }
}

/// What an operator wanted last.
fn wanted(state: NetworkState, name: &str) -> Option<Note> {
    match state {
        NetworkState::Connected => None,
        NetworkState::Paused => Some(Note::advice(format_compact!(
            "an operator paused it; `flashtag network resume {name}` while the service runs"
        ))),
        NetworkState::Disconnected => Some(Note::missing(format_compact!(
            "an operator disconnected it; `flashtag network connect {name}` while the service runs"
        ))),
    }
}

/// Payments, replies where the shop has no account, letters, and orders.
fn of_others(config: &ServeConfig) -> Vec<ProviderNotes> {
    let providers = &config.providers;
    let cards = match &providers.cards {
        Cards::Sandbox(script) => [Note::good("the card sandbox, which only pretends to take money")]
            .into_iter()
            .chain(script.as_deref().map(file))
            .collect(),
        Cards::Stripe(_) => stripe(config),
    };
    let replies = match &providers.replies {
        Replies::Console => Note::good("the standard output"),
        Replies::File(path) => file(path),
    };
    let email = match &providers.email {
        Email::Maildir(path) => vec![file(path)],
        Email::Smtp(relay) => of_mail(relay, config),
    };
    let Orders::File(orders) = &providers.orders;
    let named =
        [("cards", cards), ("replies", vec![replies]), ("email", email), ("orders", vec![file(orders)])];
    named.map(|(provider, notes)| ProviderNotes { provider: provider.to_owned(), notes }).into()
}

/// The mail server, and what the domain of the letters publishes.
fn of_mail(relay: &MailRelay, config: &ServeConfig) -> Vec<Note> {
    let domain = domain_of(&config.providers.email_from);
    let url = &relay.url;
    let greeted = relay_of(relay, config.mode, domain, Clock::start())
        .map_err(|fault| fault.to_string())
        .and_then(|relay| relay.greet().map_err(|end| end.to_string()));
    let server = match greeted {
        Ok(Welcome { tls, mechanism }) => Note::good(format_compact!(
            "{url} lets the shop in, {}, {}",
            tls.map_or_else(|| "without TLS".to_owned(), |version| format!("by {version}")),
            mechanism.map_or_else(
                || "without a sign-in".to_owned(),
                |way| format!("signed in by AUTH {}", way.name())
            ),
        )),
        Err(why) => Note::missing(format_compact!("{url} does not let the shop in: {why}")),
    };
    let selector = relay.mail.dkim_selector.as_deref();
    let published = SenderDomain { name: domain, selector, is_live: config.mode == Mode::Live };
    let texts = Texts::of_system();
    let notes = published.judge(&|name| texts.of(name).map_err(|fault| fault.to_string()));
    std::iter::once(server).chain(notes).collect()
}

/// Stripe: whether it accepts the key, what the key may do, and what Stripe does not do.
fn stripe(config: &ServeConfig) -> Vec<Note> {
    let mut notes = match CardProcessor::of_shop(config) {
        Ok(Some(stripe)) => stripe.probe(),
        Ok(None) => Vec::new(),
        Err(fault) => vec![Note::missing(fault.to_compact_string())],
    };
    notes.push(Note::advice(match config.mode {
        Mode::Test => "Stripe has no statement credits; in mode \"test\" the card sandbox pretends them",
        Mode::Live => "Stripe has no statement credits, so offers of kind \"credit\" cannot be sold",
    }));
    notes
}

/// Whether a file or a directory can be written, or made; it is not made here.
fn file(path: &Path) -> Note {
    let existing: Option<PathBuf> = path.ancestors().find(|place| place.exists()).map(Path::to_owned);
    let shown = path.display();
    match existing.map(|place| access(&place, Access::WRITE_OK)) {
        Some(Ok(())) => Note::good(format_compact!("{shown} can be written")),
        Some(Err(error)) => Note::missing(format_compact!("{shown} cannot be written: {error}")),
        None => Note::missing(format_compact!("{shown} cannot be written: it is nowhere")),
    }
}
