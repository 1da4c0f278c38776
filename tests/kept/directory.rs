//! A kept directory: the files of one data directory as an earlier release left them, stored without the
//! zeros at the ends of segments.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::books;
use crate::command::prefix;

/// The files that a kept directory shares with all others.
const SHARED: [&str; 1] = ["offers.toml"];

/// Files that are not kept: a key, the lock, and letters that are not read again.
const LEFT_OUT: [&str; 3] = ["link-key", "lock", "mail"];

/// The directory of all kept directories.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept")
}

/// The names of all kept directories.
pub(super) fn names() -> Vec<String> {
    let entries = fs::read_dir(root()).expect("the kept directories are there");
    let entries = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A copy that can be opened: `serve.toml`, the files it names, and `data`.
pub(super) struct Copy {
    place: TempDir,
    /// What stands before the keys of the kept effects: nothing, where no release had given it an identity.
    prefix: String,
}

impl Copy {
    /// Copies a kept directory. Segments get the zeros at their ends back.
    pub(super) fn of(name: &str) -> Self {
        let kept = root().join(name);
        let place = tempfile::tempdir().expect("a temporary directory");
        let copy = Self { place, prefix: identity(&kept).map_or_else(String::new, |text| prefix(&text)) };
        copy_all(&kept, copy.path());
        for shared in SHARED {
            fs::copy(root().join(shared), copy.path().join(shared)).expect("a copy");
        }
        each_file(&copy.data(), &mut |path| {
            if is_segment(path) {
                lengthen(path);
            }
        });
        copy
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.path().join("serve.toml")
    }

    /// Removes the pace of replies on every network.
    pub(super) fn remove_reply_paces(&self) {
        let config = self.read("serve.toml").replace("\"1 per 24h\"", "\"unpaced\"");
        fs::write(self.config(), config).expect("it is written");
    }

    /// The key at providers of a kept effect.
    pub(super) fn outside(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// What stands before the keys of effects that are recorded from now on.
    pub(super) fn prefix_now(&self) -> String {
        prefix(&identity(self.path()).expect("each opened directory has an identity"))
    }

    /// The lines of a provider's book.
    pub(super) fn book(&self, name: &str) -> Vec<Value> {
        books::lines(&self.data().join(format!("{name}.ndjson")))
    }

    pub(super) fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    }
}

/// The identity of a shop's data directory.
fn identity(shop: &Path) -> Option<String> {
    fs::read_to_string(shop.join("data/instance")).ok()
}

/// Stores a shop's directory under a name, without the files that are not kept.
pub(super) fn keep(shop: &Path, name: &str) {
    let kept = root().join(name);
    assert!(!kept.exists(), "{name} exists, and is never overwritten");
    copy_all(shop, &kept);
    for shared in SHARED {
        fs::remove_file(kept.join(shared)).expect("it is there");
    }
    let mut kept_bytes = 0;
    each_file(&kept, &mut |path| {
        let bytes = fs::read(path).expect("a file");
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let end = if is_segment(path) { end } else { bytes.len() };
        fs::write(path, &bytes[..end]).expect("it is written");
        kept_bytes += end;
    });
    assert!(kept_bytes < 200_000, "{name} has {kept_bytes} bytes");
}

/// Extends a segment to the preallocated length that the engine gave it.
fn lengthen(segment: &Path) {
    let node_wide = ["links", "control"];
    let large = segment.parent().is_some_and(|journal| node_wide.iter().any(|name| journal.ends_with(name)));
    let whole: u64 = if large { 4 << 20 } else { 1 << 20 };
    let file = fs::OpenOptions::new().write(true).open(segment).expect("a segment");
    let bytes = file.metadata().expect("a segment").len();
    file.set_len(whole.max(bytes)).expect("zeros");
}

/// Whether the file is a segment of a journal.
pub(super) fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "seg")
}

fn each_file(directory: &Path, see: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { each_file(&path, see) } else { see(&path) }
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if path.is_dir() {
            copy_all(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}
