//! The keys of a table, each read as a [`Field`].

use std::cell::RefCell;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, FieldPlace, PREFIX};
use super::field::{Field, Raw};
use crate::text::file_fault::quoted;
use crate::text::nearest::nearest;

/// The keys of one table. A key of the file that no reader asks for is a fault.
pub(super) struct Keys<'d> {
    document: &'d Document,
    /// The names of the enclosing tables, as in a variable: `HTTP__`.
    path: String,
    place: FieldPlace,
    table: Option<&'d DeTable<'d>>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'d> Keys<'d> {
    /// The keys at the top of the document.
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

    /// The keys of an inner table. Variables can set them even if the file does not have the table.
    pub(super) fn section(&self, name: &'static str) -> Self {
        self.known.borrow_mut().insert(name);
        let path = format!("{}{}__", self.path, name.to_ascii_uppercase());
        let field = self.in_file(name);
        let place = field.as_ref().map_or(FieldPlace::File, |field| field.place.clone());
        let table = field.and_then(|field| field.table());
        let keys = table.and_then(|keys| keys.table);
        Self { document: self.document, path, place, table: keys, known: RefCell::default() }
    }

    /// The value of a key: the variable's if it is set, else the file's.
    pub(super) fn get(&self, key: &'static str) -> Option<Field<'d>> {
        self.known.borrow_mut().insert(key);
        let variable = format!("{PREFIX}{}{}", self.path, key.to_ascii_uppercase());
        let Some(text) = self.document.variable(&variable) else { return self.in_file(key) };
        let place = FieldPlace::Variable(variable);
        Some(Field { document: self.document, name: key.to_owned(), place, raw: Raw::Variable(text) })
    }

    /// The value of a required key.
    pub(super) fn need(&self, key: &'static str, example: &str) -> Option<Field<'d>> {
        let field = self.get(key);
        if field.is_none() && !self.document.may_have_lost(key) {
            self.fault(format!("`{key}` is missing"), Some(format!("add {example}")));
        }
        field
    }

    /// All keys with their values, for tables whose keys are names that the file chooses.
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

    /// Records a fault of the table itself.
    pub(super) fn fault(&self, message: String, hint: Option<String>) {
        self.document.note(&self.place, message, hint);
    }

    /// Records a fault for each key that no reader asked for.
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

impl<'d> Field<'d> {
    /// The keys of a table.
    pub(super) fn table(&self) -> Option<Keys<'d>> {
        match self.raw {
            Raw::Toml(DeValue::Table(table)) => Some(Keys::of(self.document, self.place.clone(), table)),
            _ => self.wrong_type("a table"),
        }
    }
}
