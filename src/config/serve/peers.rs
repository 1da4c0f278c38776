//! The peers in the own network that a test shop may call, and the roots that it trusts besides the usual ones.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::mode::Mode;
use super::paths::path;
use crate::config::field::{Field, Raw};
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

/// What is known of other machines before they are called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peers {
    /// The peers that may be called though their addresses are no public ones; only in mode `test`.
    pub egress_allow: Vec<Peer>,
    /// A file of certificates in PEM, which are trusted besides the public roots.
    pub ca_file: Option<PathBuf>,
}

/// A peer that may be called though its address is no public one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// An address, whatever name leads there.
    Address(SocketAddr),
    /// A host name in small letters with its port, whatever address it has.
    Name(String, u16),
}

/// The error of a text that is no host with a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host with its port")]
pub struct NotAPeer;

impl FromStr for Peer {
    type Err = NotAPeer;

    fn from_str(text: &str) -> Result<Self, NotAPeer> {
        let (host, port) = text.rsplit_once(':').ok_or(NotAPeer)?;
        let port: u16 = port.parse().map_err(|_| NotAPeer)?;
        if port == 0 {
            return Err(NotAPeer);
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        // Digits and dots alone would be an address, and this is none.
        let is_name = host.bytes().all(in_name) && host.bytes().any(|byte| byte.is_ascii_alphabetic());
        is_name.then(|| Self::Name(host.to_ascii_lowercase(), port)).ok_or(NotAPeer)
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

pub(super) fn read(keys: &Keys<'_>, base: &Path, mode: Mode) -> Option<Peers> {
    let egress_allow = match keys.get("egress_allow") {
        Some(field) => egress_allow(&field, mode),
        None => Some(Vec::new()),
    };
    let ca_file = match keys.get("ca_file") {
        Some(field) => path(&field, base).map(Some),
        None => Some(None),
    };
    Some(Peers { egress_allow: egress_allow?, ca_file: ca_file? })
}

/// Reads peers: a list, or a variable that has them between commas.
fn egress_allow(field: &Field<'_>, mode: Mode) -> Option<Vec<Peer>> {
    const EXAMPLE: &str = "[\"127.0.0.1:2583\"]";
    let texts: Vec<&str> = match field.raw {
        Raw::Variable(text) => text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(),
        Raw::Toml(_) => {
            field.list(EXAMPLE)?.iter().map(|peer| peer.text("\"127.0.0.1:2583\"")).collect::<Option<_>>()?
        }
    };
    let mut peers = Vec::with_capacity(texts.len());
    for text in texts {
        let Ok(peer) = text.parse() else {
            let message = format!("`egress_allow` has {}: no host with its port", quoted(text));
            return field.advise(message, format!("write {EXAMPLE}"));
        };
        peers.push(peer);
    }
    if mode == Mode::Live && !peers.is_empty() {
        return field.advise(
            "`egress_allow` opens addresses of the own network, and `mode` is \"live\"",
            "remove it: a live shop calls public addresses alone",
        );
    }
    Some(peers)
}
