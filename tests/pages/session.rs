//! A reader at a terminal: writes the files that a page shows, runs its commands, and compares what they say.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::expected::fits;
use super::page::{Fence, Page};
use crate::crash::{poll, signal};

/// The address that pages tell.
const TOLD_ADDRESS: &str = "127.0.0.1:8080";

pub(super) struct Session {
    directory: TempDir,
    /// The files that the pages have shown so far, as they show them.
    files: Vec<(String, String)>,
    server: Option<Server>,
    /// Where the last server listened; the told address until there is one.
    address: String,
}

/// A server that was started, killed if the page fails before it ends it.
struct Server {
    child: Child,
    /// What it says once it listens, to its end.
    rest: Option<JoinHandle<String>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Session {
    /// A session in a directory of its own; none where a tool that the pages use is missing.
    pub(super) fn new() -> Option<Self> {
        for tool in ["curl", "python3"] {
            if Command::new(tool).arg("--version").output().is_err() {
                eprintln!("SKIPPED: the pages need {tool}");
                return None;
            }
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        Some(Self { directory, files: Vec::new(), server: None, address: TOLD_ADDRESS.to_owned() })
    }

    /// Follows a page from its first fence to its last.
    pub(super) fn run(&mut self, page: &Page) {
        let mut fences = page.fences.iter().peekable();
        let mut ran = 0;
        while let Some(fence) = fences.next() {
            let info: Vec<&str> = fence.info.iter().map(String::as_str).collect();
            let says = fences.peek().filter(|next| next.is(&["text"])).map(|next| next.text.as_str());
            let said = match info[..] {
                ["sh"] => {
                    let (said, ended) = self.script(&fence.text);
                    assert!(ended.success(), "{}:{}: {ended}:\n{said}", page.path.display(), fence.line);
                    said
                }
                ["sh", "eventually"] => {
                    let says = says.expect("something that is waited for");
                    poll(|| self.script(&fence.text).0, |said| fits(says, said))
                }
                ["sh", "server"] => self.serve(&fence.text),
                ["text", "interrupt"] => {
                    let said = self.interrupt();
                    compare(page, fence, &fence.text, &said);
                    continue;
                }
                ["sh", "no-run"] | ["text"] => continue,
                [_, name] if name.contains('.') => {
                    self.files.push((name.to_owned(), fence.text.clone()));
                    self.write(name, &fence.text);
                    continue;
                }
                ["sh", ..] | ["text", ..] => {
                    panic!("{}:{}: what fence is that?", page.path.display(), fence.line)
                }
                _ => continue,
            };
            compare(page, fence, says.unwrap_or_default(), &said);
            ran += 1;
        }
        assert!(ran > 0, "{}: nothing was run", page.path.display());
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is below the directory"))
            .expect("a directory is made");
        std::fs::write(path, content.replace(TOLD_ADDRESS, &self.address)).expect("a file is written");
    }

    /// A shell about to run a script.
    fn shell(&self, script: &str, settings: &str) -> Command {
        let script =
            script.replace("cargo run --release --", "flashtag").replace(TOLD_ADDRESS, &self.address);
        assert!(!script.contains("cargo "), "cargo is not run here; say no-run:\n{script}");
        let mut command = Command::new("sh");
        command.args(["-e", "-c", &format!("{settings}{script}")]).current_dir(self.directory.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FLASHTAG") || name == "RUST_LOG" {
                command.env_remove(name);
            }
        }
        command.env("PATH", path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        command
    }

    /// Runs a script to its end; what it said, with the address that the page tells, and how it ended.
    fn script(&self, script: &str) -> (String, ExitStatus) {
        let output = self.shell(script, "exec 2>&1\n").output().expect("there is a shell");
        let said = String::from_utf8(output.stdout).expect("commands write UTF-8");
        (said.replace(&self.address, TOLD_ADDRESS), output.status)
    }

    /// Starts a server on a free port; what it said until it listened.
    fn serve(&mut self, script: &str) -> String {
        self.server = None;
        let script = script.trim_end();
        let mut command = self.shell(&format!("exec {script}"), "");
        command.env("FLASHTAG__HTTP__LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        let mut child = command.spawn().expect("there is a shell");
        let mut told = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            let read = told.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "{script}\nended before it listened:\n{said}");
            said.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.to_owned();
            }
        };
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            told.read_to_string(&mut rest).expect("UTF-8");
            rest
        });
        self.server = Some(Server { child, rest: Some(rest) });
        self.address = address;
        // Scripts among the files speak to the server that runs now.
        self.files.iter().for_each(|(name, content)| self.write(name, content));
        said.replace(&self.address, TOLD_ADDRESS)
    }

    /// Presses Ctrl-C where the server runs; what a terminal shows until it has ended.
    fn interrupt(&mut self) -> String {
        let mut server = self.server.take().expect("a server runs");
        signal(&server.child, "-INT");
        let rest = server.rest.take().map_or_else(String::new, |rest| rest.join().expect("it is read"));
        let status = server.child.wait().expect("the server ends");
        assert!(status.success(), "{status}:\n{rest}");
        format!("^C\n{rest}")
    }
}

/// This build's binary in front of everything else.
fn path() -> OsString {
    let binaries =
        Path::new(env!("CARGO_BIN_EXE_flashtag")).parent().expect("it is in a directory").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(binaries).chain(std::env::split_paths(&others))).expect("a path")
}

fn compare(page: &Page, fence: &Fence, says: &str, said: &str) {
    let (path, line) = (page.path.display(), fence.line);
    assert!(fits(says, said), "{path}:{line}: the page has\n{says}\nand it said\n{said}");
}
