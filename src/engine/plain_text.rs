//! Searches a data directory for what must be in plain text in none of its files: e-mail addresses, and what is sealed of people.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use memchr::memmem;

use super::error::Error;
use crate::journal::DataLock;
use crate::ops::{KeyPlace, PEOPLE_KEYS, SECRETS};
use crate::people::{PEOPLE, People, Person};
use crate::text::address_like::address_like;

/// Places that are reported.
const FOUND_MOST: usize = 20;

/// Shorter texts of people stand in files by chance.
const TEXT_BYTES_LEAST: usize = 8;

/// Texts of people that are searched for at once.
const TEXTS_MOST: usize = 200_000;

/// Where something of a person is readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// The file, within the data directory.
    pub file: PathBuf,
    /// The first byte.
    pub at: usize,
    /// What it looks like; never the text itself.
    pub what: &'static str,
}

/// Searches the data directory of a server, and returns at most twenty places. Where no server of this release was started,
/// there are none: its first start moves the addresses of earlier releases.
///
/// # Errors
/// When a file cannot be read.
pub fn search(data: &Path) -> Result<Vec<Readable>, Error> {
    if !data.join(PEOPLE).exists() {
        return Ok(Vec::new());
    }
    let _lock = DataLock::acquire(data)?;
    let finder = texts_of_people(data)?.map(AhoCorasick::new).transpose();
    let finder = finder.map_err(|error| Error::Provider(format!("too much is known of people: {error}")))?;
    let mut search = Search { data, finder, found: Vec::new() };
    search.directory(Path::new(""))?;
    Ok(search.found)
}

/// What is sealed of people, as far as it is long enough to be told from other text.
fn texts_of_people(data: &Path) -> Result<Option<Vec<String>>, Error> {
    let key = KeyPlace::of_process(None, data);
    // Opening would make what is missing, as in a backup, whose keys lie apart.
    if !key.exists() || !data.join(PEOPLE_KEYS).exists() {
        return Ok(None);
    }
    let mut texts = Vec::new();
    People::open(data, &key)?.for_each(|person| {
        if texts.len() < TEXTS_MOST {
            texts.extend(texts_of(person).filter(|text| text.len() >= TEXT_BYTES_LEAST).map(str::to_owned));
        }
    })?;
    Ok(Some(texts))
}

fn texts_of(person: &Person) -> impl Iterator<Item = &str> {
    let ship_to = person.ship_to.iter().flat_map(|to| to.lines.iter().chain([&to.name]));
    person.email.iter().chain(&person.name).chain(ship_to).map(String::as_str)
}

struct Search<'d> {
    data: &'d Path,
    finder: Option<AhoCorasick>,
    found: Vec<Readable>,
}

impl Search<'_> {
    fn directory(&mut self, within: &Path) -> Result<(), Error> {
        let path = self.data.join(within);
        let failed = |source| Error::Io { action: "list", path: path.clone(), source };
        // A Maildir is the provider, to which letters were sent.
        if path.join("new").is_dir() && path.join("cur").is_dir() {
            return Ok(());
        }
        let mut entries: Vec<_> =
            fs::read_dir(&path).and_then(Iterator::collect::<io::Result<_>>).map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let within = within.join(entry.file_name());
            match entry.file_type().map_err(failed)? {
                kind if kind.is_dir() => self.directory(&within)?,
                kind if kind.is_file() => self.file(&within)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, within: &Path) -> Result<(), Error> {
        let path = self.data.join(within);
        let content = fs::read(&path).map_err(|source| Error::Io { action: "read", path, source })?;
        let is_sealed =
            within.starts_with(SECRETS) || within == Path::new(PEOPLE) || within == Path::new(PEOPLE_KEYS);
        let mut hosts = HashMap::new();
        for place in address_like(&content) {
            if is_address(&content, &place, is_sealed, &mut hosts) {
                self.found(within, place.start, "looks like an e-mail address");
            }
        }
        // Orders leave with the address that they are shipped to.
        let is_order_file = memmem::find(&content, br#""address":{"name":"#).is_some();
        let finder = self.finder.take();
        for found in finder.iter().filter(|_| !is_order_file).flat_map(|finder| finder.find_iter(&content)) {
            self.found(within, found.start(), "is what is sealed of a person");
        }
        self.finder = finder;
        Ok(())
    }

    fn found(&mut self, file: &Path, at: usize, what: &'static str) {
        if self.found.len() < FOUND_MOST {
            self.found.push(Readable { file: file.to_owned(), at, what });
        }
    }
}

/// Whether what looks like an address is one, and not the name of an account on a server that the file speaks of, or the
/// Message-ID of a letter.
fn is_address(
    content: &[u8],
    place: &Range<usize>,
    is_sealed: bool,
    hosts: &mut HashMap<Vec<u8>, bool>,
) -> bool {
    let text = content.get(place.clone()).unwrap_or_default();
    let at = memchr::memchr(b'@', text).unwrap_or(0);
    let (local, domain) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    if is_dotted_key(local) {
        return false;
    }
    // Random bytes look like a short address now and then.
    let label = domain.iter().take_while(|byte| **byte != b'.').count();
    if is_sealed && (local.len() < 3 || label < 3) {
        return false;
    }
    // An account of Mastodon is named by the address of its server.
    let is_server = hosts.entry(domain.to_ascii_lowercase()).or_insert_with_key(|host| {
        memmem::find(content, &[b"https://", host.as_slice(), b"/"].concat()).is_some()
    });
    !*is_server
}

/// Whether it is the dotted key of an effect, as Message-IDs have: `0.12.0`, or the same behind `ft-...`.
fn is_dotted_key(local: &[u8]) -> bool {
    let key = local.strip_prefix(b"ft-").unwrap_or(local);
    let is_bare = key.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    (is_bare || key.len() < local.len()) && key.iter().filter(|byte| **byte == b'.').count() == 2
}
