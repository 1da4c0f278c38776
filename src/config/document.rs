//! A TOML document, the variables that override it, and the faults that were found in either.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::DeTable;

use super::repair::{Lines, Repaired, repair};
use crate::text::file_fault::{Fault, Faults};
use crate::text::nearest::nearest;

/// Upper bound on the listed faults; the rest are only counted.
const FAULTS_MAX: usize = 1000;

/// The prefix of variables that set keys: `FLASHTAG__HTTP__LISTEN` is `listen` of `[http]`.
pub(super) const PREFIX: &str = "FLASHTAG__";

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldPlace {
    /// The file as a whole.
    File,
    /// The byte offset in the text.
    Byte(usize),
    /// The environment variable of that name.
    Variable(String),
}

/// The text of a file, the variables that override it, and the faults of either.
pub(super) struct Document {
    origin: String,
    repaired: Repaired,
    lines: Lines,
    variables: BTreeMap<String, String>,
    /// The names of the variables that some key reads. Any other variable with the prefix is a fault.
    asked: RefCell<BTreeSet<String>>,
    faults: RefCell<Vec<Fault>>,
    faults_more: RefCell<usize>,
}

impl Document {
    /// Repairs the text of a file, and keeps the variables that have the prefix.
    pub(super) fn new(
        text: &str,
        origin: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Faults> {
        // Editors on Windows write a byte order mark at the beginning; it is no part of the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut repaired = repair(text, origin).map_err(Faults)?;
        let faults = RefCell::new(std::mem::take(&mut repaired.faults));
        let lines = Lines::of(&repaired.text);
        let variables = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let (asked, faults_more) = (RefCell::default(), RefCell::default());
        Ok(Self { origin: origin.to_owned(), repaired, lines, variables, asked, faults, faults_more })
    }

    /// The document's tree. It borrows the text, so the caller keeps it.
    pub(super) fn tree(&self) -> Spanned<DeTable<'_>> {
        DeTable::parse_recoverable(&self.repaired.text).0
    }

    /// Records a fault.
    pub(super) fn note(&self, place: &FieldPlace, message: String, hint: Option<String>) {
        if self.faults.borrow().len() >= FAULTS_MAX {
            *self.faults_more.borrow_mut() += 1;
            return;
        }
        let (origin, (line, column)) = match place {
            FieldPlace::Variable(name) => (name.clone(), (0, 0)),
            FieldPlace::File => (self.origin.clone(), (0, 0)),
            FieldPlace::Byte(offset) => (self.origin.clone(), self.lines.place(&self.repaired.text, *offset)),
        };
        // The replacement of a damaged line is not what the author wrote.
        if line == 0 || !self.repaired.damaged.contains_key(&line) {
            self.faults.borrow_mut().push(Fault { origin, line, column, message, hint });
        }
    }

    /// The line of a place; 0 if it is not in the text.
    pub(super) fn line(&self, place: &FieldPlace) -> u32 {
        match place {
            FieldPlace::Byte(offset) => self.lines.place(&self.repaired.text, *offset).0,
            FieldPlace::File | FieldPlace::Variable(_) => 0,
        }
    }

    /// The value of a variable, if it is set. Also records that a key reads this variable.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.variables.get(name).map(String::as_str)
    }

    /// Whether the key may be on a line that is no TOML. That line has its own fault, so the key is not
    /// missing.
    pub(super) fn may_have_lost(&self, key: &str) -> bool {
        self.repaired.damaged.values().any(|line| line.contains(key))
    }

    /// Returns the content if there is no fault, and otherwise all faults, in the order of the lines.
    pub(super) fn judged<T>(self, content: Option<T>) -> Result<T, Faults> {
        for name in self.variables.keys().filter(|name| !self.asked.borrow().contains(*name)) {
            let known = self.asked.borrow();
            let hint =
                nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"));
            self.note(
                &FieldPlace::Variable(name.replace(char::is_control, "?")),
                "no key has this name".to_owned(),
                hint,
            );
        }
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.line, fault.column));
        match self.faults_more.into_inner() {
            0 => {}
            more => faults.push(Fault::of_file(&self.origin, format!("and {more} more faults"))),
        }
        match content {
            Some(content) if faults.is_empty() => Ok(content),
            // A reader that returns `None` has recorded a fault; if one has not, the file is still refused.
            None if faults.is_empty() => Err(Fault::of_file(&self.origin, "cannot be used").into()),
            _ => Err(Faults(faults)),
        }
    }
}
