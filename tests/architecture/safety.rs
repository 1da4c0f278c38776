//! No crate of this project has unsafe code: the compiler refuses it, and these tests keep that lint on.

use std::path::Path;

use toml::Table;

/// Every crate: its manifest, and whether it inherits the workspace's lints.
const CRATES: [(&str, bool); 5] = [
    ("Cargo.toml", true),
    ("loadgen/Cargo.toml", true),
    ("loadgen/crowd/Cargo.toml", true),
    ("loadgen/networks/Cargo.toml", true),
    // Outside of the workspace, because it needs a nightly compiler; it has its own lint.
    ("fuzz/Cargo.toml", false),
];

/// The fault of a manifest, given the workspace's.
fn fault(manifest: &str, workspace: &str, inherits: bool) -> Option<&'static str> {
    let (own, shared): (Table, Table) = (manifest.parse().ok()?, workspace.parse().ok()?);
    let forbids = |lints: Option<&toml::Value>| {
        let level = lints.and_then(|lints| lints.get("rust")?.get("unsafe_code"));
        level.and_then(toml::Value::as_str) == Some("forbid")
    };
    let inherited = own.get("lints").and_then(|lints| lints.get("workspace")?.as_bool()) == Some(true);
    match inherits {
        true if !inherited => Some("does not take the workspace's lints"),
        true if !forbids(shared.get("workspace").and_then(|it| it.get("lints"))) => {
            Some("no lint forbids unsafe code")
        }
        false if !forbids(own.get("lints")) => Some("does not forbid unsafe code"),
        _ => None,
    }
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = read("Cargo.toml");
    for (name, inherits) in CRATES {
        assert_eq!(fault(&read(name), &workspace, inherits), None, "{name}");
    }
}

/// A crate missing from the list would not be checked.
#[test]
fn every_crate_is_in_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for directory in [root, &root.join("loadgen")] {
        let folders =
            std::fs::read_dir(directory).expect("it can be read").flatten().map(|entry| entry.path());
        found.extend(folders.filter(|path| path.join("Cargo.toml").is_file()));
    }
    found.sort();
    let named: Vec<_> =
        ["fuzz", "loadgen", "loadgen/crowd", "loadgen/networks"].iter().map(|name| root.join(name)).collect();
    assert_eq!(found, named);
    assert_eq!(CRATES.len(), named.len() + 1);
}

#[test]
fn a_crate_without_the_lint_is_noticed() {
    let workspace = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
    let table = [
        ("[lints]\nworkspace = true\n", workspace, true, None),
        ("[lints]\nworkspace = false\n", workspace, true, Some("does not take the workspace's lints")),
        ("[package]\n", workspace, true, Some("does not take the workspace's lints")),
        (
            "[lints]\nworkspace = true\n",
            "[workspace.lints.rust]\nunsafe_code = \"deny\"\n",
            true,
            Some("no lint forbids unsafe code"),
        ),
        ("[lints.rust]\nunsafe_code = \"forbid\"\n", workspace, false, None),
        ("[lints.rust]\nunsafe_code = \"warn\"\n", workspace, false, Some("does not forbid unsafe code")),
    ];
    for (manifest, workspace, inherits, expected) in table {
        assert_eq!(fault(manifest, workspace, inherits), expected, "{manifest}");
    }
}
