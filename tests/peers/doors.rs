//! The pages on which people of servers that nobody here wrote sign in.

use super::atproto::Atproto;
use super::consent::Consent;
use super::mastodon_mock::MastodonMock;
use super::rest_server::username;
use super::snac::Snac;
use super::town::Town;
use crate::sign_in::Door;
use crate::sign_in::site::Site;

impl Door for Atproto {
    const KIND: &'static str = "bluesky";
    const LABEL: &'static str = "Bluesky";

    fn typed(&self, who: &str) -> String {
        self.author_id(who);
        format!("@{who}.test")
    }

    fn called(&self, who: &str) -> String {
        format!("@{who}.test")
    }

    fn let_in(&self, who: &str, page: &str) -> String {
        let consent = Consent::open(&self.base(), page);
        let did = consent.sign_in(&format!("{who}.test"), &Self::password_of(who));
        consent.agree(&did)
    }
}

/// The host of a server, with its port.
fn host(base: &str) -> &str {
    base.split_once("://").unwrap().1
}

impl Door for Snac {
    const KIND: &'static str = "mastodon";
    const LABEL: &'static str = "Mastodon";

    fn typed(&self, _: &str) -> String {
        self.base()
    }

    fn called(&self, who: &str) -> String {
        format!("@{}@{}", username(who), host(&self.base()))
    }

    fn let_in(&self, who: &str, page: &str) -> String {
        let site = Site::new();
        let form = site.get(page, &[]);
        let hidden = form.hidden();
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let name = username(who);
        let password = self.password_of(&name);
        let fields: Vec<_> = hidden.chain([("login", name.as_str()), ("passwd", &password)]).collect();
        let shown = site.submit(&format!("{}/oauth/x-snac-login", self.base()), &fields);
        shown.location.clone().unwrap_or_else(|| panic!("{form:?} {shown:?}"))
    }

    fn tokens(&self) -> Option<usize> {
        Some(self.tokens_out())
    }
}

impl Door for MastodonMock {
    const KIND: &'static str = "mastodon";
    const LABEL: &'static str = "Mastodon";

    fn typed(&self, _: &str) -> String {
        self.base()
    }

    fn called(&self, who: &str) -> String {
        format!("@{}@{}", username(who), host(&self.base()))
    }

    fn let_in(&self, who: &str, page: &str) -> String {
        let site = Site::new();
        let form = site.get(page, &[]);
        let hidden = form.hidden();
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let name = username(who);
        let fields: Vec<_> = hidden.chain([("username", name.as_str())]).collect();
        let shown = site.submit(&format!("{}/oauth/authorize", self.base()), &fields);
        shown.location.clone().unwrap_or_else(|| panic!("{form:?} {shown:?}"))
    }
}
