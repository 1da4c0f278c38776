//! A site of a network, as a browser opens it: it keeps cookies, and says where a request comes from.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// A browser at one site.
pub(crate) struct Site {
    agent: ureq::Agent,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What a site answers.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    /// Where it sends the browser.
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0);
        Self { agent: config.build().into(), cookies: RefCell::default() }
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.borrow().get(name).unwrap_or_else(|| panic!("no cookie is called {name}")).clone()
    }

    /// Opens an address.
    pub(crate) fn get(&self, address: &str, headers: &[(&str, &str)]) -> Shown {
        let made = self.request("GET", address, headers).body(()).unwrap();
        self.keep(self.agent.run(made).unwrap())
    }

    /// Sends something to an address.
    pub(crate) fn post(&self, address: &str, headers: &[(&str, &str)], body: &str) -> Shown {
        let made = self.request("POST", address, headers).body(body.to_owned()).unwrap();
        self.keep(self.agent.run(made).unwrap())
    }

    /// Sends a form.
    pub(crate) fn submit(&self, address: &str, fields: &[(&str, &str)]) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post(address, &[("content-type", "application/x-www-form-urlencoded")], &body)
    }

    fn request(&self, method: &str, address: &str, headers: &[(&str, &str)]) -> ureq::http::request::Builder {
        let cookies = self.cookies.borrow();
        let cookies: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut made = ureq::http::Request::builder().method(method).uri(address);
        if !cookies.is_empty() {
            made = made.header("cookie", cookies.join("; "));
        }
        headers.iter().fold(made, |made, (name, value)| made.header(*name, *value))
    }

    fn keep(&self, mut answer: ureq::http::Response<ureq::Body>) -> Shown {
        let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
        for cookie in answer.headers().get_all("set-cookie").into_iter().map(text) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        let (status, location) = (answer.status().as_u16(), answer.headers().get("location").map(text));
        Shown { status, location, body: answer.body_mut().read_to_string().unwrap() }
    }
}

impl Shown {
    /// The hidden fields of the page's only form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let inputs = self.body.split("<input type=\"hidden\" name=\"").skip(1);
        let field = |input: &str| {
            let mut parts = input.split('"');
            Some((parts.next()?.to_owned(), parts.nth(1)?.to_owned()))
        };
        inputs.map(|input| field(input).unwrap_or_else(|| panic!("no field: {input}"))).collect()
    }
}
