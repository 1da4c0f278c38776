//! From what somebody types to who answers for the account: handle, DID, server, and the server of sign-ins.

use serde::Deserialize;
use url::Url;

use super::super::asked::{ask, ask_well, read, with_query};
use super::super::identity::SignInFault;
use crate::net::{Http, Request};
use crate::networks::bluesky::{Directory, IdentityFault, pds_of};

/// Who answers for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The account.
    pub did: String,
    /// Its handle, if it was typed and leads back; else the DID.
    pub shown: String,
    /// What to tell the server of sign-ins of who comes.
    pub hint: String,
    /// Who answers.
    pub server: SignInServer,
}

/// The server of sign-ins, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct SignInServer {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    pub revocation_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Resolved {
    did: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names {
    #[serde(default)]
    also_known_as: Vec<String>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    authorization_servers: Vec<String>,
}

/// Where things are looked up.
pub(super) struct LookUp<'a> {
    pub net: &'a dyn Http,
    /// The directory of DIDs.
    pub directory: &'a Directory,
    /// The server that knows which DID a handle leads to.
    pub resolver: &'a str,
    /// Whether a server may be called without TLS, because this is a test.
    pub allows_plain: bool,
}

impl LookUp<'_> {
    /// Finds who answers for the account that somebody typed.
    pub(super) fn find(&self, typed: &str) -> Result<Found, SignInFault> {
        let typed = typed.trim().trim_start_matches('@');
        let handle = (!typed.starts_with("did:")).then(|| typed.to_ascii_lowercase());
        let did = match &handle {
            Some(handle) => self.did_of(handle)?,
            None => typed.to_owned(),
        };
        let request = self.directory.document(&did).map_err(|_| NOBODY)?;
        let answer = ask(self.net, &request)?;
        let pds = pds_of(&did, &answer).map_err(|fault| match fault {
            IdentityFault::Unreachable(why) => SignInFault::Unanswered(why.to_string()),
            other => SignInFault::Refused(other.to_string()),
        })?;
        if let Some(handle) = &handle {
            let names: Names = read(&answer)?;
            let own = format!("at://{handle}");
            if !names.also_known_as.iter().any(|name| name.eq_ignore_ascii_case(&own)) {
                let text = "the account that this handle leads to does not lead back to the handle";
                return Err(SignInFault::NotTheirs(text.to_owned()));
            }
        }
        let server = self.server_of(&pds)?;
        let shown = handle.as_ref().map_or_else(|| did.clone(), |handle| format!("@{handle}"));
        Ok(Found { hint: handle.unwrap_or_else(|| did.clone()), did, shown, server })
    }

    fn did_of(&self, handle: &str) -> Result<String, SignInFault> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !handle.contains('.') || handle.len() > 253 || !handle.split('.').all(is_label) {
            return Err(NOBODY);
        }
        let page = format!("{}/xrpc/com.atproto.identity.resolveHandle", self.resolver.trim_end_matches('/'));
        let answer = ask(self.net, &Request::get(with_query(&page, &[("handle", handle)])))?;
        if answer.is_success() {
            return read::<Resolved>(&answer).map(|resolved| resolved.did);
        }
        let answer = ask_well(self.net, &Request::get(format!("https://{handle}/.well-known/atproto-did")));
        let text = answer.ok().and_then(|answer| String::from_utf8(answer.body).ok());
        text.map(|text| text.trim().to_owned()).filter(|text| text.starts_with("did:")).ok_or(NOBODY)
    }

    /// The one server that answers for the accounts of `pds`.
    fn server_of(&self, pds: &str) -> Result<SignInServer, SignInFault> {
        let no_server =
            || SignInFault::NotTheirs("the account's server names nobody who signs people in".to_owned());
        let request = Request::get(format!("{pds}/.well-known/oauth-protected-resource"));
        let resource: Resource = read(&ask_well(self.net, &request)?)?;
        let [issuer] = resource.authorization_servers.as_slice() else { return Err(no_server()) };
        if !self.is_origin(issuer) {
            return Err(no_server());
        }
        let request = Request::get(format!("{issuer}/.well-known/oauth-authorization-server"));
        let server: SignInServer = read(&ask_well(self.net, &request)?)?;
        if server.issuer != *issuer {
            let text = "the server that signs people in goes by another name than it was named";
            return Err(SignInFault::NotTheirs(text.to_owned()));
        }
        let endpoints = [
            Some(&server.authorization_endpoint),
            Some(&server.token_endpoint),
            Some(&server.pushed_authorization_request_endpoint),
            server.revocation_endpoint.as_ref(),
        ];
        if endpoints.into_iter().flatten().all(|endpoint| self.is_address(endpoint)) {
            Ok(server)
        } else {
            Err(no_server())
        }
    }

    fn is_address(&self, text: &str) -> bool {
        Url::parse(text).is_ok_and(|url| {
            (url.scheme() == "https" || (self.allows_plain && url.scheme() == "http"))
                && url.username().is_empty()
        })
    }

    fn is_origin(&self, text: &str) -> bool {
        self.is_address(text) && Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
    }
}

const NOBODY: SignInFault =
    SignInFault::Typed("nobody has this name at Bluesky; write it whole, as @ana.bsky.social");
