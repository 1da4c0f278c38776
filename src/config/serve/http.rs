//! The HTTP address of the engine, and the authorization of requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::paths::path;
use crate::config::field::{Field, Raw};
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The table `[http]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The address that the server listens on.
    pub listen: SocketAddr,
    /// How requests are authorized.
    pub auth: Auth,
    /// The URL of the engine for buyers, without a slash at its end; e-mails link there.
    pub public_url: Option<String>,
    /// The names, besides those of the loopback address, under which requests without a token are served.
    pub allowed_hosts: Vec<String>,
    /// The file of the key that signs those links; created at the first start.
    pub link_key_file: PathBuf,
}

/// How requests are authorized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Without authorization; the address must be loopback.
    Off,
    /// By the bearer token in this file.
    TokenFile(PathBuf),
}

pub(super) fn read(keys: &Keys<'_>, base: &Path, data: &Path) -> Option<Http> {
    let address = keys.get("listen");
    let listen = match &address {
        Some(field) => field.parsed("an address with its port, as \"127.0.0.1:8080\""),
        None => Some(LISTEN),
    };
    let auth = auth(keys, base);
    let public_url = match keys.get("public_url") {
        Some(field) => public_url(&field).map(Some),
        None => Some(None),
    };
    let allowed_hosts = match keys.get("allowed_hosts") {
        Some(field) => allowed_hosts(&field),
        None => Some(Vec::new()),
    };
    let link_key_file = match keys.get("link_key_file") {
        Some(field) => path(&field, base),
        None => Some(data.join("link-key")),
    };
    keys.done();
    let (listen, auth): (SocketAddr, _) = (listen?, auth?);
    if auth == Auth::Off && !listen.ip().is_loopback() {
        let message = format!("`listen` is {listen}, which others can reach, and no token is asked for");
        return address?.advise(message, "add token_file = \"token\" to [http], or listen on 127.0.0.1");
    }
    Some(Http {
        listen,
        auth,
        public_url: public_url?,
        allowed_hosts: allowed_hosts?,
        link_key_file: link_key_file?,
    })
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
        Some(field) => path(field, base).map(Auth::TokenFile),
        None => Some(Auth::Off),
    };
    sound.and(auth)
}

/// Reads host names without ports: a list, or a variable that has them between commas.
fn allowed_hosts(field: &Field<'_>) -> Option<Vec<String>> {
    const EXAMPLE: &str = "[\"shop.internal\"]";
    let names: Vec<&str> = match field.raw {
        Raw::Variable(text) => text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        Raw::Toml(_) => {
            field.list(EXAMPLE)?.iter().map(|name| name.text("\"shop.internal\"")).collect::<Option<_>>()?
        }
    };
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = |name: &str| {
        let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.map_or_else(
            || !name.is_empty() && name.bytes().all(in_name),
            |address| address.parse::<Ipv6Addr>().is_ok(),
        )
    };
    match names.iter().find(|name| !is_name(name)) {
        Some(wrong) => field.advise(
            format!("`allowed_hosts` has {}: no name of a host, without a port", quoted(wrong)),
            format!("write {EXAMPLE}"),
        ),
        None => Some(names.into_iter().map(str::to_owned).collect()),
    }
}

/// Reads a URL that links in e-mails can begin with.
fn public_url(field: &Field<'_>) -> Option<String> {
    const EXAMPLE: &str = "\"https://shop.example\"";
    let text = field.text(EXAMPLE)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let url = rest.filter(|rest| {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        !host.is_empty() && host.bytes().all(in_host) && path.bytes().all(in_path)
    });
    match url {
        Some(_) => Some(text.trim_end_matches('/').to_owned()),
        None => field.advise(
            format!("`public_url` is {}: no address that links can begin with", quoted(text)),
            format!("write {EXAMPLE}"),
        ),
    }
}
