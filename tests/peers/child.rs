//! A peer as a process that ends with the test.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Upper bound on the wait for a line.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process.
pub(crate) struct Process(Child);

/// A process that reads and writes lines of JSON.
pub(crate) struct Peer {
    _process: Process,
    input: RefCell<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

/// A failing test leaves no process behind.
impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Peer {
    /// Starts it; what it says on standard error is the test's.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command);
        let input = RefCell::new(process.0.stdin.take().unwrap());
        let output = process.0.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The output is drained even if nobody reads it, or the process would block.
                sender.send(line).ok();
            }
        });
        Self { _process: process, input, lines }
    }

    /// The next line that is an object of JSON.
    pub(crate) fn read(&self) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("a line of the peer");
            if line.starts_with('{') {
                return serde_json::from_str(&line).unwrap();
            }
        }
    }

    /// Asks for something, and returns what it came to.
    pub(crate) fn ask(&self, request: &Value) -> Value {
        writeln!(self.input.borrow_mut(), "{request}").unwrap();
        let mut answer = self.read();
        assert!(answer.get("error").is_none(), "{request}: {answer}");
        answer["ok"].take()
    }
}

/// Puts a script of ours beside the packages that it uses, because that is where it looks for them. Tests run at once, so that
/// the file is written aside.
pub(crate) fn script(peer: &Path, name: &str, text: &str) -> PathBuf {
    let (place, aside) = (peer.join(name), tempfile::NamedTempFile::new_in(peer).unwrap());
    std::fs::write(aside.path(), text).unwrap();
    aside.persist(&place).unwrap();
    place
}
