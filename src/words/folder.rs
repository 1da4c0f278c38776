//! A shop's own templates: a folder in which each file replaces a built-in template.
//!
//! The whole folder is checked before anything is sent: every name, every file's syntax, every variable, and
//! the rendering of a sample of each outcome.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use minijinja::{Error, Value};

use super::builtin::{TEMPLATES, source};
use super::layer::Layer;
use super::owner_letter::owner_contexts;
use super::sample::{HOSTILE, contexts, now};
use super::template_context::VARIABLES;
use crate::text::file_fault::{Fault, Faults};
use crate::text::nearest::nearest;

/// Largest template that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// A shop's own templates, layered over the built-in ones.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) layer: Layer,
    sources: BTreeMap<String, String>,
}

impl Folder {
    pub(super) fn read(path: &Path) -> Result<Self, Faults> {
        let mut reading = Reading { root: path.to_owned(), sources: BTreeMap::new(), faults: Vec::new() };
        reading.directory(path, "");
        let Reading { root, sources, mut faults } = reading;
        let mut folder = Self { layer: Layer::builtin(), sources };
        for (name, text) in &folder.sources {
            if let Err(error) = folder.layer.add(name, text) {
                faults.push(fault(&root, &folder.sources, name, &error));
            }
        }
        faults.extend(folder.unknown_names(&root));
        folder.try_out(&root, &mut faults);
        faults.sort_by(|a, b| (&a.origin, a.line, a.column).cmp(&(&b.origin, b.line, b.column)));
        if faults.is_empty() { Ok(folder) } else { Err(Faults(faults)) }
    }

    /// Whether the shop has its own template of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }

    /// Faults for the variables that the files use and no template is given.
    fn unknown_names(&self, root: &Path) -> Vec<Fault> {
        let of_file = |(name, text): (&String, &String)| {
            let unknown = self.layer.names_used(name);
            let unknown = unknown.into_iter().filter(|used| !VARIABLES.contains(&used.as_str()));
            unknown.map(|used| unknown_name(&root.join(name), text, &used)).collect::<Vec<_>>()
        };
        self.sources.iter().flat_map(of_file).collect()
    }

    /// Renders everything that involves a file of the folder, with samples of every outcome. Reports at most
    /// one fault for each file.
    fn try_out(&self, root: &Path, faults: &mut Vec<Fault>) {
        let offers = contexts();
        let offers = offers.into_iter().map(|(name, context)| (name, Value::from_object(context)));
        let owners = owner_contexts(now()).into_iter().map(|(name, context)| (name.to_owned(), context));
        for (template, context) in offers.chain(owners) {
            let found = match self.layer.render_value(&template, &context) {
                Err(error) => fault(root, &self.sources, &template, &error),
                Ok(text) if template.ends_with(".html") && text.contains(HOSTILE) => {
                    let origin = root.join(&template).display().to_string();
                    Fault::of_file(&origin, "writes text from outside as markup")
                        .hint("leave out `safe`, `autoescape` and included .txt files")
                }
                Ok(_) => continue,
            };
            if !faults.iter().any(|known| known.origin == found.origin) {
                faults.push(found);
            }
        }
    }
}

struct Reading {
    root: PathBuf,
    sources: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Reading {
    /// Reads a directory whose template names begin with `prefix`. Skips names that begin with a dot, which
    /// belong to the system.
    fn directory(&mut self, path: &Path, prefix: &str) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.fault(path, format!("cannot be read: {error}")),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.fault(path, format!("cannot be read: {error}")),
            };
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.starts_with('.') {
                continue;
            }
            let (path, name) = (entry.path(), format!("{prefix}{file}"));
            let inner = format!("{name}/");
            if path.is_dir() && TEMPLATES.iter().any(|(known, _)| known.starts_with(&inner)) {
                self.directory(&path, &inner);
            } else {
                self.file(&path, name);
            }
        }
    }

    fn file(&mut self, path: &Path, name: String) {
        if source(&name).is_none() {
            let fault = Fault::of_file(&path.display().to_string(), "is no template's name");
            let meant = nearest(&name, TEMPLATES.iter().map(|(known, _)| *known));
            let hint = meant.map(|meant| format!("did you mean `{meant}`?"));
            let hint = hint.unwrap_or_else(|| "the names are those of the built-in templates".to_owned());
            return self.faults.push(fault.hint(hint));
        }
        match fs::metadata(path).map(|found| found.len()) {
            Ok(bytes) if bytes > FILE_BYTES_MAX => {
                return self.fault(path, "is larger than 64 KiB".to_owned());
            }
            _ => {}
        }
        match fs::read_to_string(path) {
            Ok(text) => {
                // Some editors write a byte order mark and end lines with CRLF.
                let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text).replace("\r\n", "\n");
                self.sources.insert(name, text);
            }
            Err(error) => self.fault(path, format!("cannot be read: {error}")),
        }
    }

    fn fault(&mut self, path: &Path, message: String) {
        self.faults.push(Fault::of_file(&path.display().to_string(), message));
    }
}

/// The file in which an error happened, which the rendered file may include, and the most specific error.
fn failing_file<'e>(template: &str, error: &'e Error) -> (String, &'e Error) {
    let mut innermost = error;
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(source) = source.downcast_ref::<Error>().filter(|source| source.name().is_some()) {
            innermost = source;
        }
        next = source.source();
    }
    (innermost.name().unwrap_or(template).to_owned(), innermost)
}

fn fault(root: &Path, sources: &BTreeMap<String, String>, template: &str, error: &Error) -> Fault {
    let (name, error) = failing_file(template, error);
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.to_string(),
    };
    let line = error.line().unwrap_or(1);
    let column = error.range().and_then(|range| {
        let before = sources.get(&name)?.get(..range.start)?;
        Some(before.rsplit('\n').next()?.chars().count() + 1)
    });
    let (line, column) = (clamped(line), clamped(column.unwrap_or(1)));
    let origin = root.join(&name).display().to_string();
    let fault = Fault { origin, line, column, message, hint: None };
    if sources.contains_key(&name) {
        return fault;
    }
    // A built-in file fails only because of a file of the folder.
    let origin = root.join(template).display().to_string();
    Fault {
        origin,
        line: 0,
        column: 0,
        message: format!("with the built-in {name}: {}", fault.message),
        hint: None,
    }
}

fn unknown_name(path: &Path, text: &str, used: &str) -> Fault {
    let at = offset_of(text, used);
    let before = text.get(..at).unwrap_or_default();
    let (lines, last) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or_default());
    let fault = Fault {
        origin: path.display().to_string(),
        line: clamped(lines + 1),
        column: clamped(last.chars().count() + 1),
        message: format!("unknown variable `{used}`"),
        hint: None,
    };
    match nearest(used, VARIABLES.iter().copied()) {
        Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
        None => fault,
    }
}

fn clamped(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The offset at which a name occurs as a whole identifier inside an expression or a statement.
fn offset_of(text: &str, used: &str) -> usize {
    let part_of_word = |ch: char| ch.is_alphanumeric() || ch == '_';
    let whole = |at: &usize| {
        let (before, after) = (text.get(..*at), text.get(at + used.len()..));
        let free = |ch: Option<char>| !ch.is_some_and(part_of_word);
        let opened = before.and_then(|before| before.rfind("{{").max(before.rfind("{%")));
        let closed = before.and_then(|before| before.rfind("}}").max(before.rfind("%}")));
        opened > closed
            && free(before.and_then(|before| before.chars().next_back()))
            && free(after.and_then(|after| after.chars().next()))
    };
    text.match_indices(used).map(|(at, _)| at).find(whole).unwrap_or(0)
}
