//! snac, a small server of the fediverse with Mastodon's interface: without streams, keys of requests and limits, and with ids
//! that are no numbers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::child::Process;
use super::rest::Rest;
use super::rest_server::{RestServer, usernames};
use super::town::free_port;
use crate::crash::server::poll;

/// A running server.
pub(crate) struct Snac {
    rest: Rest,
    passwords: BTreeMap<String, String>,
    _server: Process,
    place: tempfile::TempDir,
}

/// Runs an administrator's command, and returns what it prints.
fn administer(program: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

impl Snac {
    /// Starts a new server with accounts of the shop and of all people, who sign in as people do.
    pub(crate) fn start(peer: &Path) -> Self {
        let (port, place) = (free_port(), tempfile::tempdir().unwrap());
        let (program, data) = (peer.join("root/usr/bin/snac"), place.path().join("data"));
        let data_name = data.to_str().unwrap();
        let host = format!("localhost:{port}");
        administer(
            &program,
            &["init", data_name],
            &format!("127.0.0.1\n{port}\n{host}\n\nowner@example.com\n"),
        );
        let settings = std::fs::read_to_string(data.join("server.json")).unwrap();
        // It delivers posts to itself by requests, and waits for ever where all of its few threads deliver.
        let settings = settings.replacen('{', "{ \"num_threads\": 32,", 1).replace("\"https\"", "\"http\"");
        std::fs::write(data.join("server.json"), settings).unwrap();
        let names: Vec<String> = usernames(Self::SHOP).collect();
        let password = |name: &String| {
            let told = administer(&program, &["adduser", data_name, name], "");
            told.split_once("password is ").unwrap().1.split_whitespace().next().unwrap().to_owned()
        };
        let passwords: Vec<String> = names.iter().map(password).collect();
        let mut command = Command::new(&program);
        command.args(["httpd", data_name]);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Process::start(command);
        let rest = Rest::new(format!("http://{host}"));
        let accepts = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        poll(accepts, |accepts| *accepts);
        for (name, password) in names.iter().zip(&passwords) {
            let token = sign_in(&rest, name, password);
            rest.add(name, &token);
        }
        let passwords = names.into_iter().zip(passwords).collect();
        Self { rest, passwords, _server: server, place }
    }
}

/// Signs in with the page of the server, and gets a token for the code.
fn sign_in(rest: &Rest, name: &str, password: &str) -> String {
    const BACK: &str = "http://127.0.0.1:1/back";
    let (_, app) = rest.form(
        "/api/v1/apps",
        &[("client_name", "Flashtag"), ("redirect_uris", BACK), ("scopes", "read write")],
    );
    let field = |name: &str| app[name].as_str().unwrap();
    let (id, secret) = (field("client_id"), field("client_secret"));
    let page = [("login", name), ("passwd", password), ("redir", BACK), ("cid", id), ("state", "s1")];
    let (location, _) = rest.form("/oauth/x-snac-login", &page);
    let location = location.expect("a good password leads back");
    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap();
    let grant = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("client_secret", secret),
        ("redirect_uri", BACK),
        ("code", code),
    ];
    let (_, token) = rest.form("/oauth/token", &grant);
    token["access_token"].as_str().unwrap().to_owned()
}

impl RestServer for Snac {
    const SHOP: &'static str = "shop";
    const BEFORE_NAME: &'static str = "/";
    const HAS_KEYS: bool = false;
    const HAS_STREAMS: bool = false;
    const FORM: &'static str = "/oauth/x-snac-login";

    fn rest(&self) -> &Rest {
        &self.rest
    }

    fn filled_in(&self, name: &str) -> Vec<(String, String)> {
        [("login", name), ("passwd", self.passwords[name].as_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn tokens_out(&self) -> Option<usize> {
        Some(std::fs::read_dir(self.place.path().join("data/token")).unwrap().count())
    }
}
