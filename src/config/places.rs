//! Where each key of a configuration file stands, and the text of its value: what the values alone do not tell.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeValue;

use super::document::Document;
use super::field::{Field, Raw};
use super::keys::Keys;

/// Upper bound on the size of a file, in bytes.
const FILE_BYTES_MAX: usize = 4 << 20;

/// The place of a value, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The line, from 1; 0 if the file does not have the key.
    pub line: u32,
    /// The value, if it is a text or a date.
    pub text: Option<String>,
}

/// The places of a file's values, by path: `http.public_url`, `offer.kindle.opens` for an offer by its id, and
/// `network.shop-x.read` for a network by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// The places in a text; none if it is not TOML.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut places = BTreeMap::new();
        if let Ok(document) = Document::new(text, "", []) {
            let tree = document.tree();
            read(&Keys::top(&document, tree.get_ref()), "", &mut places);
        }
        Self(places)
    }

    /// The places in a file; none if it cannot be read.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        let text = super::text_of(path, "", FILE_BYTES_MAX).ok().flatten();
        text.map_or_else(Self::default, |text| Self::of(&text))
    }

    /// The place of a value.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Place> {
        self.0.get(path)
    }

    /// The line of a value; 0 if the file does not have it.
    #[must_use]
    pub fn line(&self, path: &str) -> u32 {
        self.get(path).map_or(0, |place| place.line)
    }
}

fn read(keys: &Keys<'_>, path: &str, places: &mut BTreeMap<String, Place>) {
    for (name, field) in keys.each() {
        let path = format!("{path}{name}");
        if let Some(keys) = field.is_table().then(|| field.table()).flatten() {
            read(&keys, &format!("{path}."), places);
        } else if let Some(tables) = tables(&field) {
            for keys in tables {
                let id = ["id", "name"]
                    .into_iter()
                    .find_map(|key| keys.each().into_iter().find(|(name, _)| *name == key));
                let id = id.and_then(|(_, field)| text(&field)).unwrap_or_default();
                read(&keys, &format!("{path}.{id}."), places);
            }
        }
        places.insert(path, Place { line: field.line(), text: text(&field) });
    }
}

/// The tables of an array of tables; `None` for any other value.
fn tables<'d>(field: &Field<'d>) -> Option<Vec<Keys<'d>>> {
    let Raw::Toml(DeValue::Array(_)) = field.raw else { return None };
    let elements = field.list("")?;
    elements.iter().all(Field::is_table).then(|| elements.iter().filter_map(Field::table).collect())
}

fn text(field: &Field<'_>) -> Option<String> {
    match field.raw {
        Raw::Toml(DeValue::String(text)) => Some(text.to_string()),
        Raw::Toml(DeValue::Datetime(instant)) => Some(instant.to_string()),
        Raw::Toml(_) | Raw::Variable(_) => None,
    }
}
