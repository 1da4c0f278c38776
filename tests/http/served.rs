//! A `flashtag serve` process for one test.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::domain::time::Timestamp;
use flashtag::journal::private;
use serde_json::Value;
use tempfile::TempDir;

use super::client::{Reply, exchange, request};
use crate::crash::signal;

pub(crate) const OFFERS: &str = r#"
[shop]
name = "Shop"
accounts = { x = "9001" }

[[offer]]
id = "kindle"
kind = "purchase"
title = "Kindle"
tags = { buy = "BuyKindle", confirm = "ConfirmKindle", cancel = "CancelKindle" }
price = "149.99 USD"
units = 3
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "15m"

[[offer]]
id = "pot"
kind = "purchase"
title = "Pot"
tags = { buy = "BuyPot" }
price = "10.00 USD"
units = 1000
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "0s"
"#;

/// An offer of statement credits that is on sale.
pub(crate) const SMALL: &str = r#"
[[offer]]
id = "small"
kind = "credit"
tags = { enroll = "LoadSmall" }
credit = "5.00 USD"
min_spend = "20.00 USD"
merchants = ["m-1"]
uses_per_card = 2
enrollments = 10
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
valid_until = "2090-01-01T00:00:00Z"
"#;

/// The token of [`Served::with_token`].
pub(crate) const TOKEN: &str = "Authorization: Bearer 0123456789abcdef0123456789abcdef";

/// A running server; dropping it kills it.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    child: Child,
    directory: TempDir,
    output: Output,
}

/// The output of a server since its first start.
type Output = Arc<Mutex<String>>;

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Served {
    /// Starts a server with small limits and without tokens.
    pub(crate) fn open() -> Self {
        Self::start("auth = \"off\"", "", "")
    }

    /// Starts a server with additional offers.
    pub(crate) fn selling(offers: &str) -> Self {
        Self::start("auth = \"off\"", "", offers)
    }

    /// Starts a server with additional limits.
    pub(crate) fn with_limits(limits: &str) -> Self {
        Self::start("auth = \"off\"", limits, "")
    }

    /// Starts a server that requires a token.
    pub(crate) fn with_token() -> Self {
        Self::start("token_file = \"tokens\"", "", "")
    }

    /// Starts a server with these lines in `[http]`.
    pub(crate) fn with_http(lines: &str) -> Self {
        Self::start(lines, "", "")
    }

    /// Replaces a file beside the configuration that holds a secret.
    pub(crate) fn write_secret(&self, name: &str, text: &str) {
        private::write(&self.directory.path().join(name), text).unwrap();
    }

    /// Sets the permissions of a file beside the configuration.
    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(self.directory.path().join(name), permissions).unwrap();
    }

    /// Sends a signal to the server.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    fn start(auth: &str, limits: &str, offers: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://shop.example\"\n{auth}\n\
             [limits]\nbody_bytes = \"64 KiB\"\nline_bytes = \"32 KiB\"\nposts_per_request = 20\n\
             head_timeout = \"1s\"\nbody_timeout = \"500ms\"\nkeep_alive = \"1s\"\n\
             segment_bytes = \"1 MiB\"\ngroup_bytes = \"1 MiB\"\n{limits}"
        );
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("serve.toml", &config);
        write("offers.toml", &format!("{OFFERS}{offers}"));
        write("accounts.ndjson", &(1..=9).map(|author| link(author) + "\n").collect::<String>());
        let write = |name: &str, text: &str| private::write(&directory.path().join(name), text).unwrap();
        write("tokens", "# of today\n0123456789abcdef0123456789abcdef\nfedcba9876543210fedcba9876543210\n");
        let output = Output::default();
        let (child, address) = spawn(&directory.path().join("serve.toml"), &[], &output);
        Self { address, child, directory, output }
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Asks the server to stop and waits. Returns its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        signal(&self.child, "-TERM");
        self.child.wait().unwrap().code()
    }

    /// Starts the server again after a kill.
    pub(crate) fn restart(&mut self) {
        self.restart_with_options(&[]);
    }

    /// Stops the server, ages its sessions and sign-ins by `minutes`, and starts it again.
    pub(crate) fn restart_after_minutes(&mut self, minutes: i64) {
        assert_eq!(self.stop(), Some(0));
        let database = rusqlite::Connection::open(self.data().join("ops.sqlite")).unwrap();
        let ms = minutes * 60_000;
        for older in [
            "UPDATE link_sessions SET signed_in_at = signed_in_at - ?1, seen_at = seen_at - ?1",
            "UPDATE link_flows SET expires_at = expires_at - ?1",
        ] {
            database.execute(older, [ms]).unwrap();
        }
        drop(database);
        self.restart();
    }

    /// Starts the server again after a kill, with more options.
    pub(crate) fn restart_with_options(&mut self, options: &[&str]) {
        self.kill();
        let config = self.directory.path().join("serve.toml");
        (self.child, self.address) = spawn(&config, options, &self.output);
    }

    /// Replaces the offer file.
    pub(crate) fn sell(&self, offers: &str) {
        self.write("offers.toml", offers);
    }

    /// Tries to start the killed server again. Returns its exit code and what it said.
    pub(crate) fn refused_start(&mut self) -> (Option<i32>, String) {
        self.kill();
        let config = self.directory.path().join("serve.toml");
        let ran =
            Command::new(env!("CARGO_BIN_EXE_flashtag")).arg("serve").arg("--config").arg(config).output();
        let ran = ran.unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    }

    /// Replaces a file beside the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Starts the server again with more offers.
    pub(crate) fn restart_selling(&mut self, more: &str) {
        let offers = self.directory.path().join("offers.toml");
        let known = std::fs::read_to_string(&offers).unwrap();
        std::fs::write(&offers, format!("{known}{more}")).unwrap();
        self.restart();
    }

    /// Starts the server again, with one more line in its configuration and with more offers.
    pub(crate) fn restart_with(&mut self, line: &str, more: &str) {
        let config = self.directory.path().join("serve.toml");
        let known = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("{line}\n{known}")).unwrap();
        self.restart_selling(more);
    }

    /// The output so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        exchange(self.address, &request("GET", target, &[], b""))
    }

    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Reply {
        self.post_lines("/v1/posts", body.as_ref())
    }

    /// Posts card transactions.
    pub(crate) fn feed(&self, body: impl AsRef<[u8]>) -> Reply {
        self.post_lines("/v1/transactions", body.as_ref())
    }

    fn post_lines(&self, target: &str, body: &[u8]) -> Reply {
        exchange(self.address, &request("POST", target, &["Content-Type: application/x-ndjson"], body))
    }

    pub(crate) fn delete(&self, target: &str) -> Reply {
        exchange(self.address, &request("DELETE", target, &[], b""))
    }

    pub(crate) fn put(&self, target: &str, body: &str) -> Reply {
        let headers = ["Content-Type: application/json"];
        exchange(self.address, &request("PUT", target, &headers, body.as_bytes()))
    }

    /// Posts a body with an idempotency key.
    pub(crate) fn change(&self, target: &str, key: &str, body: &str) -> Reply {
        let headers = [&format!("Idempotency-Key: {key}"), "Content-Type: application/json"];
        exchange(self.address, &request("POST", target, &headers, body.as_bytes()))
    }

    /// The offers as shown.
    pub(crate) fn offers(&self) -> Value {
        self.get("/v1/offers").json()
    }
}

fn spawn(config: &Path, options: &[&str], output: &Output) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flashtag"))
        .arg("serve")
        .arg("--config")
        .arg(config)
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, receiver) = sync_channel(1);
    forward_address(child.stdout.take().unwrap(), sender.clone(), Arc::clone(output));
    forward_address(child.stderr.take().unwrap(), sender, Arc::clone(output));
    match receiver.recv_timeout(Duration::from_secs(30)) {
        Ok(address) => (child, address),
        Err(_) => {
            child.kill().ok();
            panic!("flashtag serve did not listen");
        }
    }
}

/// Reads the server's output to its end, so that it never blocks, and sends the address.
fn forward_address(from: impl Read + Send + 'static, sender: SyncSender<SocketAddr>, output: Output) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            output.lock().unwrap().extend([line.as_str(), "\n"]);
            let address = line.split("listening on http://").nth(1).and_then(|rest| {
                rest.split(|ch: char| !(ch.is_ascii_digit() || ch == '.' || ch == ':')).next()?.parse().ok()
            });
            if let Some(address) = address {
                sender.try_send(address).ok();
            }
        }
    });
}

/// The line of an author in the accounts file.
pub(crate) fn link(author: u32) -> String {
    format!(
        r#"{{"network":"x","author_id":"{author}","card":{{"token":"tok_{author}","brand":"amex","funding":"credit","last4":"1005"}},"email":"a{author}@example.com","region":"US-NY"}}"#
    )
}

/// A post of an author, published now.
pub(crate) fn post(id: &str, author: u32, text: &str) -> String {
    post_at(Clock::start().now(), id, author, text)
}

/// A post of an author, published at `at`.
pub(crate) fn post_at(at: Timestamp, id: &str, author: u32, text: &str) -> String {
    format!(
        r#"{{"network":"x","id":"{id}","author":{{"id":"{author}"}},"posted_at":"{at}","text":"{text}"}}"#
    )
}
