//! Notes the revision that is built, for the reports.

use std::path::Path;
use std::process::Command;

fn main() {
    let described = Command::new("git").args(["describe", "--always", "--abbrev=12"]).output();
    let described = described.ok().filter(|output| output.status.success());
    let revision = described.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo:rustc-env=LOADGEN_REVISION={}", revision.as_deref().map_or("unknown", str::trim));
    println!("cargo:rerun-if-changed=build.rs");
    let log = "../.git/logs/HEAD";
    if Path::new(log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
}
