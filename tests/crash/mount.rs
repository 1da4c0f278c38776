//! A disk of its own for an engine, whose power can be cut: ext4 in a file, mounted through a loop device.
//!
//! The cut is the file system's own `FS_IOC_SHUTDOWN` without a log flush: from then on nothing reaches the
//! disk, and what was not synced before is gone at the next mount, as after a power loss.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// How the directories begin, with the id of the test's process behind it.
const PREFIX: &str = "flashtag-power-";
/// Sparse: only what is written takes space.
const IMAGE_BYTES: u64 = 512 << 20;
/// Safe Rust has no such call. `FS_IOC_SHUTDOWN` with `NOLOGFLUSH`; every Linux that has `mount` in its
/// base system has Perl there as well.
const SHUT_DOWN: &str = "use Fcntl; sysopen(my $root, $ARGV[0], O_RDONLY) or die \"$!\\n\"; \
                         my $flag = pack('L', 2); ioctl($root, 0x8004587d, $flag) or die \"$!\\n\";";

/// A mounted disk; unmounted when it is dropped, and then gone.
pub(crate) struct Mount {
    place: TempDir,
    /// How it is mounted.
    options: &'static str,
}

impl Mount {
    /// A new, empty disk, or why there is none on this machine.
    pub(crate) fn new() -> Result<Self, String> {
        Self::mounted("loop")
    }

    /// The same, of a file system that has everything written to it in the page cache until it is synced.
    pub(crate) fn cached() -> Result<Self, String> {
        Self::mounted("loop,data=journal")
    }

    fn mounted(options: &'static str) -> Result<Self, String> {
        clear_leftovers();
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let name = format!("{PREFIX}{}-", std::process::id());
        let place = tempfile::Builder::new().prefix(&name).tempdir_in(parent);
        let mount = Self { place: place.map_err(|error| error.to_string())?, options };
        let made =
            fs::create_dir(mount.root()).and_then(|()| fs::File::create(mount.image())?.set_len(IMAGE_BYTES));
        made.map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(mount.image()))?;
        mount.mount()?;
        // Whether this kernel's ext4 can do it is found out before anything depends on it.
        mount.cut_power()?;
        mount.remount()?;
        Ok(mount)
    }

    /// Where the disk is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.place.path().join("root")
    }

    fn image(&self) -> PathBuf {
        self.place.path().join("image")
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount").args(["-o", self.options]).arg(self.image()).arg(self.root()))
    }

    /// From now on nothing reaches the disk.
    pub(crate) fn cut_power(&self) -> Result<(), String> {
        run(Command::new("perl").args(["-e", SHUT_DOWN]).arg(self.root()))
    }

    /// The power is back: the disk shows what reached it. Nobody may use the disk any more.
    pub(crate) fn remount(&self) -> Result<(), String> {
        run(Command::new("umount").arg(self.root()))?;
        self.mount()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        unmount(&self.root());
    }
}

/// Detaches at once, also where a process still uses it; the loop device goes with the last user.
fn unmount(root: &Path) {
    Command::new("umount").arg("--lazy").arg(root).output().ok();
}

/// Takes away what a test left behind that was killed itself.
fn clear_leftovers() {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    for root in mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(Path::new) {
        let Some(place) = root.parent().filter(|_| root.ends_with("root")) else { continue };
        let name = place.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            unmount(root);
            fs::remove_dir_all(place).ok();
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{name}: {}", words.trim())) }
}
