//! The server process of a peer: found on this machine, started in a separate directory, and killed when
//! dropped.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::CommandError;

/// Upper bound on the start of a server.
const START_MAX: Duration = Duration::from_secs(30);

/// Interval between connection attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// A running server.
pub(super) struct PeerServer {
    child: Child,
    log: PathBuf,
}

/// Finds a program on the path or in one of the directories.
pub(super) fn find(program: &str, directories: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain(directories.iter().cloned());
    directories.map(|directory| directory.join(program)).find(|program| program.is_file())
}

/// Returns a port that is free at the moment.
pub(super) fn free_port() -> Result<u16, CommandError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|source| CommandError::system("find a free port", &source))
}

impl PeerServer {
    /// Starts a server whose output goes to `server.log` in `directory`, and waits until `connect` succeeds.
    pub(super) fn start<T>(
        command: &mut Command,
        directory: &Path,
        mut connect: impl FnMut() -> Result<T, String>,
    ) -> Result<(Self, T), CommandError> {
        let log = directory.join("server.log");
        let words = File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = words.map_err(|source| CommandError::no_output(&log, &source))?;
        // Ctrl-C is for the generator, which ends its servers itself.
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let child =
            command.spawn().map_err(|source| CommandError::system(&format!("start {program}"), &source))?;
        let mut server = Self { child, log };
        let (clock, mut fault) = (Clock::start(), String::new());
        while clock.us() < START_MAX.as_micros() as u64 && server.child.try_wait().ok().flatten().is_none() {
            match connect() {
                Ok(connected) => return Ok((server, connected)),
                Err(words) => fault = words,
            }
            std::thread::sleep(RETRY_INTERVAL);
        }
        let log = std::fs::read_to_string(&server.log).unwrap_or_default();
        Err(CommandError::unavailable(format!("{program} did not start: {fault}\n{}", log.trim())))
    }
}

/// Leaves no server behind, on errors either.
impl Drop for PeerServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
