//! The commands from outside: the binary, its files, its messages and its exit codes.

#![expect(clippy::indexing_slicing, reason = "a failed test panics")]

mod bad_input;
mod card_numbers;
mod check;
mod commands;
mod credits;
mod demo;
mod determinism;
mod disk_failures;
mod explain;
mod formats;
mod freezing;
mod help;
mod history;
mod identity;
mod logs;
mod mode;
mod operated;
mod opt_out;
mod orders;
mod private;
mod reminders;
mod remote;
mod resume;
mod sales;
mod sell;
mod serve;
mod snapshots;
mod take_back;
mod verify;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) use credits::{credits_on_sale, verdict};
pub(crate) use identity::prefix;

/// A shop with one offer; tests change it line by line.
pub(crate) const OFFERS: &str = r##"[shop]
name = "AmexSync"
accounts = { x = "9001" }

[[offer]]
id = "kindle"
kind = "purchase"
title = "Kindle"
tags = { buy = "BuyKindle", confirm = "ConfirmKindle", cancel = "CancelKindle" }
price = "149.99 USD"
units = 1
opens = "2013-02-13T12:00:00Z"
closes = "2013-02-13T18:00:00Z"
terms_url = "https://shop.example/terms/kindle"
"##;

/// The linked accounts.
pub(crate) const ACCOUNTS: &str = r##"{"network":"x","author_id":"42","card":{"token":"tok_ana","brand":"amex","funding":"credit","last4":"1005"},"email":"ana@example.com","region":"US-NY"}
"##;

/// A claim and its confirmation.
pub(crate) const POSTS: &str = r##"{"network":"x","id":"1","author":{"id":"42","handle":"ana"},"posted_at":"2013-02-13T12:00:00Z","text":"I want to #BuyKindle"}
{"network":"x","id":"2","author":{"id":"42","handle":"ana"},"posted_at":"2013-02-13T12:01:00Z","text":"#ConfirmKindle"}
"##;

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Asserts that no panic was printed and no signal ended the process.
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands write UTF-8");
        let ran = Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "a panic was shown:\n{}", ran.err);
        assert!(ran.code.is_some(), "a signal ended the process: {ran:?}");
        ran
    }

    /// Asserts the exit code, and that the output contains these texts.
    #[track_caller]
    pub(crate) fn must(self, code: i32, texts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "exit code; it wrote:\n{}\n{}", self.out, self.err);
        for words in texts {
            let present = self.out.contains(words) || self.err.contains(words);
            assert!(present, "{words:?} is missing:\n{}\n{}", self.out, self.err);
        }
        self
    }
}

/// The binary, without environment variables that it reads.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flashtag"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FLASHTAG") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end.
pub(crate) fn flashtag<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Ran::of(binary().args(arguments).stdin(Stdio::null()).output().expect("the binary runs"))
}

/// Runs a command with this standard input.
pub(crate) fn flashtag_fed<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Ran {
    let mut child = binary()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    // The command may stop reading early; its message is what the test checks.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    feeder.join().expect("feeding does not panic");
    Ran::of(output)
}

/// A directory with the files of one sale.
pub(crate) struct Sale {
    directory: tempfile::TempDir,
}

impl Sale {
    pub(crate) fn new(offers: impl AsRef<[u8]>, accounts: impl AsRef<[u8]>, posts: impl AsRef<[u8]>) -> Self {
        let sale = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        sale.write("offers.toml", offers);
        sale.write("accounts.ndjson", accounts);
        sale.write("posts.ndjson", posts);
        sale
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a temporary file is written");
    }

    /// Writes a file that only its owner may read.
    pub(crate) fn write_secret(&self, name: &str, content: impl AsRef<[u8]>) {
        flashtag::journal::private::write(&self.path(name), content).expect("a temporary file is written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    }

    /// The lines of a result, as JSON.
    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        ndjson(&self.read(name))
    }

    pub(crate) fn sell(&self) -> Ran {
        self.sell_with(&[])
    }

    /// `sell` with the files of this directory; results go to `out` unless `more` overrides it.
    pub(crate) fn sell_with(&self, more: &[&str]) -> Ran {
        let mut arguments: Vec<String> = vec!["sell".to_owned()];
        let files = [
            ("--offers", "offers.toml"),
            ("--accounts", "accounts.ndjson"),
            ("--posts", "posts.ndjson"),
            ("--out", "out"),
        ];
        for (option, name) in files {
            if !more.contains(&option) {
                arguments.extend([option.to_owned(), self.path(name).display().to_string()]);
            }
        }
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        flashtag(arguments)
    }

    pub(crate) fn verify(&self, more: &[&str]) -> Ran {
        let data = self.path("out");
        let arguments = [OsStr::new("verify"), OsStr::new("--data"), data.as_os_str()];
        flashtag(arguments.into_iter().chain(more.iter().map(OsStr::new)))
    }
}

/// Lines of JSON.
pub(crate) fn ndjson(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault} in {line}")))
        .collect()
}

/// The names of an object's fields, in order.
pub(crate) fn fields(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Asserts that an object has exactly these fields.
#[track_caller]
pub(crate) fn must_have_fields(object: &Value, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let mut found = fields(object);
    found.sort_unstable();
    assert_eq!(found, expected, "{object}");
}

/// A text field of a JSON object; empty if it is missing.
pub(crate) fn text<'v>(object: &'v Value, field: &str) -> &'v str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The paths under a directory.
pub(crate) fn listing(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}
