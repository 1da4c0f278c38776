//! The rules of imports and layout, checked against the code.
//!
//! The rules are data in `house.rs`; change them there, on purpose. `reader.rs` finds the paths in a source
//! text, `checker.rs` judges them, and `injected.rs` shows that each rule can fail. `circles.rs` finds files
//! that import each other. `banned.rs` holds the crates that are built against `deny.toml`. `planted.rs` finds the place of each
//! planted bug. `books.rs` holds how tests read what a server writes.

mod banned;
mod books;
mod checker;
mod circles;
mod house;
mod injected;
mod planted;
mod reader;
mod safety;
mod tidy;

use std::collections::BTreeSet;
use std::path::Path;

use self::checker::{check, room_of};
use self::house::ROOMS;

/// Every Rust file under a directory of this repository: its path from there, and its text.
fn files_below(directory: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let (mut waiting, mut files) = (vec![root.clone()], Vec::new());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a directory of the repository");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            files.push((name(&root, &path), text));
        }
    }
    files.sort();
    files
}

fn name(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).expect("a path below the root");
    let parts: Vec<_> = below.iter().map(|part| part.to_str().expect("a name in UTF-8")).collect();
    parts.join("/")
}

#[test]
fn every_import_is_allowed() {
    let violations: Vec<String> = files_below("src")
        .iter()
        .flat_map(|(file, text)| check(file, text))
        .map(|violation| violation.to_string())
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn the_table_has_exactly_the_existing_rooms() {
    let existing: BTreeSet<String> =
        files_below("src").iter().map(|(file, _)| room_of(file)).filter(|room| room != "lib").collect();
    let named: BTreeSet<String> = ROOMS.iter().map(|room| room.name.to_owned()).collect();
    assert_eq!(named, existing);
    for (index, room) in ROOMS.iter().enumerate() {
        for import in room.only.into_iter().flatten() {
            let below = ROOMS.iter().take(index).any(|below| below.name == *import);
            assert!(below, "{} may import {import}, which is no room below it", room.name);
        }
    }
}

/// A reader that finds nothing would accept every file.
#[test]
fn the_reader_finds_existing_imports() {
    let crossings: usize = files_below("src")
        .iter()
        .map(|(file, text)| {
            let room = room_of(file);
            let paths = reader::paths(file, text);
            paths.iter().filter(|path| path.room().is_some_and(|other| other != room)).count()
        })
        .sum();
    assert!(crossings > 300, "only {crossings} imports between rooms were found");
}
