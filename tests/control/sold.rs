//! The control journal of a replay: written beside the partitions' journals, read by `verify`, and not needed by
//! it.

use std::path::Path;

use flashtag::domain::account_status::AccountStatus;
use flashtag::engine::archive::Archive;

use super::account;
use crate::command::flashtag;

/// Sells the recording of account words.
fn sell(out: &Path) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/account-words");
    let file = |name: &str| folder.join(name).into_os_string();
    let arguments = [
        "sell".into(),
        "--out".into(),
        out.as_os_str().to_owned(),
        "--offers".into(),
        file("offers.toml"),
        "--accounts".into(),
        file("accounts.ndjson"),
        "--posts".into(),
        file("posts.ndjson"),
        "--commands".into(),
        file("commands.ndjson"),
        "--partitions".into(),
        "2".into(),
    ];
    flashtag(arguments).must(0, &["lines read"]);
}

fn verify(out: &Path, code: i32, words: &[&str]) {
    flashtag(["verify".as_ref(), "--data".as_ref(), out.as_os_str()]).must(code, words);
}

#[test]
fn a_replay_writes_the_words_of_linked_accounts_and_of_others() {
    let out = tempfile::tempdir().unwrap();
    sell(out.path());
    let control = Archive::open(out.path()).unwrap().control().unwrap().expect("it was written");
    // 48 and 49 have no link; 42 opted in again and then froze; the last START of 47 is older than its STOP.
    let (frozen, silent) =
        (|frozen| AccountStatus { frozen, silent: false }, |silent| AccountStatus { frozen: false, silent });
    let expected = [(42, frozen(true)), (47, silent(true)), (48, silent(true)), (49, frozen(true))];
    for (no, status) in expected {
        assert_eq!(control.status_of(&account(no)), status, "x:{no}");
    }
    verify(out.path(), 0, &[]);
}

#[test]
fn a_directory_of_a_replay_without_a_control_journal_is_verified_and_a_damaged_one_is_not() {
    let out = tempfile::tempdir().unwrap();
    sell(out.path());
    let journal = out.path().join("journal/control");
    let segments = std::fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> =
        segments.filter(|path| path.extension().is_some_and(|end| end == "seg")).collect();
    let segment = segments.pop().expect("a segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    // In the payload of the first record, behind the header and the frame.
    bytes[4096 + 24] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    verify(out.path(), 78, &["journal/control"]);
    std::fs::remove_dir_all(&journal).unwrap();
    verify(out.path(), 0, &[]);
}
