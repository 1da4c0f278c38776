//! The real binary, serving a directory: `FLASHTAG_BINARY`, or the one that was built with the tests.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flashtag::clock::Clock;
use serde_json::{Value, json};

use crate::command::ndjson;
use crate::crash::signal;

/// Upper bound on the wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(super) struct Engine {
    child: Child,
    base: String,
    agent: ureq::Agent,
}

fn binary() -> PathBuf {
    std::env::var_os("FLASHTAG_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_flashtag").into(), PathBuf::from)
}

/// Runs a command on a data directory. Returns its standard output, standard error and exit code.
fn run(command: &str, data: &Path) -> (String, String, i32) {
    let output = Command::new(binary()).args([command, "--data"]).arg(data).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands write UTF-8");
    let code = output.status.code().expect("no signal ends it");
    (text(output.stdout), text(output.stderr), code)
}

/// The records of a data directory, as lines of JSON.
pub(super) fn history(data: &Path) -> String {
    let (records, stderr, code) = run("history", data);
    assert_eq!(code, 0, "{stderr}");
    records
}

/// The output of `verify` and its exit code, with `DIR` for the directory's name.
pub(super) fn verify(data: &Path) -> String {
    let (verdict, stderr, code) = run("verify", data);
    format!("{verdict}{stderr}exit {code}\n").replace(&data.display().to_string(), "DIR")
}

impl Engine {
    /// Starts a server and waits until it serves.
    pub(super) fn start(config: &Path) -> Self {
        let mut command = Command::new(binary());
        command.args(["serve", "--config"]).arg(config).env("RUST_LOG", "warn");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary is there");
        let mut output = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut words = String::new();
        let base = loop {
            let mut line = String::new();
            let bytes = output.read_line(&mut line).expect("it writes UTF-8");
            assert!(bytes > 0, "it does not serve: {words}");
            match line.trim_end().strip_prefix("listening on ") {
                Some(base) => break base.to_owned(),
                None => words.push_str(&line),
            }
        };
        // The server's output is drained, so that it never blocks.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Self { child, base, agent: config.build().into() }
    }

    fn send(&self, path: &str, body: &str) -> Vec<Value> {
        let mut response = self.agent.post(format!("{}{path}", self.base)).send(body).expect("an answer");
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string().expect("a body");
        assert_eq!(status, 200, "{answer}");
        ndjson(&answer)
    }

    /// Sends posts of the current time. Returns their outcomes.
    pub(super) fn post(&self, posts: &[Post<'_>]) -> Vec<String> {
        let now = Clock::start().now();
        let line = |post: &Post<'_>| {
            let (network, author) = post.account.split_once(':').expect("network:author");
            let author = json!({"id": author});
            let post = json!({"network": network, "id": post.id.to_string(), "author": author,
                "posted_at": now.to_string(), "text": post.text});
            format!("{post}\n")
        };
        let answers = self.send("/v1/posts", &posts.iter().map(line).collect::<String>());
        answers.iter().map(|answer| answer["outcome"].as_str().expect("a code").to_owned()).collect()
    }

    /// Sends card transactions of the current time. Returns their outcomes.
    pub(super) fn transact(&self, transactions: &[Value]) -> Vec<String> {
        let now = Clock::start().now().to_string();
        let line = |transaction: &Value| {
            let mut line = transaction.clone();
            line["at"] = json!(now);
            format!("{line}\n")
        };
        let answers = self.send("/v1/transactions", &transactions.iter().map(line).collect::<String>());
        answers.iter().map(|answer| answer["outcome"].as_str().expect("a code").to_owned()).collect()
    }

    /// Links a card to an account.
    pub(super) fn link(&self, account: &str, token: &str) {
        let (network, author) = account.split_once(':').expect("network:author");
        let url = format!("{}/v1/accounts/{network}/{author}", self.base);
        let body = json!({"card": {"token": token, "brand": "amex", "funding": "credit", "last4": "1005"},
            "email": "linked@example.com", "region": "DE-BE"});
        let request = self.agent.put(url).header("Content-Type", "application/json");
        let status = request.send(body.to_string()).expect("an answer").status().as_u16();
        assert!(matches!(status, 200..=299), "{account}: {status}");
    }

    /// The status of a `POST` request.
    pub(super) fn status(&self, path: &str, body: &str) -> u16 {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("Content-Type", "application/json");
        request.send(body).expect("an answer").status().as_u16()
    }

    /// The text at a path.
    pub(super) fn text(&self, path: &str) -> String {
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        response.body_mut().read_to_string().expect("a body")
    }

    /// The JSON at a path.
    pub(super) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).expect("JSON")
    }

    /// A metric, summed over its labels.
    pub(super) fn metric(&self, name: &str) -> f64 {
        let metrics = self.text("/metrics");
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// `kill -9`.
    pub(super) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("a child ends");
    }

    /// Sends SIGTERM, and asserts a clean end.
    pub(super) fn stop(mut self) {
        signal(&self.child, "-TERM");
        assert_eq!(self.child.wait().expect("a child ends").code(), Some(0), "a clean end");
    }
}

/// A failing test leaves no process behind.
impl Drop for Engine {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A post of the current time.
pub(super) struct Post<'t> {
    pub(super) account: &'t str,
    pub(super) id: u64,
    pub(super) text: &'t str,
}
