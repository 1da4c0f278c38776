//! Recordings with golden results: the same input must give the same bytes.
//!
//! Each folder in this directory is one recording: `offers.toml`, `accounts.ndjson`, `posts.ndjson`, and
//! optionally `transactions.ndjson`, `commands.ndjson`, `templates/` and `options` (more arguments of `sell`,
//! separated by blanks or lines). `expected/` holds the results of revision bd5092e of the engine:
//! `outcomes.ndjson`, `effects.ndjson`, `summary.json` and `draw-*.json`. A change that intentionally changes
//! what a buyer gets changes the expectation in the same commit, and says why.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use flashtag::domain::outcome::Outcome;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{flashtag, ndjson};

/// The kinds of effects that `effects.ndjson` knows.
const KINDS: [&str; 10] = [
    "authorize",
    "capture",
    "void",
    "refund",
    "credit",
    "reverse_credit",
    "reply",
    "announce",
    "email",
    "order",
];

/// Outcomes that no line of a recording's `outcomes.ndjson` has, and why.
const NEVER_RECORDED: [(Outcome, &str); 5] = [
    (Outcome::Paused, "no recording here pauses its sale; `command::operated` does"),
    (Outcome::Overloaded, "a recording is read as fast as it is decided"),
    (Outcome::NotRelevant, "a post that concerns no offer has no line"),
    (Outcome::Unreadable, "a line that is no post has no account, and is left out"),
    (Outcome::Duplicate, "a repeated post gets its first outcome, marked `duplicate`"),
];

/// One recording.
struct Recording {
    folder: PathBuf,
}

/// The results of `sell` on a recording.
struct Replayed {
    out: TempDir,
}

fn recordings() -> Vec<Recording> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut folders: Vec<PathBuf> = fs::read_dir(&root)
        .expect("the recordings are there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 16, "recordings are missing: {folders:?}");
    folders.into_iter().map(|folder| Recording { folder }).collect()
}

impl Recording {
    fn name(&self) -> String {
        self.folder.file_name().expect("a name").to_string_lossy().into_owned()
    }

    /// The arguments of `sell`; results go to `out`.
    fn arguments(&self, out: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["sell".into(), "--out".into(), out.into()];
        let inputs = [
            ("--offers", "offers.toml"),
            ("--accounts", "accounts.ndjson"),
            ("--posts", "posts.ndjson"),
            ("--transactions", "transactions.ndjson"),
            ("--commands", "commands.ndjson"),
            ("--templates", "templates"),
        ];
        for (option, name) in inputs {
            let path = self.folder.join(name);
            if path.exists() {
                arguments.extend([option.into(), path.into()]);
            }
        }
        let options = fs::read_to_string(self.folder.join("options")).unwrap_or_default();
        arguments.extend(options.split_whitespace().map(OsString::from));
        arguments
    }

    fn replay(&self) -> Replayed {
        let out = tempfile::tempdir().expect("a temporary directory");
        flashtag(self.arguments(out.path())).must(0, &["lines read"]);
        Replayed { out }
    }

    fn expected(&self, name: &str) -> String {
        read(&self.folder.join("expected").join(name))
    }

    /// The first difference of each result.
    fn differences(&self, replayed: &Replayed) -> Vec<String> {
        let names = results(&self.folder.join("expected"));
        let mut faults = Vec::new();
        if names != results(replayed.out.path()) {
            faults.push(format!("{}: the results are {:?}", self.name(), results(replayed.out.path())));
        }
        for name in names {
            let (expected, found) = (self.expected(&name), read(&replayed.out.path().join(&name)));
            if let Some(fault) = first_difference(&expected, &found) {
                faults.push(format!("{}/expected/{name}:{fault}", self.name()));
            }
        }
        faults
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The names of the compared results in a directory.
fn results(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).expect("a directory of results");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let kept = |name: &String| {
        matches!(name.as_str(), "outcomes.ndjson" | "effects.ndjson" | "summary.json")
            || name.starts_with("draw-")
    };
    names.filter(kept).collect()
}

/// The number of the first line that differs, and both lines; `None` if all bytes are equal.
fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut kept, mut new) = (expected.split('\n'), found.split('\n'));
    let mut line = 1;
    loop {
        match (kept.next(), new.next()) {
            (Some(kept), Some(new)) if kept == new => line += 1,
            (kept, new) => {
                let text = |line: Option<&str>| line.unwrap_or("(the file has ended)").to_owned();
                return Some(format!("{line}:\n  expected {}\n  found    {}", text(kept), text(new)));
            }
        }
    }
}

#[test]
fn every_recording_gives_the_bytes_that_it_always_gave() {
    let mut faults = Vec::new();
    for recording in recordings() {
        let replayed = recording.replay();
        faults.extend(recording.differences(&replayed));
        let (verify, data) = (["verify", "--strict", "--data"], replayed.out.path());
        flashtag(verify.map(OsStr::new).into_iter().chain([data.as_os_str()])).must(0, &["0 violated"]);
    }
    assert!(faults.is_empty(), "{} results differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_recordings_have_every_outcome_and_every_kind_of_effect() {
    let field = |name: &str, field: &str| -> BTreeSet<String> {
        let lines = recordings().into_iter().flat_map(|recording| ndjson(&recording.expected(name)));
        lines.map(|line| line[field].as_str().expect("a text").to_owned()).collect()
    };
    let never: Vec<Outcome> = NEVER_RECORDED.iter().map(|(outcome, _)| *outcome).collect();
    let possible = Outcome::ALL.iter().filter(|outcome| !never.contains(outcome));
    assert_eq!(field("outcomes.ndjson", "outcome"), possible.map(ToString::to_string).collect());
    assert_eq!(field("effects.ndjson", "kind"), KINDS.iter().map(ToString::to_string).collect());
}

#[test]
fn the_recordings_have_posts_that_are_repeated_parked_or_left_out() {
    let lines = |name: &str| -> Vec<Value> {
        recordings().into_iter().flat_map(|recording| ndjson(&recording.expected(name))).collect()
    };
    let outcomes = lines("outcomes.ndjson");
    for mark in ["duplicate", "parked_until", "transaction", "credit", "uses_left"] {
        assert!(outcomes.iter().any(|line| line.get(mark).is_some()), "no line is marked {mark}");
    }
    for key in ["0/", "1/", "2/", "refusal/"] {
        let begins = |line: &Value| line["key"].as_str().is_some_and(|text| text.starts_with(key));
        assert!(lines("effects.ndjson").iter().any(begins), "no key begins with {key}");
    }
    let summaries = recordings().into_iter().map(|recording| recording.expected("summary.json"));
    let summaries: Vec<Value> = summaries.map(|text| serde_json::from_str(&text).expect("JSON")).collect();
    assert!(summaries.iter().any(|summary| summary["input"]["bad_lines"].as_u64() > Some(0)));
    assert!(summaries.iter().any(|summary| summary["refused_commands"].is_array()));
}

#[test]
fn a_difference_is_named_by_its_first_line() {
    let table = [
        ("a\nb\n", "a\nb\n", None),
        ("a\nb\n", "a\nc\n", Some("2:\n  expected b\n  found    c")),
        ("a\n", "a\nb\n", Some("2:\n  expected \n  found    b")),
        ("a\nb", "a", Some("2:\n  expected b\n  found    (the file has ended)")),
    ];
    for (expected, found, difference) in table {
        assert_eq!(first_difference(expected, found).as_deref(), difference);
    }
}
