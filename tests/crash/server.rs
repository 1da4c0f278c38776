//! The real binary as a child process, and its HTTP interface.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use flashtag::clock::Clock;
use serde_json::Value;

/// How long anything that another process does is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a server does not serve: how it ended, and what it said.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: ExitStatus,
    pub(crate) stderr: String,
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    http: Http,
}

/// Why posts have no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The server has too much to do, or is stopping: 503.
    Busy,
    /// The connection broke. What was posted may have been decided.
    Broken,
}

/// Speaks to a server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Http {
    agent: ureq::Agent,
    base: String,
}

impl Server {
    /// Starts a server and waits until it serves.
    pub(crate) fn start(config: &Path) -> Self {
        Self::try_start(config).unwrap_or_else(|refused| panic!("it serves: {refused:?}"))
    }

    /// Starts a server and waits until it serves, or ends.
    pub(crate) fn try_start(config: &Path) -> Result<Self, Refused> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flashtag"));
        command.args(["serve", "--config"]).arg(config);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("RUST_LOG", "warn");
        let mut child = command.spawn().expect("the binary is there");
        let stderr = child.stderr.take().expect("it is piped");
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Where nobody listens any more, the server must still be able to speak.
                tell.send(line).ok();
            }
        });
        let mut said = String::new();
        loop {
            let Ok(line) = lines.recv_timeout(PATIENCE) else {
                child.kill().ok();
                let status = child.wait().expect("a child ends");
                return Err(Refused { status, stderr: said });
            };
            if let Some(base) = line.strip_prefix("listening on ") {
                let http = Http { agent: agent(), base: base.to_owned() };
                return Ok(Self { child, lines, http });
            }
            said.push_str(&line);
            said.push('\n');
        }
    }

    pub(crate) fn http(&self) -> Http {
        self.http.clone()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        let status = self.child.wait().expect("a child ends");
        assert_eq!(status.code(), None, "it was killed, and did not end by itself: {:?}", self.said());
    }

    /// SIGTERM, once.
    pub(crate) fn ask_to_stop(&self) {
        signal(&self.child, "-TERM");
    }

    /// Waits until it says something that begins with `words`.
    pub(crate) fn wait_to_say(&self, words: &str) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("it speaks");
            if line.starts_with(words) {
                return;
            }
        }
    }

    /// Waits until it ends, and returns how.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("a child ends")
    }

    /// SIGTERM, and the clean end that must follow.
    pub(crate) fn stop(self) {
        self.ask_to_stop();
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "a clean end");
    }

    fn said(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }
}

/// Sends a signal, as `-TERM`, to a server that runs.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill is installed").success(), "the server runs");
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
    config.build().into()
}

impl Http {
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

    /// Reads an address; none if it is not there.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().expect("an answer");
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string().expect("a body");
        assert!(matches!(status, 200 | 404), "{path}: {status}: {answer}");
        (status == 200).then(|| serde_json::from_str(&answer).expect("JSON"))
    }

    /// How the offers stand.
    pub(crate) fn offers(&self) -> Vec<Value> {
        let offers = self.get("/v1/offers").expect("it is there");
        offers["offers"].as_array().expect("a list").clone()
    }

    /// Asks for the offers until they stand as `wanted`.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        poll(|| self.offers(), |offers| wanted(offers))
    }

    /// Asks until no effect is left to be done.
    pub(crate) fn wait_until_all_is_done(&self) {
        let url = format!("{}/metrics", self.base);
        let read = || {
            let mut response = self.agent.get(&url).call().expect("an answer");
            response.body_mut().read_to_string().expect("a body")
        };
        poll(read, |metrics| metrics.lines().any(|line| line == "flashtag_outbox_pending 0"));
    }
}

/// Reads until what is read is as `wanted`: another process has to get there.
pub(crate) fn poll<T: std::fmt::Debug>(read: impl Fn() -> T, wanted: impl Fn(&T) -> bool) -> T {
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
    let mut command = Command::new(env!("CARGO_BIN_EXE_flashtag"));
    command.args(args).arg("--data").arg(data).output().expect("the binary is there")
}

/// `flashtag verify` keeps all promises, or this fails with what it said.
pub(crate) fn assert_verified(data: &Path, strict: bool) {
    let args: &[&str] = if strict { &["verify", "--strict"] } else { &["verify"] };
    let output = run(args, data);
    let words = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{words}{}", String::from_utf8_lossy(&output.stderr));
}
