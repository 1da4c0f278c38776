//! A disk for one engine, whose power can be cut: ext4 in a file, mounted through a loop device.
//!
//! The cut is the file system's own `FS_IOC_SHUTDOWN` without a log flush: nothing reaches the disk
//! afterwards, and what was not synced before is lost at the next mount, as after a power loss.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The prefix of the directories; the id of the test's process follows.
const PREFIX: &str = "flashtag-power-";
/// The file is sparse and takes only the space that is written.
const IMAGE_BYTES: u64 = 512 << 20;
/// Shuts the file system down (`FS_IOC_SHUTDOWN` with `NOLOGFLUSH`) from Perl, which every Linux with `mount`
/// has: safe Rust has no such call.
const SHUT_DOWN: &str = "use Fcntl; sysopen(my $root, $ARGV[0], O_RDONLY) or die \"$!\\n\"; \
                         my $flag = pack('L', 2); ioctl($root, 0x8004587d, $flag) or die \"$!\\n\";";

/// A mounted disk; dropping it unmounts and deletes it.
pub(crate) struct Mount {
    place: TempDir,
    /// Mount options.
    options: &'static str,
}

impl Mount {
    /// Creates and mounts an empty disk, or returns why this machine cannot.
    pub(crate) fn new() -> Result<Self, String> {
        Self::mounted("loop")
    }

    /// As [`Self::new`], but writes stay in the page cache until they are synced.
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
        // Checks that this kernel's ext4 supports the cut, before a test depends on it.
        mount.cut_power()?;
        mount.remount()?;
        Ok(mount)
    }

    /// The mount point.
    pub(crate) fn root(&self) -> PathBuf {
        self.place.path().join("root")
    }

    fn image(&self) -> PathBuf {
        self.place.path().join("image")
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount").args(["-o", self.options]).arg(self.image()).arg(self.root()))
    }

    /// Cuts the power: nothing reaches the disk from now on.
    pub(crate) fn cut_power(&self) -> Result<(), String> {
        run(Command::new("perl").args(["-e", SHUT_DOWN]).arg(self.root()))
    }

    /// Restores the power: the disk shows what reached it. No process may use the disk.
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

/// Unmounts at once, even while a process uses it; the loop device is freed with its last user.
fn unmount(root: &Path) {
    Command::new("umount").arg("--lazy").arg(root).output().ok();
}

/// Removes the disks of tests that were killed.
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
