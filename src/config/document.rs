//! A TOML document that is read key by key, every fault being noted where it stands.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::field::{Field, FieldPlace, Raw};
use super::repair::{Lines, Repaired, repair};
use crate::text::file_fault::{Fault, Faults, quoted};
use crate::text::nearest::nearest;

/// More than anybody reads; the rest are counted.
const FAULTS_MAX: usize = 1000;

/// The variables that stand for keys: `FLASHTAG__HTTP__LISTEN` is `listen` of `[http]`.
const PREFIX: &str = "FLASHTAG__";

/// The text of a file, the variables that overrule it, and what was found wrong with either.
pub(super) struct Document {
    origin: String,
    repaired: Repaired,
    lines: Lines,
    variables: BTreeMap<String, String>,
    /// The variables that some key would have listened to.
    asked: RefCell<BTreeSet<String>>,
    faults: RefCell<Vec<Fault>>,
    faults_more: RefCell<usize>,
}

impl Document {
    /// Takes the text of a file, and those of the variables that are meant for it.
    pub(super) fn new(
        text: &str,
        origin: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Faults> {
        // Editors on Windows put a byte order mark there; it is no part of the first line.
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

    /// Notes a fault.
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
        // What stands for a damaged line is not what somebody wrote.
        if line == 0 || !self.repaired.damaged.contains_key(&line) {
            self.faults.borrow_mut().push(Fault { origin, line, column, message, hint });
        }
    }

    /// The line on which something stands.
    pub(super) fn line(&self, place: &FieldPlace) -> u32 {
        match place {
            FieldPlace::Byte(offset) => self.lines.place(&self.repaired.text, *offset).0,
            FieldPlace::File | FieldPlace::Variable(_) => 0,
        }
    }

    /// What the document yields if nothing is wrong with it; else all that is, in the order of the lines.
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
            // Every reader that yields nothing has noted why; if one has not, the file is still not used.
            None if faults.is_empty() => Err(Fault::of_file(&self.origin, "cannot be used").into()),
            _ => Err(Faults(faults)),
        }
    }
}

/// The keys of one table. Every key must be asked for: the ones that were not are unknown.
pub(super) struct Keys<'d> {
    document: &'d Document,
    /// The names of the tables around, as they stand in a variable: `HTTP__`.
    path: String,
    place: FieldPlace,
    table: Option<&'d DeTable<'d>>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'d> Keys<'d> {
    /// The keys of the whole document.
    pub(super) fn top(document: &'d Document, tree: &'d DeTable<'d>) -> Self {
        Self {
            document,
            path: String::new(),
            place: FieldPlace::File,
            table: Some(tree),
            known: RefCell::default(),
        }
    }

    pub(super) fn of(document: &'d Document, place: FieldPlace, table: &'d DeTable<'d>) -> Self {
        Self { document, path: String::new(), place, table: Some(table), known: RefCell::default() }
    }

    /// The keys of a table within, whose keys variables can set though the table is not there.
    pub(super) fn section(&self, name: &'static str) -> Self {
        self.known.borrow_mut().insert(name);
        let path = format!("{}{}__", self.path, name.to_ascii_uppercase());
        let field = self.in_file(name);
        let place = field.as_ref().map_or(FieldPlace::File, |field| field.place.clone());
        let table = field.and_then(|field| field.table());
        let keys = table.and_then(|keys| keys.table);
        Self { document: self.document, path, place, table: keys, known: RefCell::default() }
    }

    /// What stands under a key: the variable's word goes before the file's.
    pub(super) fn get(&self, key: &'static str) -> Option<Field<'d>> {
        self.known.borrow_mut().insert(key);
        let variable = format!("{PREFIX}{}{}", self.path, key.to_ascii_uppercase());
        self.document.asked.borrow_mut().insert(variable.clone());
        let Some(text) = self.document.variables.get(&variable) else { return self.in_file(key) };
        let place = FieldPlace::Variable(variable);
        Some(Field { document: self.document, name: key.to_owned(), place, raw: Raw::Variable(text) })
    }

    /// What stands under a key that must be there.
    pub(super) fn need(&self, key: &'static str, example: &str) -> Option<Field<'d>> {
        let field = self.get(key);
        // It may have stood on a line that is no TOML: that line is named already.
        let lost = || self.document.repaired.damaged.values().any(|line| line.contains(key));
        if field.is_none() && !lost() {
            self.fault(format!("`{key}` is missing"), Some(format!("add {example}")));
        }
        field
    }

    /// Every key with its value, for tables whose keys are names that the file chooses.
    pub(super) fn each(&self) -> Vec<(&'d str, Field<'d>)> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        let field = |(key, value): (&'d Spanned<_>, &'d Spanned<DeValue<'d>>)| {
            let name: &'d std::borrow::Cow<'d, str> = key.get_ref();
            let place = FieldPlace::Byte(value.span().start);
            let raw = Raw::Toml(value.get_ref());
            (&**name, Field { document: self.document, name: name.to_string(), place, raw })
        };
        entries.map(field).collect()
    }

    /// Notes a fault of the table itself.
    pub(super) fn fault(&self, message: String, hint: Option<String>) {
        self.document.note(&self.place, message, hint);
    }

    /// Names the keys that nobody asked for.
    pub(super) fn done(&self) {
        let known = self.known.borrow();
        for key in self.table.into_iter().flat_map(|table| table.keys()) {
            let name: &str = key.get_ref();
            if known.contains(name) {
                continue;
            }
            let list =
                || format!("the keys here are {}", known.iter().copied().collect::<Vec<_>>().join(", "));
            let hint = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("unknown key {}", quoted(name));
            self.document.note(&FieldPlace::Byte(key.span().start), message, Some(hint.unwrap_or_else(list)));
        }
    }

    fn in_file(&self, key: &str) -> Option<Field<'d>> {
        let value = self.table?.get(key)?;
        let place = FieldPlace::Byte(value.span().start);
        Some(Field { document: self.document, name: key.to_owned(), place, raw: Raw::Toml(value.get_ref()) })
    }
}
