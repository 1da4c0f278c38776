//! Plants every bug of the list into a copy of the program, builds it, and lets the simulator and the rig of wires find
//! them one after the other. Fails if it misses one.
//!
//! `cargo test --locked --test bugs` runs all bugs, and `cargo test --locked --test bugs -- WORDS` those
//! whose names contain these words. `cargo test` alone does not run this test, because it builds the program
//! a second time.

mod list;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

use list::BUGS;

fn main() {
    // Tools that list tests call every test binary with `--list`.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bugs");
    copy(Path::new(env!("CARGO_MANIFEST_DIR")), &home);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is below the target directory");
    let mut cargo = Command::new(env!("CARGO"));
    // Cargo's variables about this package would make build scripts that read them run again.
    std::env::vars_os().map(|(name, _)| name).filter(|name| is_of_package(name)).for_each(|name| {
        cargo.env_remove(name);
    });
    let manifest = home.join("Cargo.toml");
    cargo.args(["test", "--offline", "--workspace", "--test", "hunt", "--manifest-path"]).arg(manifest);
    cargo.arg("--target-dir").arg(target).arg("--").args(words);
    let status = cargo.status().expect("cargo can be started again");
    exit(status.code().unwrap_or(1));
}

fn is_of_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// A copy of the program with every bug behind a switch.
fn copy(from: &Path, to: &Path) {
    let source = to.join("src");
    // An unchanged file is not written, so that it is not rebuilt.
    copy_tree(&from.join("src"), &source, Path::new(""));
    write(&source.join("planted.rs"), include_str!("planted.rs"));
    let library = fs::read_to_string(from.join("src/lib.rs")).expect("the library exists");
    write(&source.join("lib.rs"), &format!("{library}\npub mod planted;\n"));
    write(&to.join("Cargo.toml"), &manifest(from));
    write(&to.join("loadgen/Cargo.toml"), &manifest_beside(from));
    write(&to.join("loadgen/src/lib.rs"), "//! Nothing.\n");
    write(&to.join("README.md"), "A copy with bugs.\n");
    if !to.join("Cargo.lock").exists() {
        fs::copy(from.join("Cargo.lock"), to.join("Cargo.lock")).expect("there is a lock file");
    }
    let tests = from.join("tests");
    let module = |name: &str, file: &str| {
        format!("#[path = {:?}]\nmod {name};\n", tests.join(file).display().to_string())
    };
    let modules = [
        module("test_rng", "test_rng.rs"),
        module("run_budget", "run_budget.rs"),
        module("hunt", "bugs/hunt.rs"),
        module("event_coverage", "event_coverage.rs"),
        module("list", "bugs/list.rs"),
        module("simulator", "simulator/mod.rs"),
        module("wire", "wire/mod.rs"),
        module("paying", "paying/mod.rs"),
        module("addresses", "addresses/mod.rs"),
        module("trial", "backups/trial.rs"),
    ];
    let head = "//! The simulator against a program with bugs.\n#![allow(dead_code)]\n";
    write(&to.join("hunt.rs"), &format!("{head}{}\nfn main() {{\n    hunt::hunt();\n}}\n", modules.concat()));
}

fn copy_tree(from: &Path, to: &Path, below: &Path) {
    remove_gone(from, to, below);
    for entry in fs::read_dir(from.join(below)).expect("a directory of the program") {
        let entry = entry.expect("it can be read");
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(from, to, &path);
            continue;
        }
        let bytes = fs::read(entry.path()).expect("a file of the program");
        let text = match String::from_utf8(bytes) {
            Ok(text) => plant(&path, text),
            Err(other) => {
                fs::create_dir_all(to.join(below)).expect("the target directory can be written to");
                fs::write(to.join(&path), other.into_bytes()).expect("it can be written to");
                continue;
            }
        };
        write(&to.join(path), &text);
    }
}

/// Removes what an earlier copy has and the program has no more: a module of two files does not compile.
fn remove_gone(from: &Path, to: &Path, below: &Path) {
    let Ok(copied) = fs::read_dir(to.join(below)) else { return };
    for name in copied.filter_map(|entry| Some(entry.ok()?.file_name())) {
        let (path, copy) = (from.join(below).join(&name), to.join(below).join(&name));
        if path.exists() || name == "planted.rs" {
            continue;
        }
        let removed = if copy.is_dir() { fs::remove_dir_all(&copy) } else { fs::remove_file(&copy) };
        removed.expect("the target directory can be written to");
    }
}

fn plant(path: &Path, text: String) -> String {
    let here = BUGS.iter().filter(|bug| Path::new(bug.file) == path);
    here.fold(text, |text, bug| bug.plant(&text).unwrap_or_else(|fault| panic!("{fault}")))
}

/// The manifest of the copy: the library under its own name in a package of another, and the hunt.
fn manifest(from: &Path) -> String {
    let mut manifest = read_manifest(&from.join("Cargo.toml"));
    for unneeded in ["bench", "test", "lints"] {
        manifest.remove(unneeded);
    }
    let table = |value: &'_ mut toml::Value| value.as_table_mut().map(std::mem::take).expect("a table");
    let mut package = table(&mut manifest["package"]);
    package.insert("name".into(), "flashtag-bugs".into());
    package.insert("autobins".into(), false.into());
    package.insert("autobenches".into(), false.into());
    manifest.insert("package".into(), package.into());
    let mut workspace = table(&mut manifest["workspace"]);
    workspace.insert("members".into(), toml::Value::Array(vec!["loadgen".into()]));
    manifest.insert("workspace".into(), workspace.into());
    locate_packages(&mut manifest, from);
    let own: toml::Table = toml::toml! {
        [lib]
        name = "flashtag"
        path = "src/lib.rs"
        doctest = false

        [[test]]
        name = "hunt"
        path = "hunt.rs"
        harness = false
    };
    manifest.extend(own);
    manifest.to_string()
}

/// The manifest of the load generator, without targets: with it in the workspace, shared dependencies keep
/// their features and need no rebuild.
fn manifest_beside(from: &Path) -> String {
    let mut manifest = read_manifest(&from.join("loadgen/Cargo.toml"));
    for unneeded in ["lib", "bin", "lints"] {
        manifest.remove(unneeded);
    }
    manifest["package"].as_table_mut().expect("a table").remove("default-run");
    locate_packages(&mut manifest, &from.join("loadgen"));
    let program = [("path".into(), "..".into()), ("package".into(), "flashtag-bugs".into())];
    manifest["dependencies"]["flashtag"] = toml::Table::from_iter(program).into();
    manifest.to_string()
}

/// Names the dependencies inside the workspace by where they are: a copy of the manifest lies elsewhere.
fn locate_packages(manifest: &mut toml::Table, home: &Path) {
    for (_, dependency) in manifest["dependencies"].as_table_mut().expect("a table") {
        if let Some(path) = dependency.get("path").and_then(toml::Value::as_str) {
            dependency["path"] = home.join(path).display().to_string().into();
        }
    }
}

fn read_manifest(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).expect("there is a manifest");
    text.parse().expect("it is TOML")
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("it can be made");
    fs::write(path, text).expect("it can be written to");
}
