//! Repairs lines that are no TOML, so that the faults of the other lines are reported too.

use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::text::file_fault::Fault;

/// Upper bound on the passes. A faulty line hides the faults behind it, so each pass may find new ones; a
/// text that needs more passes is given up.
const PASSES_MAX: usize = 16;

/// A text without the lines that are no TOML. The other lines keep their numbers.
pub(super) struct Repaired {
    /// The text, with the damaged lines replaced.
    pub(super) text: String,
    /// The original text of each damaged line, by line number from 1.
    pub(super) damaged: BTreeMap<u32, String>,
    /// One fault for each damaged line.
    pub(super) faults: Vec<Fault>,
}

/// The offset at which each line of a text begins.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after_breaks).collect())
    }

    /// The line of a byte and the character in the line, both from 1.
    pub(super) fn place(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.0.partition_point(|&start| start <= offset);
        let start = self.0.get(line - 1).copied().unwrap_or_default();
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// Replaces the lines that are no TOML. Returns the faults found so far if this does not succeed.
pub(super) fn repair(text: &str, origin: &str) -> Result<Repaired, Vec<Fault>> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut damaged = BTreeMap::new();
    let mut faults = Vec::new();
    for _ in 0..PASSES_MAX {
        let text = lines.join("\n");
        let (_, errors) = DeTable::parse_recoverable(&text);
        if errors.is_empty() {
            return Ok(Repaired { text, damaged, faults });
        }
        let starts = Lines::of(&text);
        let mut places = BTreeMap::new();
        for error in &errors {
            let (line, column) = starts.place(&text, error.span().map_or(0, |span| span.start));
            places.entry(line).or_insert_with(|| (column, error.message()));
        }
        for (line, (column, message)) in places {
            let Some(content) = lines.get_mut(line as usize - 1) else { return Err(faults) };
            let again = damaged.contains_key(&line);
            if !again {
                damaged.insert(line, content.clone());
                let (origin, message) = (origin.to_owned(), message.replace('\n', " "));
                faults.push(Fault { origin, line, column, message, hint: None });
            }
            *content = placeholder(content, again);
        }
    }
    Err(faults)
}

/// The replacement of a damaged line. A header stays a header, or its keys would count as keys of the table
/// before; any other line becomes empty.
fn placeholder(line: &str, again: bool) -> String {
    let line = line.trim();
    if !line.starts_with('[') || line == "[[damaged]]" {
        return String::new();
    }
    let name = line.trim_start_matches('[');
    let bare = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-' | '.');
    let name = name.split(|ch| !bare(ch)).next().unwrap_or_default();
    match (again || name.is_empty(), line.starts_with("[[")) {
        (true, _) => "[[damaged]]".to_owned(),
        (false, true) => format!("[[{name}]]"),
        (false, false) => format!("[{name}]"),
    }
}
