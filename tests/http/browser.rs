//! A browser without scripts: it keeps cookies, fills in forms, and goes where it is sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use url::form_urlencoded;

use super::client::{Reply, exchange, try_exchange};

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    /// The name under which it knows the server.
    host: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Headers of every request besides.
    pub(crate) headers: Vec<String>,
    /// Whether the server may be killed meanwhile: then a request without an answer unwinds with [`Broken`].
    pub(crate) may_break: bool,
}

/// The server answers no more.
pub(crate) struct Broken;

/// Does something with browsers whose server may be killed; `None` if it was.
pub(crate) fn unless_broken<T>(act: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => Some(done),
        Err(broken) if broken.is::<Broken>() => None,
        Err(failure) => resume_unwind(failure),
    }
}

impl Browser {
    /// A browser on the server's machine.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self::at(address, "localhost")
    }

    /// A browser that knows the server by that name.
    pub(crate) fn at(address: SocketAddr, host: &str) -> Self {
        Self {
            address,
            host: host.to_owned(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            may_break: false,
        }
    }

    /// The same browser, once the server has another port.
    pub(crate) fn moved(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Opens a page.
    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    /// Sends a form with these fields.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, &body)
    }

    /// Opens a page, and goes on for as long as it is sent elsewhere on this server.
    pub(crate) fn open(&mut self, path: &str) -> Reply {
        let reply = self.get(path);
        self.follow(reply)
    }

    /// Fills in the form of the page that is sent to `action`, and goes where it leads.
    pub(crate) fn submit(&mut self, page: &Reply, action: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = self.press(page, action, fields);
        self.follow(reply)
    }

    /// Fills in the form of the page that is sent to `action`. Returns the first answer.
    pub(crate) fn press(&mut self, page: &Reply, action: &str, fields: &[(&str, &str)]) -> Reply {
        let hidden = hidden(page, action);
        let own: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &[&own[..], fields].concat())
    }

    /// Goes on for as long as it is sent elsewhere on this server.
    pub(crate) fn follow(&mut self, mut reply: Reply) -> Reply {
        for _ in 0..10 {
            if reply.status != 303 {
                return reply;
            }
            let place = reply.header("location").expect("a redirect says where to").to_owned();
            let own = ["http", "https"].map(|scheme| format!("{scheme}://{}", self.host));
            let own = own.iter().find_map(|own| place.strip_prefix(own)).unwrap_or(&place).to_owned();
            assert!(own.starts_with('/') && !own.starts_with("//"), "it is sent to another site: {place}");
            reply = self.get(&own);
        }
        panic!("it is sent in a circle: {reply:?}");
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head += &format!("Cookie: {}\r\n", pairs.join("; "));
        }
        for header in &self.headers {
            head += &format!("{header}\r\n");
        }
        if method == "POST" {
            // As pages that hide their address send it.
            if !self.headers.iter().any(|header| header.starts_with("Origin:")) {
                head += "Origin: null\r\n";
            }
            head += "Content-Type: application/x-www-form-urlencoded\r\n";
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        let reply = if self.may_break {
            let bytes = format!("{head}Connection: close\r\n\r\n{body}");
            try_exchange(self.address, bytes.as_bytes()).unwrap_or_else(|| resume_unwind(Box::new(Broken)))
        } else {
            exchange(self.address, format!("{head}\r\n{body}").as_bytes())
        };
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }
}

/// The hidden fields of the form of a page that is sent to `action`.
pub(crate) fn hidden(page: &Reply, action: &str) -> Vec<(String, String)> {
    let start = format!("action=\"{action}\"");
    let (_, form) =
        page.body.split_once(&start).unwrap_or_else(|| panic!("no form leads to {action}: {page:?}"));
    let form = form.split("</form>").next().unwrap();
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1);
    hidden
        .map(|input| {
            let mut parts = input.split('"');
            let name = parts.next().unwrap().to_owned();
            (name, parts.nth(1).unwrap().to_owned())
        })
        .collect()
}
