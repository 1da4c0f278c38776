//! Where an author keeps the own records: from the DID to the server.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::Deserialize;
use url::Url;

use super::at_uri::is_did;
use crate::net::{Answer, Request};

/// Upper bound on the services of an author that are looked through.
const SERVICES_MAX: usize = 64;

/// Why an author's server is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// The DID is of a method that the network does not use, or has another form.
    #[error("not a did:plc or a did:web")]
    NotADid,
    /// The directory says that the DID is no more, or never was.
    #[error("nobody has this DID")]
    Gone,
    /// The directory gave no usable answer.
    #[error("the directory does not answer: {0}")]
    Unreachable(CompactString),
    /// The document is of another DID, or names no server.
    #[error("the DID's document names no server")]
    NoServer,
}

/// The directory of `did:plc` identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Its address.
    pub address: String,
}

impl Default for Directory {
    fn default() -> Self {
        Self { address: "https://plc.directory".to_owned() }
    }
}

impl Directory {
    /// Asks for the document of a DID.
    ///
    /// # Errors
    /// When the text is no DID that the network uses.
    pub fn document(&self, did: &str) -> Result<Request, IdentityFault> {
        if !is_did(did) {
            return Err(IdentityFault::NotADid);
        }
        if let Some(id) = did.strip_prefix("did:plc:") {
            let is_plc = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let address = self.address.trim_end_matches('/');
            return if is_plc {
                Ok(Request::get(format!("{address}/{did}")))
            } else {
                Err(IdentityFault::NotADid)
            };
        }
        let host = did.strip_prefix("did:web:").ok_or(IdentityFault::NotADid)?;
        // The network allows names of hosts only: no ports, no paths.
        let is_host = host.contains('.')
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if is_host {
            Ok(Request::get(format!("https://{host}/.well-known/did.json")))
        } else {
            Err(IdentityFault::NotADid)
        }
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    service: Vec<Service<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// An address; other kinds of services have other values.
    #[serde(default)]
    service_endpoint: serde_json::Value,
}

/// Reads the address of the author's server from the DID's document, as `https://pds.example`.
///
/// # Errors
/// When the document cannot be had, or names no server.
pub fn pds_of(did: &str, answer: &Answer) -> Result<String, IdentityFault> {
    match answer.status {
        200 => {}
        404 | 410 if is_denied(did, answer) => return Err(IdentityFault::Gone),
        status => return Err(IdentityFault::Unreachable(compact_str::format_compact!("status {status}"))),
    }
    let document: Document<'_> = serde_json::from_slice(&answer.body).map_err(|_| IdentityFault::NoServer)?;
    if document.id != did {
        return Err(IdentityFault::NoServer);
    }
    let is_pds = |service: &&Service<'_>| {
        let id = service.id.strip_prefix(did).unwrap_or(&service.id);
        id == "#atproto_pds" && service.kind == "AtprotoPersonalDataServer"
    };
    let service = document.service.iter().take(SERVICES_MAX).find(is_pds);
    let endpoint = service.and_then(|service| service.service_endpoint.as_str());
    endpoint.and_then(origin).ok_or(IdentityFault::NoServer)
}

/// Whether the directory itself says that it has no document of this DID. A page of whatever stands before it, or one that
/// was damaged on its way, says nothing of the DID.
fn is_denied(did: &str, answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Denial<'a> {
        #[serde(borrow)]
        message: Cow<'a, str>,
    }
    let denial = serde_json::from_slice(&answer.body);
    denial.is_ok_and(|Denial { message }| message.starts_with("DID not ") && message.ends_with(did))
}

/// The address of a server, if the text is one and nothing more.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}
