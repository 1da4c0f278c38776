//! A server that imitates Mastodon, streams included; its authors test it against a client of Mastodon.
//!
//! What it is known to tell otherwise than Mastodon does stands in the contract's list of differences.

use std::path::Path;
use std::process::{Command, Stdio};

use super::child::Process;
use super::rest::Rest;
use super::town::{OwnPost, PEOPLE, Town, free_port};
use crate::crash::server::poll;

const SHOP: &str = "kettle_shop";

/// A running server.
pub(crate) struct MastodonMock {
    rest: Rest,
    _server: Process,
    _place: tempfile::TempDir,
}

/// The name of a person there, where names have no hyphens.
fn name(who: &str) -> String {
    who.replace('-', "_")
}

impl MastodonMock {
    /// Starts a new server with accounts of the shop and of all people.
    pub(crate) fn start(python: &Path) -> Self {
        let (port, place) = (free_port(), tempfile::tempdir().unwrap());
        let names = || PEOPLE.iter().map(|who| name(who)).chain([SHOP.to_owned()]);
        let account = |name: String| {
            let is_bot = name == SHOP;
            format!(
                "[[seed.accounts]]\nusername = \"{name}\"\naccess_token = \"token-of-{name}\"\nbot = {is_bot}\n"
            )
        };
        let settings = format!(
            "url_scheme = \"http\"\ndomain = \"127.0.0.1:{port}\"\n[server]\nport = {port}\n[auth]\nenforce_scopes = true\n\
             [streaming]\nheartbeat_seconds = 2.0\n{}",
            names().map(account).collect::<String>()
        );
        let config = place.path().join("mock.toml");
        std::fs::write(&config, settings).unwrap();
        let mut command = Command::new(python.join("venv/bin/mastodon_mock"));
        command.args(["serve", "--in-memory", "--log-level", "error", "--config"]).arg(&config);
        let server = Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()));
        let rest = Rest::new(format!("http://127.0.0.1:{port}"));
        names().for_each(|name| rest.add(&name, &format!("token-of-{name}")));
        poll(|| rest.try_get(SHOP, "/api/v1/accounts/verify_credentials"), Option::is_some);
        Self { rest, _server: server, _place: place }
    }
}

impl Town for MastodonMock {
    const KIND: &'static str = "mastodon";

    fn base(&self) -> String {
        self.rest.base.clone()
    }

    fn keys(&self) -> String {
        format!(
            "host = \"{}\"\ntoken_file = \"secret\"\nread = \"notifications by events\"\n",
            self.rest.base
        )
    }

    fn own(&self) -> String {
        self.author_id(SHOP)
    }

    fn mention(&self) -> String {
        format!("@{SHOP}")
    }

    fn secret(&self) -> String {
        self.rest.token(SHOP)
    }

    fn author_id(&self, who: &str) -> String {
        format!("{}/@{}", self.rest.base, name(who))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.rest.post(&name(who), text, reply_to)
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.rest.repost(&name(who), post)
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.rest.delete(&name(who), post)
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        self.rest.posts_of(SHOP)
    }
}
