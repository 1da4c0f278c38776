//! The real binary as a child process, and its HTTP interface.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use flashtag::clock::Clock;
use serde_json::Value;

/// Upper bound on the wait for another process.
const PATIENCE: Duration = Duration::from_secs(60);

/// The exit status of a server, and its remaining output.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stderr: String,
}

/// A server that was started and may not serve yet.
pub(crate) struct Starting {
    child: Child,
    lines: Receiver<String>,
}

/// A running server.
pub(crate) struct Server {
    process: Starting,
    http: Http,
}

/// Why a request has no answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The server is overloaded or stopping: 503.
    Busy,
    /// The connection broke. The posts may have been decided.
    Broken,
}

/// An HTTP client of a server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Http {
    agent: ureq::Agent,
    base: String,
}

/// The binary under test: `FLASHTAG_BINARY`, or the one that was built with the tests.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("FLASHTAG_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_flashtag").into(), PathBuf::from)
}

/// The command `flashtag serve`.
pub(crate) fn serve(config: &Path) -> Command {
    serve_behind(&[], config)
}

/// The command `flashtag serve`, run by another command, as `strace` and its arguments.
pub(crate) fn serve_behind(runner: &[String], config: &Path) -> Command {
    let mut command = match runner.split_first() {
        None => Command::new(binary()),
        Some((name, arguments)) => {
            let mut command = Command::new(name);
            command.args(arguments).arg(binary());
            command
        }
    };
    command.args(["serve", "--config"]).arg(config);
    command
}

impl Starting {
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("RUST_LOG", "warn");
        let mut child = command.spawn().expect("the binary is there");
        let stderr = child.stderr.take().expect("it is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // The server's output is drained even if the receiver is gone, or it would block.
                sender.send(line).ok();
            }
        });
        Self { child, lines }
    }

    /// Waits until the server serves or ends.
    pub(crate) fn wait_until_it_serves(self) -> Result<Server, Ended> {
        let mut output = String::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if let Some(base) = line.strip_prefix("listening on ") {
                let http = Http { agent: agent(), base: base.to_owned() };
                return Ok(Server { process: self, http });
            }
            output.push_str(&line);
            output.push('\n');
        }
        Err(Ended { stderr: output, ..self.kill() })
    }

    /// `kill -9`, whether or not it has ended by itself.
    pub(crate) fn kill(mut self) -> Ended {
        self.child.kill().expect("it is not waited for yet");
        self.wait()
    }

    /// Waits until the server ends and its output is complete.
    fn wait(mut self) -> Ended {
        let status = self.child.wait().expect("a child ends");
        let lines: Vec<String> = self.lines.iter().collect();
        Ended { status, stderr: lines.join("\n") }
    }
}

/// A failing test leaves no process behind.
impl Drop for Starting {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    /// Starts a server and waits until it serves.
    pub(crate) fn start(config: &Path) -> Self {
        Self::try_start(config).unwrap_or_else(|refused| panic!("it serves: {refused:?}"))
    }

    /// Starts a server and waits until it serves, or ends.
    pub(crate) fn try_start(config: &Path) -> Result<Self, Ended> {
        Starting::spawn(serve(config)).wait_until_it_serves()
    }

    pub(crate) fn http(&self) -> Http {
        self.http.clone()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {
        let ended = self.end();
        assert_eq!(ended.status.code(), None, "it was killed, and did not end by itself: {ended:?}");
    }

    /// `kill -9`, whether or not it has ended by itself.
    pub(crate) fn end(self) -> Ended {
        self.process.kill()
    }

    /// Sends a signal, as `-STOP`.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.process.child, name);
    }

    /// Sends SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        self.signal("-TERM");
    }

    /// Waits until it prints a line that begins with `words`.
    pub(crate) fn wait_for_line(&self, words: &str) {
        loop {
            let line = self.process.lines.recv_timeout(PATIENCE).expect("another line");
            if line.starts_with(words) {
                return;
            }
        }
    }

    /// Waits until it ends.
    pub(crate) fn wait(self) -> Ended {
        self.process.wait()
    }

    /// Sends SIGTERM, and asserts a clean end.
    pub(crate) fn stop(self) {
        self.ask_to_stop();
        let ended = self.wait();
        assert_eq!(ended.status.code(), Some(0), "a clean end: {ended:?}");
    }
}

/// Sends a signal, as `-TERM`, to a running process.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill is installed").success(), "the server runs");
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
    config.build().into()
}

impl Http {
    /// Where the server listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.base.strip_prefix("http://").and_then(|place| place.parse().ok()).expect("an address")
    }

    /// Posts lines and returns the answers in their order.
    pub(crate) fn post(&self, body: &str) -> Result<Vec<Value>, Unanswered> {
        let url = format!("{}/v1/posts", self.base);
        let mut response = self.agent.post(url).send(body).map_err(|_| Unanswered::Broken)?;
        let status = response.status().as_u16();
        let answer = response.body_mut().with_config().limit(64 << 20).read_to_string();
        let answer = answer.map_err(|_| Unanswered::Broken)?;
        let line = |line| serde_json::from_str(line).expect("a line of JSON");
        match status {
            200 => Ok(answer.lines().map(line).collect()),
            503 => Err(Unanswered::Busy),
            _ => panic!("{status}: {answer}"),
        }
    }

    /// Reads a path; `None` if it does not exist.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().expect("an answer");
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string().expect("a body");
        assert!(matches!(status, 200 | 404), "{path}: {status}: {answer}");
        (status == 200).then(|| serde_json::from_str(&answer).expect("JSON"))
    }

    /// Links an account. Returns whether the server acknowledged it.
    pub(crate) fn link(&self, author: u32) -> bool {
        self.link_card(author, &format!("tok_{author}"))
    }

    /// Links an account with a card of that token. Returns whether the server acknowledged it.
    pub(crate) fn link_card(&self, author: u32, token: &str) -> bool {
        let body = format!(
            r#"{{"card":{{"token":"{token}","brand":"amex","funding":"credit","last4":"1005"}},"email":"{author}@example.com","region":"US-NY"}}"#
        );
        let url = format!("{}/v1/accounts/x/{author}", self.base);
        let request = self.agent.put(url).header("Content-Type", "application/json");
        match request.send(body).map(|answer| answer.status().as_u16()) {
            Ok(200..=299) => true,
            Ok(503) | Err(_) => false,
            Ok(other) => panic!("{other}"),
        }
    }

    /// The current state of the offers.
    pub(crate) fn offers(&self) -> Vec<Value> {
        let offers = self.get("/v1/offers").expect("it is there");
        offers["offers"].as_array().expect("a list").clone()
    }

    /// Reads the offers until `wanted` holds.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        poll(|| self.offers(), |offers| wanted(offers))
    }

    /// The status of `/readyz`, and its text.
    pub(crate) fn readiness(&self) -> (u16, String) {
        let mut response = self.agent.get(format!("{}/readyz", self.base)).call().expect("an answer");
        (response.status().as_u16(), response.body_mut().read_to_string().expect("a body"))
    }

    /// Where an address redirects to.
    pub(crate) fn redirected(&self, url: &str) -> String {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        let answer = ureq::Agent::from(agent).get(url).call().expect("an answer");
        let location = answer.headers().get("location").expect("a redirect");
        location.to_str().expect("an address").to_owned()
    }

    /// A page, whatever its status.
    pub(crate) fn page(&self, path: &str) -> String {
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().expect("an answer");
        response.body_mut().read_to_string().expect("a page")
    }

    /// The address of the server.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The metrics, as text.
    pub(crate) fn metrics(&self) -> String {
        let mut response = self.agent.get(format!("{}/metrics", self.base)).call().expect("an answer");
        response.body_mut().read_to_string().expect("a body")
    }

    /// Waits until no effect is pending.
    pub(crate) fn wait_until_all_is_done(&self) {
        poll(|| self.metrics(), |metrics| metrics.lines().any(|line| line == "flashtag_outbox_pending 0"));
    }
}

/// Repeats `read` until `wanted` holds, because another process has to make progress.
pub(crate) fn poll<T: std::fmt::Debug>(mut read: impl FnMut() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let clock = Clock::start();
    loop {
        let seen = read();
        if wanted(&seen) {
            return seen;
        }
        let waited = Duration::from_micros(clock.elapsed_us());
        assert!(waited < PATIENCE, "waited {waited:?} in vain: {seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs another command of the binary to its end.
pub(crate) fn run(args: &[&str], data: &Path) -> Output {
    let mut command = Command::new(binary());
    command.args(args).arg("--data").arg(data).output().expect("the binary is there")
}

/// Asserts that `flashtag verify` finds every promise kept.
pub(crate) fn assert_verified(data: &Path, strict: bool) {
    assert_verified_by(data, &data.join("cards.ndjson"), strict);
}

/// As [`assert_verified`], with the provider's ledger in another place.
pub(crate) fn assert_verified_by(data: &Path, ledger: &Path, strict: bool) {
    let mut args = vec!["verify", "--ledger", ledger.to_str().expect("a path of letters")];
    args.extend(strict.then_some("--strict"));
    let output = run(&args, data);
    let words = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{words}{}", String::from_utf8_lossy(&output.stderr));
}
