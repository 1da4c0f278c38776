//! The environment of a run, without which its figures cannot be compared.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The machine, the program and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Name of the processor.
    pub cpu: String,
    /// Number of processors that the generator may use.
    pub cpus: usize,
    /// Name and release of the kernel.
    pub kernel: String,
    /// The file system under the server's data.
    pub file_system: String,
    /// When an answer is durable, in words.
    pub durability: String,
    /// Location of the server.
    pub server: String,
    /// Revision of this program.
    pub revision: String,
    /// Command line.
    pub command: String,
}

impl Environment {
    /// Reads the environment of a run. `data` is the data directory of a self-hosted server, or none.
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

    /// Describes the machine in a few words.
    #[must_use]
    pub fn machine() -> String {
        format!("{} x {}", std::thread::available_parallelism().map_or(0, usize::from), cpu())
    }

    /// Returns the fields with their names, for display.
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

/// Returns the type of the file system of a directory: that of the longest mount point above it.
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
