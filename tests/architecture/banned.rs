//! No crate that `deny.toml` bans is built, with whatever features and on whatever machine, also where `cargo deny`
//! is not installed.

use std::collections::BTreeSet;
use std::path::Path;

use toml::Table;

fn read(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The values of `key` in the tables of a list.
fn values<'a>(list: &'a toml::Value, key: &str) -> BTreeSet<&'a str> {
    let tables = list.as_array().expect("a list").iter();
    tables.map(|table| table[key].as_str().expect("a name")).collect()
}

#[test]
fn no_banned_crate_is_built() {
    let (deny, lock) = (read("deny.toml"), read("Cargo.lock"));
    let (banned, built) = (values(&deny["bans"]["deny"], "crate"), values(&lock["package"], "name"));
    assert!(built.contains("rustls") && built.contains("ring"), "the lock file is read");
    // TLS is rustls on ring, and nothing else.
    for name in ["aws-lc-rs", "aws-lc-sys", "rsa", "openssl-sys", "native-tls"] {
        assert!(banned.contains(name), "{name}");
    }
    assert_eq!(banned.intersection(&built).collect::<Vec<_>>(), Vec::<&&str>::new());
}
