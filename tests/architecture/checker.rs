//! Judges the paths of a source text by the rules of imports.

use std::fmt;

use super::house::{IMPURE, IMPURE_WORDS, RESERVED, ROOMS, STRANGERS};
use super::reader::{Found, paths, tokens};

/// A broken rule and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    file: String,
    line: usize,
    why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.why)
    }
}

/// The room of a file of `src`.
pub(crate) fn room_of(file: &str) -> String {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// The violations of a file of `src` with this text.
pub(crate) fn check(file: &str, text: &str) -> Vec<Violation> {
    let room = room_of(file);
    let mut violations = Vec::new();
    let mut report = |line, why| violations.push(Violation { file: file.to_owned(), line, why });
    for path in paths(file, text) {
        let faults = [
            import_fault(&room, &path),
            reserved_fault(&room, &path),
            purity_fault(&room, &path),
            stranger_fault(file, &path),
        ];
        faults.into_iter().flatten().for_each(|why| report(path.line, why));
    }
    if room == "domain" {
        for token in tokens(text) {
            if IMPURE_WORDS.contains(&token.text.as_str()) {
                report(token.line, format!("domain does not know `{}`", token.text));
            }
        }
    }
    violations
}

fn import_fault(room: &str, path: &Found) -> Option<String> {
    let other = path.room()?;
    (other != room && !may_import(room, other))
        .then(|| format!("{room} may not import {}", path.parts.join("::")))
}

/// Whether a room may import the other: it is lower, and not closed to this one.
fn may_import(room: &str, other: &str) -> bool {
    let mut below = ROOMS.iter().take_while(|below| below.name != room);
    let only = ROOMS.iter().find(|candidate| candidate.name == room).map(|found| found.only);
    let open = only.is_some_and(|only| only.is_none_or(|only| only.contains(&other)));
    open && below.any(|below| below.name == other)
}

fn reserved_fault(room: &str, path: &Found) -> Option<String> {
    let begins = RESERVED.iter().filter(|reserved| begins_with(path, reserved.path));
    let nearest = begins.max_by_key(|reserved| reserved.path.len());
    // A glob imports everything under it, so each rule for a path under it applies.
    let below = RESERVED.iter().filter(|reserved| is_glob_over(path, reserved.path));
    let closed = nearest.into_iter().chain(below).find(|reserved| !reserved.rooms.contains(&room))?;
    Some(format!("{room} may not use {}: {} is reserved", path.parts.join("::"), closed.path))
}

fn purity_fault(room: &str, path: &Found) -> Option<String> {
    let impure = IMPURE.iter().find(|impure| begins_with(path, impure) || is_glob_over(path, impure))?;
    (room == "domain").then(|| format!("domain is pure, and may not use {impure}"))
}

fn stranger_fault(file: &str, path: &Found) -> Option<String> {
    let (_, other) = STRANGERS.iter().find(|(shell, _)| *shell == file)?;
    let other = format!("crate::{other}");
    let named = begins_with(path, &other) || is_glob_over(path, &other);
    named.then(|| format!("this shell may not name {}", path.parts.join("::")))
}

fn begins_with(path: &Found, start: &str) -> bool {
    let mut parts = path.parts.iter();
    start.split("::").all(|part| parts.next().is_some_and(|own| own == part))
}

/// Whether the path ends with a `*` that covers `path` or a part of the way to it.
fn is_glob_over(path: &Found, what: &str) -> bool {
    let Some(("*", above)) = path.parts.split_last().map(|(last, above)| (last.as_str(), above)) else {
        return false;
    };
    let mut what = what.split("::");
    above.iter().all(|part| what.next() == Some(part.as_str())) && what.next().is_some()
}
