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

/// Whether buyers reach a path under the public name. The signed link is the credential of a page that confirms an order or leads
/// to a bank; the linking page asks for a sign-in.
fn is_public(path: &str) -> bool {
    let below =
        |page: &str| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.starts_with("/confirm/") || path.starts_with("/authenticate/") || below("/link") || below("/me")
}

/// The names of a server.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// The names of the configuration, beside those of the loopback address.
    own: Vec<String>,
    /// The host of the public URL, without its port.
    public: Option<String>,
    /// The scheme, host and port of the public URL.
    public_origin: Option<String>,
    /// The path of the public URL, without a slash at its end.
    public_path: String,
}

/// Under which address a browser sees the server, and so which cookies it may get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Site {
    /// The public address, by TLS.
    Secure {
        /// Its scheme, host and port.
        origin: String,
        /// Its path, without a slash at its end.
        path: String,
    },
    /// A loopback address: nothing leaves this machine.
    Local {
        /// Its scheme, host and port.
        origin: String,
    },
    /// Any other address by plain HTTP: anybody on the way could read a cookie, and use it.
    Plain,
}

impl Site {
    /// What the addresses of the server's pages begin with; `None` where nobody may sign in.
    pub(super) fn base(&self) -> Option<String> {
        match self {
            Self::Secure { origin, path } => Some(format!("{origin}{path}")),
            Self::Local { origin } => Some(origin.clone()),
            Self::Plain => None,
        }
    }

    /// What the paths of the server's pages begin with, as the browser sees them.
    pub(super) fn path(&self) -> &str {
        if let Self::Secure { path, .. } = self { path } else { "" }
    }
}

impl Hosts {
    /// The names of the configuration.
    #[must_use]
    pub fn new(own: Vec<String>, public_url: Option<&str>) -> Self {
        let parts = public_url.and_then(|url| url.split_once("://"));
        let public_path = parts.and_then(|(_, rest)| rest.split_once('/'));
        let public_path = public_path.map(|(_, path)| format!("/{}", path.trim_matches('/')));
        let parts = parts.map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
        let public = parts.and_then(|(_, authority)| host_name(authority)).map(str::to_owned);
        Self {
            own,
            public,
            public_origin: parts.map(|(scheme, authority)| format!("{scheme}://{authority}")),
            public_path: public_path.filter(|path| path != "/").unwrap_or_default(),
        }
    }

    /// Under which address the request's browser sees the server.
    pub(super) fn site(&self, request: &HttpRequest) -> Site {
        let Ok(Some(name)) = requested_name(request) else { return Site::Plain };
        let is_public = self.public.as_ref().is_some_and(|public| public.eq_ignore_ascii_case(&name));
        match &self.public_origin {
            Some(origin) if is_public && origin.starts_with("https://") => {
                Site::Secure { origin: origin.clone(), path: self.public_path.clone() }
            }
            _ if is_loopback(&name) => {
                let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
                Site::Local { origin: format!("http://{}", host.unwrap_or(&name)) }
            }
            _ => Site::Plain,
        }
    }

    /// Whether the browser that sent a request may be told to come by TLS alone from now on: it came by TLS to the public
    /// address, and not to this machine's own names, under which other programs answer without TLS.
    pub(super) fn is_reached_by_tls(&self, request: &HttpRequest) -> bool {
        let Site::Secure { origin, .. } = self.site(request) else { return false };
        let is_own_machine =
            origin.split_once("://").and_then(|(_, rest)| host_name(rest)).is_some_and(is_loopback);
        let proxies_say = request.headers().get_all("x-forwarded-proto");
        !is_own_machine && proxies_say.last().is_none_or(|scheme| scheme == "https")
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
        if has_tokens || own || (is_public(path) && public()) { Ok(()) } else { Err(Problem::foreign_host()) }
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

impl Hosts {
    /// Whether a form was sent by a page of this server, as far as the browser tells. Its pages hide their address, so
    /// their forms say `Origin: null`; browsers of today tell in `Sec-Fetch-Site` whose page that was.
    pub(super) fn is_own_form(&self, headers: &HeaderMap) -> bool {
        let fetched_from = headers.get("sec-fetch-site");
        if fetched_from.is_some_and(|site| site != "same-origin") {
            return false;
        }
        let is_nameless = headers.get(header::ORIGIN).is_some_and(|origin| origin == "null");
        is_nameless || self.is_same_site(headers)
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
    use actix_web::http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};

    use super::{Hosts, Site, host_name, is_loopback, is_public};

    /// Only where nobody on the way can read them, a browser gets cookies.
    #[test]
    fn a_browser_signs_in_by_tls_or_on_this_machine() {
        let secure =
            |path: &str| Site::Secure { origin: "https://shop.example".to_owned(), path: path.to_owned() };
        let local = |origin: &str| Site::Local { origin: origin.to_owned() };
        let table = [
            (Some("https://shop.example"), "shop.example", secure("")),
            (Some("https://shop.example"), "SHOP.example:443", secure("")),
            (Some("https://shop.example/sale"), "shop.example", secure("/sale")),
            (Some("https://shop.example/a/b/"), "shop.example", secure("/a/b")),
            (Some("http://shop.example"), "shop.example", Site::Plain),
            (None, "shop.example", Site::Plain),
            (Some("https://shop.example"), "10.0.0.5:8080", Site::Plain),
            (Some("https://shop.example"), "127.0.0.1:8080", local("http://127.0.0.1:8080")),
            (None, "localhost:1", local("http://localhost:1")),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", local("http://127.0.0.1:8080")),
        ];
        for (public_url, host, expected) in table {
            let request = actix_web::test::TestRequest::get().insert_header((HOST, host)).to_http_request();
            let site = Hosts::new(Vec::new(), public_url).site(&request);
            assert_eq!(site, expected, "{host} of {public_url:?}");
            assert_eq!(site.base().is_none(), expected == Site::Plain);
        }
    }

    /// A browser that is told so once never comes without TLS again: nobody else's address may be told.
    #[test]
    fn only_the_public_address_is_kept_to_tls() {
        let (public, forwarded) =
            (Some("https://shop.example"), |scheme| Some(("x-forwarded-proto", scheme)));
        let table = [
            (public, "shop.example", None, true),
            (Some("https://shop.example:8443/sale"), "SHOP.example:8443", None, true),
            (public, "shop.example", forwarded("https"), true),
            (public, "shop.example", forwarded("http"), false),
            (public, "127.0.0.1:8080", None, false),
            (public, "localhost", forwarded("https"), false),
            (public, "10.0.0.5:8080", None, false),
            (Some("http://shop.example"), "shop.example", forwarded("https"), false),
            (None, "shop.example", forwarded("https"), false),
            (Some("https://localhost:8443"), "localhost:8443", None, false),
            (Some("https://127.0.0.1:8443"), "127.0.0.1:8443", None, false),
        ];
        for (public_url, host, header, expected) in table {
            let request = actix_web::test::TestRequest::get().insert_header((HOST, host));
            let request = header.into_iter().fold(request, actix_web::test::TestRequest::insert_header);
            let hosts = Hosts::new(Vec::new(), public_url);
            let found = hosts.is_reached_by_tls(&request.to_http_request());
            assert_eq!(found, expected, "{host} of {public_url:?}, {header:?}");
        }
    }

    #[test]
    fn the_public_name_opens_the_pages_for_buyers_alone() {
        for path in [
            "/confirm/abc",
            "/authenticate/abc",
            "/authenticate/abc/back",
            "/link",
            "/link/cb/x",
            "/me",
            "/me/stop",
        ] {
            assert!(is_public(path), "{path}");
        }
        for path in
            ["/", "/confirm", "/authenticate", "/linked", "/metrics", "/v1/accounts/x/1", "/mean", "/v1/link"]
        {
            assert!(!is_public(path), "{path}");
        }
    }

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
    fn forms_of_other_sites_are_recognized() {
        let hosts = Hosts::new(Vec::new(), Some("https://shop.example"));
        let (own, evil) = (Some("https://shop.example"), Some("https://evil.example"));
        let table = [
            (own, Some("same-origin"), true),
            (Some("null"), Some("same-origin"), true),
            (Some("null"), None, true),
            (None, None, true),
            (Some("null"), Some("cross-site"), false),
            (Some("null"), Some("same-site"), false),
            (own, Some("cross-site"), false),
            (None, Some("cross-site"), false),
            (evil, Some("same-origin"), false),
            (evil, None, false),
        ];
        for (origin, site, welcome) in table {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("shop.example"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            if let Some(site) = site {
                headers.insert(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static(site));
            }
            assert_eq!(hosts.is_own_form(&headers), welcome, "{origin:?} {site:?}");
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
