//! The letters that the shop sends, read from its Maildir.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) subject: String,
}

/// The letters that arrived.
pub(super) struct Mailbox {
    directory: PathBuf,
    known: BTreeSet<OsString>,
}

impl Mailbox {
    pub(super) fn new(maildir: &Path) -> Self {
        Self { directory: maildir.join("new"), known: BTreeSet::new() }
    }

    /// The letters that are new. One that cannot be read now is read the next time.
    pub(super) fn new_letters(&mut self) -> Vec<Letter> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let mut letters = Vec::new();
        for entry in entries.flatten() {
            if !self.known.contains(&entry.file_name())
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                self.known.insert(entry.file_name());
                letters.push(Letter { to: header(&text, "To"), subject: header(&text, "Subject") });
            }
        }
        letters
    }

    /// How many letters there were.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }
}

fn header(letter: &str, name: &str) -> String {
    let headers = letter.lines().take_while(|line| !line.is_empty());
    let mut named = headers
        .filter_map(|line| line.split_once(": "))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_once() {
        let maildir = tempfile::tempdir().unwrap();
        fs::create_dir(maildir.path().join("new")).unwrap();
        let mut mailbox = Mailbox::new(maildir.path());
        assert_eq!(mailbox.new_letters(), []);
        let text = "From: s@shop.example\r\nTo: ana@x.example\r\nSubject: Your order\r\n\r\nTo: nobody\r\n";
        fs::write(maildir.path().join("new/1"), text).unwrap();
        let letter = Letter { to: "ana@x.example".to_owned(), subject: "Your order".to_owned() };
        assert_eq!(mailbox.new_letters(), [letter]);
        assert_eq!(mailbox.new_letters(), []);
        assert_eq!(mailbox.count(), 1);
    }
}
