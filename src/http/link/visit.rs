//! Who asks for a page of linking: the site, the cookies and the address; and what a form holds.

use std::net::IpAddr;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::pages::at_desk;
use super::refusal::Refusal;
use crate::http::body;
use crate::http::form::TOKEN;
use crate::http::hosts::Site;
use crate::http::state::State;
use crate::linking::{Session, Ticket};

/// The cookie of a browser that signs in.
const BROWSER: &str = "ft_link";
/// The cookie of a browser whose owner is signed in.
const SESSION: &str = "ft_me";

/// A request of a browser.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) site: Site,
    /// Tells this browser from others before its owner is signed in.
    pub(super) browser: Option<Ticket>,
    /// Says who is signed in.
    pub(super) session: Option<Ticket>,
    /// The address that limits go by; `None` where many share one.
    pub(super) address: Option<String>,
}

impl Visit {
    pub(super) fn of(request: &HttpRequest, state: &State) -> Self {
        let site = state.hosts.site(request);
        let headers = request.headers();
        let cookie =
            |name| site.base().and_then(|_| Ticket::parse(&cookie(headers, &cookie_name(&site, name))?));
        let (browser, session) = (cookie(BROWSER), cookie(SESSION));
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        Self { browser, session, address: limited_address(peer, headers), site }
    }

    /// The address of a page of this server, as the browser sees it.
    pub(super) fn path(&self, page: &str) -> String {
        format!("{}{page}", self.site.path())
    }

    /// The same with its site; a browser comes back there from elsewhere.
    pub(super) fn whole(&self, page: &str) -> Result<String, Refusal> {
        self.site.base().map(|base| base + page).ok_or(Refusal::PlainHttp)
    }

    /// The session, with its cookie.
    pub(super) async fn signed_in(&self, state: &State) -> Result<(Ticket, Session), Refusal> {
        if self.site.base().is_none() {
            return Err(Refusal::PlainHttp);
        }
        let ticket = self.session.clone().ok_or(Refusal::SignedOut)?;
        let (shown, now) = (ticket.clone(), state.node.clock().now());
        let session = at_desk(state, move |desk| desk.session(&shown, now)).await?;
        Ok((ticket, session.ok_or(Refusal::SignedOut)?))
    }

    /// Gives the browser the cookie by which it is known while it signs in.
    pub(super) fn keep_browser(&self, response: &mut HttpResponse, ticket: &Ticket) {
        self.set(response, BROWSER, Some(ticket));
    }

    /// Gives the browser the cookie of a session, and takes the one by which it signed in.
    pub(super) fn keep_session(&self, response: &mut HttpResponse, ticket: &Ticket) {
        self.set(response, BROWSER, None);
        self.set(response, SESSION, Some(ticket));
    }

    /// Takes the cookie of the session.
    pub(super) fn drop_session(&self, response: &mut HttpResponse) {
        self.set(response, SESSION, None);
    }

    fn set(&self, response: &mut HttpResponse, name: &str, ticket: Option<&Ticket>) {
        let name = cookie_name(&self.site, name);
        let secure = if matches!(self.site, Site::Secure { .. }) { "; Secure" } else { "" };
        let (value, age) = match ticket {
            Some(ticket) => (ticket.text(), ""),
            None => ("", "; Max-Age=0"),
        };
        // Lax, because browsers come back from other sites.
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        let cookie = HeaderValue::try_from(cookie).expect("a ticket is plain text");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// With the prefix, browsers take the cookie from no other host and not without TLS.
fn cookie_name(site: &Site, name: &str) -> String {
    match site {
        Site::Secure { .. } => format!("__Host-{name}"),
        Site::Local { .. } | Site::Plain => name.to_owned(),
    }
}

/// The value of a cookie. One that is there twice was set by somebody else as well, so it means nothing.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let mut found = values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value.to_owned()),
        _ => None,
    }
}

/// The address that limits go by: the peer's, or behind a proxy on this machine the one that the proxy names last. Of
/// IPv6 the first half: the other one is its owner's to choose.
fn limited_address(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<String> {
    let peer = peer?;
    let address = if peer.is_loopback() {
        let named = headers.get_all("x-forwarded-for").last()?.to_str().ok()?;
        named.rsplit(',').next()?.trim().parse::<IpAddr>().ok()?.to_canonical()
    } else {
        peer
    };
    Some(match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    })
}

/// What a form holds.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form.
    pub(super) async fn read(
        request: &HttpRequest,
        payload: web::Payload,
        state: &State,
    ) -> Result<Self, Refusal> {
        let body = body::read(request, payload, &state.limits).await.map_err(Refusal::Unread)?;
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }

    /// The value of a field without blanks around it; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a box was ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Checks that a page of this server was sent, by the browser that has this ticket.
    pub(super) fn check(
        &self,
        request: &HttpRequest,
        state: &State,
        ticket: Option<&Ticket>,
    ) -> Result<(), Refusal> {
        if !state.hosts.is_own_form(request.headers()) {
            return Err(Refusal::ForeignPage);
        }
        match ticket {
            Some(ticket) if ticket.is_form_token(self.get(TOKEN)) => Ok(()),
            _ => Err(Refusal::BadToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};

    use super::{cookie, limited_address};

    #[test]
    fn a_cookie_that_is_there_twice_means_nothing() {
        let table = [
            (&["a=1"][..], Some("1")),
            (&["b=2; a=1; c=3"], Some("1")),
            (&["b=2", "a=1"], Some("1")),
            (&["a=1; a=2"], None),
            (&["a=1", "a=1"], None),
            (&["aa=1; a"], None),
            (&[], None),
        ];
        for (values, expected) in table {
            let mut headers = HeaderMap::new();
            values.iter().for_each(|value| headers.append(COOKIE, HeaderValue::from_static(value)));
            assert_eq!(cookie(&headers, "a").as_deref(), expected, "{values:?}");
        }
    }

    #[test]
    fn limits_go_by_the_address_that_nobody_can_choose() {
        let table = [
            ("192.0.2.7", None, Some("192.0.2.7")),
            // Only a proxy on this machine is believed, and only what it adds itself.
            ("192.0.2.7", Some("10.9.9.9"), Some("192.0.2.7")),
            ("127.0.0.1", Some("10.9.9.9, 192.0.2.8"), Some("192.0.2.8")),
            ("127.0.0.1", Some("unknown"), None),
            ("127.0.0.1", None, None),
            ("2001:db8:1:2:3:4:5:6", None, Some("2001:db8:1:2::/64")),
            ("::ffff:192.0.2.7", None, Some("192.0.2.7")),
        ];
        for (peer, forwarded, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(forwarded) = forwarded {
                let name = HeaderName::from_static("x-forwarded-for");
                headers.insert(name, HeaderValue::from_static(forwarded));
            }
            let peer = peer.parse::<std::net::IpAddr>().unwrap().to_canonical();
            assert_eq!(limited_address(Some(peer), &headers).as_deref(), expected, "{peer} {forwarded:?}");
        }
    }
}
