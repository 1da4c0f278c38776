//! What a run was made on: without it, its figures mean nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The machine, the program and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The processor's name.
    pub cpu: String,
    /// Processors that the generator may use.
    pub cpus: usize,
    /// Name and release of the kernel.
    pub kernel: String,
    /// The file system under the server's data.
    pub file_system: String,
    /// When an answer leaves.
    pub durability: String,
    /// Whether the server shares the machine.
    pub server: String,
    /// The revision that this program was built from.
    pub revision: String,
    /// What was typed.
    pub command: String,
}

impl Environment {
    /// The environment of a run against a server of one's own, with its data in that directory, or else of one
    /// elsewhere.
    #[must_use]
    pub fn of(base: &str, data: Option<&Path>) -> Self {
        let unknown = || "the server's; not known here".to_owned();
        let durability = data.map(|_| "fdatasync before every answer".to_owned());
        let words: Vec<String> =
            std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
        Self {
            cpu: cpu(),
            cpus: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            file_system: data.and_then(file_system).unwrap_or_else(unknown),
            durability: durability.unwrap_or_else(unknown),
            server: data.map_or_else(|| base.to_owned(), |_| "on the same machine, self-hosted".to_owned()),
            revision: env!("LOADGEN_REVISION").to_owned(),
            command: words.join(" "),
        }
    }

    /// The machine in a few words.
    #[must_use]
    pub fn machine() -> String {
        format!("{} x {}", std::thread::available_parallelism().map_or(0, usize::from), cpu())
    }

    /// Its lines, each with a name, for people.
    #[must_use]
    pub fn lines(&self) -> [(&'static str, String); 8] {
        [
            ("CPU", self.cpu.clone()),
            ("CPUs", self.cpus.to_string()),
            ("kernel", self.kernel.clone()),
            ("file system", self.file_system.clone()),
            ("durability", self.durability.clone()),
            ("server", self.server.clone()),
            ("revision", self.revision.clone()),
            ("command", self.command.clone()),
        ]
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn cpu() -> String {
    let info = read("/proc/cpuinfo");
    let named = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    named.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// The kind of the file system that a directory is in: that of the longest mount point above it.
fn file_system(directory: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let mounts = read("/proc/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let above = mounts.filter(|(mount, _)| directory.starts_with(mount));
    above.max_by_key(|(mount, _)| mount.len()).map(|(_, kind)| kind.to_owned())
}
