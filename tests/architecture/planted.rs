//! The planted bugs fit the program: what the hunt inserts has a place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[path = "../bugs/list.rs"]
mod list;

#[test]
fn every_planted_bug_has_its_place_in_the_program() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut planted: BTreeMap<&str, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for bug in list::BUGS {
        let text = planted.entry(bug.file).or_insert_with(|| {
            let file = source.join(bug.file);
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        });
        match bug.plant(text) {
            Ok(with_bug) => *text = with_bug,
            Err(fault) => faults.push(fault),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
