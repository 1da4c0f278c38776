//! A server that imitates Mastodon, streams included; its authors test it against a client of Mastodon.
//!
//! What it is known to tell otherwise than Mastodon does stands in the contract's list of differences.

use std::path::Path;
use std::process::{Command, Stdio};

use super::child::Process;
use super::rest::Rest;
use super::rest_server::{RestServer, usernames};
use super::town::free_port;
use crate::crash::server::poll;

/// A running server.
pub(crate) struct MastodonMock {
    rest: Rest,
    _server: Process,
    _place: tempfile::TempDir,
}

impl MastodonMock {
    /// Starts a new server with accounts of the shop and of all people.
    pub(crate) fn start(python: &Path) -> Self {
        Self::start_with(python, true)
    }

    /// The same, where any token is good for all. It knows no scope below `read` and `write`, so a token that may tell whose
    /// it is and no more is good for nothing.
    pub(crate) fn start_without_scopes(python: &Path) -> Self {
        Self::start_with(python, false)
    }

    fn start_with(python: &Path, has_scopes: bool) -> Self {
        let (port, place) = (free_port(), tempfile::tempdir().unwrap());
        let names = || usernames(Self::SHOP);
        let account = |name: String| {
            let is_bot = name == Self::SHOP;
            format!(
                "[[seed.accounts]]\nusername = \"{name}\"\naccess_token = \"token-of-{name}\"\nbot = {is_bot}\n"
            )
        };
        let settings = format!(
            "url_scheme = \"http\"\ndomain = \"127.0.0.1:{port}\"\n[server]\nport = {port}\n[auth]\nenforce_scopes = {has_scopes}\n\
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
        poll(|| rest.try_get(Self::SHOP, "/api/v1/accounts/verify_credentials"), Option::is_some);
        Self { rest, _server: server, _place: place }
    }
}

impl RestServer for MastodonMock {
    const SHOP: &'static str = "kettle_shop";
    const BEFORE_NAME: &'static str = "/@";
    const FORM: &'static str = "/oauth/authorize";

    fn rest(&self) -> &Rest {
        &self.rest
    }

    fn filled_in(&self, name: &str) -> Vec<(String, String)> {
        vec![("username".to_owned(), name.to_owned())]
    }
}
