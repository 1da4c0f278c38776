//! Acts as a reader at a terminal: writes the files of a page, runs its commands, and compares their output.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::expected::fits;
use super::page::{Fence, Page};
use crate::crash::{poll, signal};

/// The server's address on the pages.
const PAGE_ADDRESS: &str = "127.0.0.1:8080";

pub(super) struct Session {
    directory: TempDir,
    /// The files of the pages so far, as shown.
    files: Vec<(String, String)>,
    server: Option<Server>,
    /// The address of the last server; that of the pages until there is one.
    address: String,
}

/// A running server; dropping it kills it.
struct Server {
    child: Child,
    /// Its output after it listens, to the end.
    rest: Option<JoinHandle<String>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Session {
    /// Creates a session in its own directory; `None` if a tool of the pages is missing.
    pub(super) fn new() -> Option<Self> {
        for tool in ["curl", "python3"] {
            if Command::new(tool).arg("--version").output().is_err() {
                eprintln!("SKIPPED: the pages need {tool}");
                return None;
            }
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        Some(Self { directory, files: Vec::new(), server: None, address: PAGE_ADDRESS.to_owned() })
    }

    /// Runs a page from its first fence to its last.
    pub(super) fn run(&mut self, page: &Page) {
        let mut fences = page.fences.iter().peekable();
        let mut ran = 0;
        while let Some(fence) = fences.next() {
            let info: Vec<&str> = fence.info.iter().map(String::as_str).collect();
            let expected = fences.peek().filter(|next| next.is(&["text"])).map(|next| next.text.as_str());
            let output = match info[..] {
                ["sh"] => {
                    let (output, ended) = self.script(&fence.text);
                    assert!(ended.success(), "{}:{}: {ended}:\n{output}", page.path.display(), fence.line);
                    output
                }
                ["sh", "eventually"] => {
                    let expected = expected.expect("the expected text of an `eventually` fence");
                    poll(|| self.script(&fence.text).0, |output| fits(expected, output))
                }
                ["sh", "server"] => self.serve(&fence.text),
                ["text", "interrupt"] => {
                    let output = self.interrupt();
                    compare(page, fence, &fence.text, &output);
                    continue;
                }
                ["sh", "no-run"] | ["text"] => continue,
                [_, name] if name.contains('.') => {
                    self.files.push((name.to_owned(), fence.text.clone()));
                    self.write(name, &fence.text);
                    continue;
                }
                ["sh", ..] | ["text", ..] => {
                    panic!("{}:{}: unknown kind of fence", page.path.display(), fence.line)
                }
                _ => continue,
            };
            compare(page, fence, expected.unwrap_or_default(), &output);
            ran += 1;
        }
        assert!(ran > 0, "{}: nothing was run", page.path.display());
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is below the directory"))
            .expect("a directory is made");
        std::fs::write(path, content.replace(PAGE_ADDRESS, &self.address)).expect("a file is written");
    }

    /// A shell that runs a script.
    fn shell(&self, script: &str, settings: &str) -> Command {
        let script =
            script.replace("cargo run --release --", "flashtag").replace(PAGE_ADDRESS, &self.address);
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

    /// Runs a script to its end. Returns its output, with the page's address, and its exit status.
    fn script(&self, script: &str) -> (String, ExitStatus) {
        let output = self.shell(script, "exec 2>&1\n").output().expect("there is a shell");
        let text = String::from_utf8(output.stdout).expect("commands write UTF-8");
        (text.replace(&self.address, PAGE_ADDRESS), output.status)
    }

    /// Starts a server on a free port. Returns its output until it listens.
    fn serve(&mut self, script: &str) -> String {
        self.server = None;
        let script = script.trim_end();
        let mut command = self.shell(&format!("exec {script}"), "");
        command.env("FLASHTAG__HTTP__LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        let mut child = command.spawn().expect("there is a shell");
        let mut stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let mut output = String::new();
        let address = loop {
            let mut line = String::new();
            let read = stderr.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "{script}\nended before it listened:\n{output}");
            output.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.to_owned();
            }
        };
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).expect("UTF-8");
            rest
        });
        self.server = Some(Server { child, rest: Some(rest) });
        self.address = address;
        // Scripts among the files use the address of the running server.
        self.files.iter().for_each(|(name, content)| self.write(name, content));
        output.replace(&self.address, PAGE_ADDRESS)
    }

    /// Interrupts the server. Returns its output to the end.
    fn interrupt(&mut self) -> String {
        let mut server = self.server.take().expect("a server runs");
        signal(&server.child, "-INT");
        let rest = server.rest.take().map_or_else(String::new, |rest| rest.join().expect("it is read"));
        let status = server.child.wait().expect("the server ends");
        assert!(status.success(), "{status}:\n{rest}");
        format!("^C\n{rest}")
    }
}

/// The search path with this build's binary first.
fn path() -> OsString {
    let binaries =
        Path::new(env!("CARGO_BIN_EXE_flashtag")).parent().expect("it is in a directory").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(binaries).chain(std::env::split_paths(&others))).expect("a path")
}

fn compare(page: &Page, fence: &Fence, expected: &str, output: &str) {
    let (path, line) = (page.path.display(), fence.line);
    assert!(
        fits(expected, output),
        "{path}:{line}: the page expects\n{expected}\nand the output is\n{output}"
    );
}
