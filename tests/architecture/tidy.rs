//! The layout of a file.

use super::files_below;

/// Upper bound on lines; a longer file holds more than one noun.
const LINES_MAX: usize = 500;

/// Code of unfinished work.
const LEFTOVERS: &[&str] = &["todo!", "unimplemented!", "dbg!", "FIXME", "#[ignore", "allow(dead_code)"];

/// The faults of a file's layout.
fn untidy(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//! ") {
        faults.push("1: does not begin with a sentence behind `//!`".to_owned());
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        faults.push(format!("{lines}: is longer than {LINES_MAX} lines"));
    }
    for (line, number) in text.lines().zip(1..) {
        let left = LEFTOVERS.iter().filter(|leftover| line.contains(**leftover));
        faults.extend(left.map(|leftover| format!("{number}: `{leftover}` was left over")));
    }
    faults
}

#[test]
fn every_file_is_tidy() {
    let mut faults = Vec::new();
    for directory in ["src", "loadgen/src", "loadgen/crowd/src", "loadgen/networks/src", "fuzz/src"] {
        let files = files_below(directory);
        assert!(files.len() > 8, "{directory} has only {} files", files.len());
        for (file, text) in files {
            faults.extend(untidy(&text).iter().map(|fault| format!("{directory}/{file}:{fault}")));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn an_untidy_file_is_noticed() {
    let long = format!("//! Words.\n{}", "\n".repeat(LINES_MAX));
    let table = [
        ("use std::fmt;\n", "1: does not begin"),
        ("//! Words.\n\nfn f() {\n    todo!()\n}\n", "4: `todo!`"),
        ("//! Words.\n#[allow(dead_code)]\n", "2: `allow(dead_code)`"),
        (&long, "501: is longer"),
    ];
    for (text, expected) in table {
        let faults = untidy(text);
        assert!(faults.len() == 1 && faults[0].starts_with(expected), "{expected}: {faults:?}");
    }
    assert!(untidy("//! Words.\n").is_empty());
}
