//! The names that a server answers to, and the sites whose pages may send it requests.
//!
//! A server without tokens trusts every request that reaches it on this machine, and every page that a browser on
//! this machine shows can send one. A page can point a name of its own at a loopback address ("DNS rebinding") and
//! then reads and writes as if it were the server's own page; but its requests still say that name in `Host`.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Version;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::problem::Problem;

/// What is open under every name: no answer there helps a stranger, and probes use any name.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// What buyers reach under the public name. The signed link is the credential.
const PUBLIC: &str = "/confirm/";

/// The names of a server.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// The names of the configuration, beside those of the loopback address.
    own: Vec<String>,
    /// The host of the public URL, without its port.
    public: Option<String>,
    /// The scheme, host and port of the public URL.
    public_origin: Option<String>,
}

impl Hosts {
    /// The names of the configuration.
    #[must_use]
    pub fn new(own: Vec<String>, public_url: Option<&str>) -> Self {
        let parts = public_url.and_then(|url| url.split_once("://"));
        let parts = parts.map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
        let public = parts.and_then(|(_, authority)| host_name(authority)).map(str::to_owned);
        Self {
            own,
            public,
            public_origin: parts.map(|(scheme, authority)| format!("{scheme}://{authority}")),
        }
    }

    /// Refuses a request under a name that is not the server's. With tokens every name is, because a page of
    /// another site has none.
    pub(super) fn check(&self, request: &HttpRequest, has_tokens: bool) -> Result<(), Problem> {
        let path = request.path();
        if OPEN.contains(&path) {
            return Ok(());
        }
        let Some(name) = requested_name(request)? else { return Ok(()) };
        let own = is_loopback(&name) || self.own.iter().any(|own| own.eq_ignore_ascii_case(&name));
        let public = || self.public.as_ref().is_some_and(|public| public.eq_ignore_ascii_case(&name));
        if has_tokens || own || (path.starts_with(PUBLIC) && public()) {
            Ok(())
        } else {
            Err(Problem::foreign_host())
        }
    }

    /// Whether the request does not come from a web page of another site. A browser sends the page's site in
    /// `Origin`; without this check any page could send requests to a server without tokens.
    pub(super) fn is_same_site(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Some((origin, site)) = origin.to_str().ok().and_then(|origin| {
            let (_, site) = origin.split_once("://")?;
            Some((origin, site))
        }) else {
            return false;
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // A proxy may pass its own name for the server's in `Host`.
        Some(site) == host || self.public_origin.as_deref() == Some(origin)
    }
}

/// The host that a request is addressed to, without its port; `None` if it names none, as old clients do.
fn requested_name(request: &HttpRequest) -> Result<Option<String>, Problem> {
    if let Some(authority) = request.uri().authority() {
        // The address in full takes precedence over `Host`.
        return host_name(authority.as_str()).map(|name| Some(name.to_owned())).ok_or_else(Problem::bad_host);
    }
    let mut hosts = request.headers().get_all(header::HOST);
    let text = |host: &HeaderValue| host.to_str().ok().and_then(host_name).map(str::to_owned);
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => text(host).map(Some).ok_or_else(Problem::bad_host),
        (None, _) if request.version() < Version::HTTP_11 => Ok(None),
        _ => Err(Problem::bad_host()),
    }
}

/// The host of an authority, without its port and the dot that may end a name.
fn host_name(authority: &str) -> Option<&str> {
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (authority, ""),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[:]".contains(&byte);
    let name = name.strip_suffix('.').unwrap_or(name);
    let sound = !name.is_empty()
        && name.bytes().all(is_name)
        && name.contains(':') == name.starts_with('[')
        && port.bytes().all(|byte| byte.is_ascii_digit());
    sound.then_some(name)
}

/// Whether only this machine is reached under the name, whatever name servers say.
fn is_loopback(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&name);
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};

    use super::{Hosts, host_name, is_loopback};

    #[test]
    fn requests_from_pages_of_other_sites_are_recognized() {
        let hosts = Hosts::new(Vec::new(), Some("https://shop.example/sale"));
        let table = [
            (None, true),
            (Some("http://127.0.0.1:8080"), true),
            (Some("https://shop.example"), true),
            (Some("http://shop.example"), false),
            (Some("https://shop.example.evil.example"), false),
            (Some("http://evil.example"), false),
            (Some("http://127.0.0.1:8081"), false),
            (Some("null"), false),
        ];
        for (origin, welcome) in table {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(hosts.is_same_site(&headers), welcome, "{origin:?}");
        }
    }

    #[test]
    fn names_are_read_from_authorities() {
        let table = [
            ("localhost", Some("localhost"), true),
            ("LocalHost.:8080", Some("LocalHost"), true),
            ("a.localhost:1", Some("a.localhost"), true),
            ("127.0.0.1:8080", Some("127.0.0.1"), true),
            ("127.9.9.9", Some("127.9.9.9"), true),
            ("[::1]:8080", Some("[::1]"), true),
            ("[::ffff:127.0.0.1]", Some("[::ffff:127.0.0.1]"), true),
            ("10.0.0.1", Some("10.0.0.1"), false),
            ("0.0.0.0:8080", Some("0.0.0.0"), false),
            ("localhost.evil.example", Some("localhost.evil.example"), false),
            ("notlocalhost", Some("notlocalhost"), false),
            ("127.0.0.1.evil.example:8080", Some("127.0.0.1.evil.example"), false),
            ("127.1", Some("127.1"), false),
            ("", None, false),
            (":8080", None, false),
            ("::1", None, false),
            ("evil.example@localhost", None, false),
            ("localhost:80a", None, false),
            ("local host", None, false),
        ];
        for (authority, name, loopback) in table {
            assert_eq!(host_name(authority), name, "{authority}");
            assert_eq!(name.is_some_and(is_loopback), loopback, "{authority}");
        }
    }
}
