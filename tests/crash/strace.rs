//! `strace` as a fault injector: it makes chosen system calls of a server fail, do nothing or kill it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::server::poll;

/// Checks that strace can trace on this machine.
pub(crate) fn check_available() -> Result<(), String> {
    let output = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(words.trim().to_owned()) }
}

/// The common arguments: stop at calls on one of `files`, or on any file, and write the calls to `trace`.
fn arguments(trace: &Path, files: &[PathBuf], fault: &str) -> Vec<String> {
    let call = fault.split(':').next().expect("a call");
    let mut arguments = vec!["-q".to_owned(), "-y".to_owned(), "-o".to_owned(), text(trace)];
    for file in files {
        arguments.extend(["-P".to_owned(), text(file)]);
    }
    // All calls that change files are traced, so that the trace shows what followed a fault.
    let traced = format!("trace={call},pwrite64,fdatasync,fsync,/^rename,openat,fallocate,fcntl");
    arguments.extend(["-e".to_owned(), traced, "-e".to_owned(), format!("inject={fault}")]);
    arguments
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path of letters").to_owned()
}

/// The command prefix that injects a fault, as `fdatasync:retval=0`, into all threads.
pub(crate) fn inject(fault: &str) -> Vec<String> {
    runner("-f", arguments(Path::new("/dev/null"), &[], fault))
}

/// The command prefix that injects a fault, as `fdatasync:error=EIO:when=3`, into the calls of the first
/// thread on one of `files`.
pub(crate) fn inject_start(trace: &Path, files: &[PathBuf], fault: &str) -> Vec<String> {
    // Removes the trace of an earlier run.
    std::fs::remove_file(trace).ok();
    runner("-D", arguments(trace, files, fault))
}

/// `-D` makes the server the child, and strace its grandchild.
fn runner(how: &str, arguments: Vec<String>) -> Vec<String> {
    let mut words: Vec<String> = ["strace", "-D", how].map(str::to_owned).into();
    words.dedup();
    words.extend(arguments);
    words
}

/// An strace that is attached to a running server.
pub(crate) struct Attached(Child);

impl Attached {
    /// Injects a fault into the later calls of the thread named `name`.
    pub(crate) fn to_thread(pid: u32, name: &str, trace: &Path, fault: &str) -> Self {
        // A thread sets its name itself, and may not have done so yet.
        let find = || threads(pid).find(|thread| word(thread, "Name") == name);
        let id = poll(find, Option::is_some).map(|thread| word(&thread, "Pid")).expect("it was waited for");
        std::fs::remove_file(trace).ok();
        let mut command = Command::new("strace");
        command.args(arguments(trace, &[], fault)).args(["-p", &id]);
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("strace is here");
        // Also returns if the fault has already ended the thread.
        let waits = |thread: &String| word(thread, "Pid") == id && word(thread, "TracerPid") == "0";
        poll(|| threads(pid).any(|thread| waits(&thread)), |waits| !waits);
        Self(child)
    }

    /// Waits until the thread has ended and the trace is complete.
    pub(crate) fn wait(mut self) {
        self.0.wait().expect("a child ends");
    }
}

/// The system's status text of each thread of a process.
fn threads(pid: u32) -> impl Iterator<Item = String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the server runs");
    tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("status")).ok())
}

fn word(status: &str, key: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.unwrap_or_default().trim().to_owned()
}

/// One line of a trace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The arguments as text.
    pub(crate) arguments: String,
    /// Whether strace injected a fault.
    pub(crate) injected: bool,
    /// Whether the call never returned.
    pub(crate) unfinished: bool,
}

impl Call {
    /// Parses a line, as `123 pwrite64(7</data/watermark>, "..."..., 12, 0) = -1 EIO (Input/output error)
    /// (INJECTED)`; the number of the thread is only present if several threads are traced.
    fn read(line: &str) -> Option<Self> {
        let line = line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        let (name, rest) = line.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, ""));
        let arguments = arguments.trim_end().trim_end_matches(')').to_owned();
        let injected = result.contains("INJECTED");
        let unfinished = result.starts_with('?') || result.is_empty();
        Some(Self { name: name.to_owned(), arguments, injected, unfinished })
    }

    /// Whether the call changes a file or makes a change durable.
    pub(crate) fn changes(&self) -> bool {
        matches!(self.name.as_str(), "pwrite64" | "fdatasync" | "fsync" | "fallocate")
            || self.name.starts_with("rename")
    }

    /// The number of bytes and the offset of a positioned write.
    pub(crate) fn written_at(&self) -> Option<(u64, u64)> {
        let mut numbers = self.arguments.rsplit(", ").map(str::parse);
        let (at, bytes) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        Some((bytes, at))
    }
}

/// The beginning of strace's last line for a thread, about its end.
const END: &str = "+++";

/// The calls of a complete trace, in order. Waits for it: the thread may end before strace has written
/// everything.
pub(crate) fn calls(trace: &Path) -> Vec<Call> {
    let read = || std::fs::read_to_string(trace).unwrap_or_default();
    let ended = |text: &String| {
        text.ends_with('\n') && text.lines().next_back().is_some_and(|line| line.starts_with(END))
    };
    let text = poll(read, ended);
    text.lines().filter(|line| !line.starts_with(END)).filter_map(Call::read).collect()
}
