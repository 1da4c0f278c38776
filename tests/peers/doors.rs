//! The pages on which people of servers that nobody here wrote sign in.

use super::atproto::Atproto;
use super::consent::Consent;
use super::rest_server::{RestServer, username};
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

impl<S: RestServer> Door for S {
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
        let filled_in = self.filled_in(&username(who));
        let fields: Vec<_> = form.hidden().into_iter().chain(filled_in).collect();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let shown = site.submit(&format!("{}{}", self.base(), S::FORM), &fields);
        shown.location.clone().unwrap_or_else(|| panic!("{form:?} {shown:?}"))
    }

    fn tokens(&self) -> Option<usize> {
        self.tokens_out()
    }
}
