//! Reading on behind a line that is no TOML, so that the faults of the other lines are named as well.

use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::text::file_fault::Fault;

/// A faulty line hides the faults behind it, so each pass may find new ones; one that is given up after so
/// many passes has no form left to speak of.
const PASSES_MAX: usize = 16;

/// A text that is TOML, without the lines that are not. No line has moved.
pub(super) struct Repaired {
    /// The text without the damaged lines.
    pub(super) text: String,
    /// What stood on the damaged lines, by line from 1.
    pub(super) damaged: BTreeMap<u32, String>,
    /// One for each damaged line.
    pub(super) faults: Vec<Fault>,
}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after_breaks).collect())
    }

    /// The line of a byte of the text and the character in the line, both from 1.
    pub(super) fn place(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.0.partition_point(|&start| start <= offset);
        let start = self.0.get(line - 1).copied().unwrap_or_default();
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// Takes out the lines that are no TOML. Fails with the faults so far if that leads nowhere.
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
            *content = stand_in(content, again);
        }
    }
    Err(faults)
}

/// What a damaged line is read as: a header goes on being a header, or its keys would be taken for
/// those of the table before; all else is dropped.
fn stand_in(line: &str, again: bool) -> String {
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
