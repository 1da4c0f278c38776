//! Searches a data directory for what must be in none of its files.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Asserts that no file of the directory has one of these texts, except for the letters in `mail`: the Maildir is the
/// provider, to which a letter was sent.
pub(crate) fn assert_nowhere(data: &Path, texts: &[&str]) {
    let mut searched = 0;
    let found = search(data, texts, &mut searched);
    assert_eq!(found, Vec::<PathBuf>::new(), "one of {texts:?} is there");
    assert!(searched > 3, "a data directory has files");
}

fn search(directory: &Path, texts: &[&str], searched: &mut usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path.ends_with("mail") {
            continue;
        }
        if path.is_dir() {
            found.extend(search(&path, texts, searched));
            continue;
        }
        let content = match fs::read(&path) {
            // A server that runs replaces its files.
            Err(fault) if fault.kind() == ErrorKind::NotFound => continue,
            read => read.expect("a file"),
        };
        *searched += 1;
        if texts.iter().any(|text| has(&content, text.as_bytes())) {
            found.push(path);
        }
    }
    found
}

/// Whether the content has the text.
fn has(content: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(content, text).is_some()
}

#[test]
fn what_is_there_is_found() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("journal/control")).unwrap();
    fs::create_dir(data.path().join("mail")).unwrap();
    for (name, text) in [
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
        ("journal/control/d", "x\0ana@example.com\0"),
        ("mail/e", "bob@"),
    ] {
        fs::write(data.path().join(name), text).unwrap();
    }
    assert_nowhere(data.path(), &["bob@"]);
    let mut searched = 0;
    let found = search(data.path(), &["bob@", "ana@example.com"], &mut searched);
    assert_eq!((found, searched), (vec![data.path().join("journal/control/d")], 4));
}
