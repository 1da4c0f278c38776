//! How the engine is reached, and by whom.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::config::document::Keys;

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The table `[http]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The address that is listened on.
    pub listen: SocketAddr,
    /// Who may come in.
    pub auth: Auth,
}

/// Who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Whoever can reach the address: this machine alone.
    Off,
    /// Who shows the token in this file.
    TokenFile(PathBuf),
}

pub(super) fn read(keys: &Keys<'_>, base: &Path) -> Option<Http> {
    let address = keys.get("listen");
    let listen = match &address {
        Some(field) => field.parsed("an address with its port, as \"127.0.0.1:8080\""),
        None => Some(LISTEN),
    };
    let auth = auth(keys, base);
    keys.done();
    let (listen, auth): (SocketAddr, _) = (listen?, auth?);
    if auth == Auth::Off && !listen.ip().is_loopback() {
        let message = format!("`listen` is {listen}, which others can reach, and no token is asked for");
        return address?.advise(message, "add token_file = \"token\" to [http], or listen on 127.0.0.1");
    }
    Some(Http { listen, auth })
}

fn auth(keys: &Keys<'_>, base: &Path) -> Option<Auth> {
    let off = keys.get("auth");
    let token = keys.get("token_file");
    let sound = match &off {
        Some(field) => field.text("\"off\"").and_then(|text| match (text, &token) {
            ("off", None) => Some(()),
            ("off", Some(token)) => {
                token.advise("`token_file` and auth = \"off\" are both there", "keep one of them")
            }
            _ => field.advise(
                "`auth` can only be \"off\"",
                "to ask for a token, write token_file = \"token\" instead",
            ),
        }),
        None => Some(()),
    };
    let auth = match &token {
        Some(field) => super::path(field, base).map(Auth::TokenFile),
        None => Some(Auth::Off),
    };
    sound.and(auth)
}
