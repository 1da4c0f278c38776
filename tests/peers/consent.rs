//! The page on which a server of Bluesky signs its people in, and asks whether they agree, as its own scripts use it.

use serde_json::{Value, json};

use crate::sign_in::site::Site;

/// What a browser says when somebody opens a page.
const NAVIGATES: [(&str, &str); 3] = [
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
];

/// An open page.
pub(crate) struct Consent {
    site: Site,
    base: String,
    /// Its address, to which the shop sent the browser.
    page: String,
}

impl Consent {
    /// Opens the page to which the shop sent the browser.
    pub(crate) fn open(base: &str, page: &str) -> Self {
        let site = Site::new();
        let shown = site.get(page, &[&NAVIGATES[..], &[("sec-fetch-site", "cross-site")]].concat());
        assert_eq!(shown.status, 200, "{shown:?}");
        Self { site, base: base.to_owned(), page: page.to_owned() }
    }

    /// Asks the server for something, as a script of the page does.
    fn call(&self, method: &str, what: &str, body: &Value) -> Value {
        let token = self.site.cookie("csrf-token");
        let headers = [
            ("content-type", "application/json"),
            ("x-csrf-token", &token),
            ("origin", &self.base),
            ("referer", &self.page),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-dest", "empty"),
            ("user-agent", NAVIGATES[2].1),
        ];
        let address = format!("{}/@atproto/oauth-provider/~api{what}", self.base);
        let shown = match method {
            "GET" => self.site.get(&address, &headers),
            _ => self.site.post(&address, &headers, &body.to_string()),
        };
        shown.body.parse().unwrap_or_else(|_| panic!("{what}: {shown:?}"))
    }

    /// Somebody signs in. Returns their DID.
    pub(crate) fn sign_in(&self, handle: &str, password: &str) -> String {
        let fields = json!({ "locale": "en", "username": handle, "password": password, "remember": true });
        let answer = self.call("POST", "/sign-in", &fields);
        answer["account"]["did"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Who is signed in agrees. Returns where the server sends the browser.
    pub(crate) fn agree(&self, did: &str) -> String {
        self.leave(&self.call("POST", "/consent", &json!({ "did": did })))
    }

    /// Whoever is there refuses. Returns where the server sends the browser.
    pub(crate) fn refuse(&self) -> String {
        self.leave(&self.call("POST", "/reject", &json!({})))
    }

    fn leave(&self, answer: &Value) -> String {
        let address = answer["url"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let own = [("sec-fetch-site", "same-origin"), ("referer", self.page.as_str())];
        let shown = self.site.get(address, &[&NAVIGATES[..], &own].concat());
        shown.location.clone().unwrap_or_else(|| panic!("{shown:?}"))
    }

    /// The apps that have a token of who is signed in.
    pub(crate) fn apps_with_tokens(&self, did: &str) -> Vec<String> {
        let did: String = url::form_urlencoded::byte_serialize(did.as_bytes()).collect();
        let answer = self.call("GET", &format!("/oauth-sessions?did={did}"), &Value::Null);
        let sessions = answer.as_array().unwrap_or_else(|| panic!("{answer}"));
        sessions.iter().map(|session| session["clientId"].as_str().unwrap().to_owned()).collect()
    }
}
