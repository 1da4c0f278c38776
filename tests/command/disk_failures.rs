//! Disk failures: the failing file is named, and existing files are left as they were.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{ACCOUNTS, OFFERS, POSTS, Ran, Sale, flashtag};

#[test]
fn an_unwritable_directory_is_named() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let below_a_file = sale.path("posts.ndjson/out").display().to_string();
    for place in [below_a_file.as_str(), "/proc/flashtag"] {
        sale.sell_with(&["--out", place]).must(74, &[place, "cannot create"]);
        sale.write("flashtag.toml", format!("data = \"{place}\"\noffers = \"offers.toml\"\n"));
        let config = sale.path("flashtag.toml").display().to_string();
        flashtag(["serve", "--config", &config]).must(74, &[place, "cannot create"]);
    }
    assert_eq!(sale.read("posts.ndjson"), POSTS);
}

/// A small file system, if mounting is allowed; dropping the value unmounts it.
struct SmallDisk<'p>(&'p Path);

impl<'p> SmallDisk<'p> {
    fn mount(place: &'p Path, options: &str) -> Option<Self> {
        std::fs::create_dir(place).expect("the place is free");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "flashtag-test"]).arg(place);
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self(place))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0).status());
    }
}

#[test]
fn a_full_disk_is_named_and_with_space_the_sale_runs() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let place = sale.path("disk");
    let Some(_disk) = SmallDisk::mount(&place, "size=64k") else {
        eprintln!("SKIPPED: no file system may be mounted here, so no disk is full");
        return;
    };
    let out = place.display().to_string();
    sale.sell_with(&["--out", &out]).must(74, &[&out, "No space left on device"]);
    sale.write(
        "flashtag.toml",
        format!("data = \"{out}/data\"\noffers = \"offers.toml\"\n[http]\nlisten = \"127.0.0.1:0\"\n"),
    );
    let config = sale.path("flashtag.toml").display().to_string();
    flashtag(["serve", "--config", &config]).must(74, &[&out, "No space left on device"]);
    let remount = Command::new("mount").args(["-o", "remount,size=256m"]).arg(&place).status();
    assert!(remount.expect("mount is there").success());
    std::fs::remove_dir_all(place.join("data")).expect("what serve left can be removed");
    sale.sell_with(&["--out", &out]).must(0, &[]);
}

#[test]
fn a_read_only_disk_is_named() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let place = sale.path("disk");
    let Some(_disk) = SmallDisk::mount(&place, "ro") else {
        eprintln!("SKIPPED: no file system may be mounted here, so none is read-only");
        return;
    };
    let out = place.display().to_string();
    sale.sell_with(&["--out", &out]).must(74, &[&out, "Read-only file system"]);
}

#[test]
fn a_file_size_limit_is_named() {
    let sale = Sale::new(OFFERS, ACCOUNTS, POSTS);
    let files = ["offers.toml", "accounts.ndjson", "posts.ndjson", "out"].map(|name| sale.path(name));
    let mut limited = Command::new("bash");
    let script =
        r#"trap '' XFSZ; ulimit -f 8; exec "$0" sell --offers "$1" --accounts "$2" --posts "$3" --out "$4""#;
    limited.args(["-c", script, env!("CARGO_BIN_EXE_flashtag")]).args(&files);
    let ran = Ran::of(limited.output().expect("bash is there"));
    ran.must(74, &["cannot ", "out/journal/partition-0", "File too large"]);
    sale.sell().must(0, &[]);
}
