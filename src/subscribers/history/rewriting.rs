//! Rewrites a history of an earlier release without the addresses that such releases recorded.
//!
//! The lines are changed as text: no text within a line has an unescaped quote, so a name with its quotes is the name of a
//! field. The new file is written aside, synced, and takes the name of the old one.

use std::io;
use std::path::Path;

use super::line::BEGINNING;
use crate::journal::file::disk::{read_up_to, write_all};
use crate::journal::{Disk, DiskFile};
use crate::subscribers::error::SubscriberError;

use crate::text::email::without_addresses;

/// Bytes that are read at once.
const STEP_BYTES: usize = 1 << 20;

/// What stands before an address, and what then stands in the place of both.
const ADDRESSES: [(&[u8], &[u8]); 2] =
    [(b"\"email\":\"", b"\"has_address\":"), (b"\"email\":{\"to\":\"", b"\"email\":{\"has_address\":")];

/// What stands before a provider's words, which may repeat an address.
const REASON: &[u8] = b"\"reason\":\"";

/// Removes the addresses from the history at `path`, if there is one. An unfinished line at its end is cut off. A file or
/// a device that is no history is left alone, and refused when the history is opened.
pub(super) fn remove_addresses(disk: &dyn Disk, path: &Path) -> Result<(), SubscriberError> {
    let old = match disk.open(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(SubscriberError::io("open", path))?,
    };
    if !is_history(&*old).map_err(SubscriberError::io("read", path))? {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".rewritten");
    let aside = Path::new(&name);
    match disk.remove(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(SubscriberError::io("remove", aside)(error));
        }
        _ => {}
    }
    let new = disk.create(aside).map_err(SubscriberError::io("create", aside))?;
    copy(&*old, &*new).map_err(SubscriberError::io("rewrite", path))?;
    new.sync_all().map_err(SubscriberError::io("sync", aside))?;
    disk.rename(aside, path).map_err(SubscriberError::io("rename", aside))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    disk.fsync_dir(parent.unwrap_or_else(|| Path::new("."))).map_err(SubscriberError::io("sync", path))
}

/// Whether lines of a history are in the file.
fn is_history(file: &dyn DiskFile) -> io::Result<bool> {
    // A device has no size, and may be read for ever.
    let size = usize::try_from(file.size()?).unwrap_or(usize::MAX);
    let mut begin = vec![0; BEGINNING.len().min(size)];
    let read = read_up_to(file, &mut begin, 0)?;
    begin.truncate(read);
    Ok(!begin.is_empty() && BEGINNING.starts_with(&begin))
}

fn copy(old: &dyn DiskFile, new: &dyn DiskFile) -> io::Result<()> {
    let (mut step, mut rest, mut changed) = (vec![0; STEP_BYTES], Vec::new(), Vec::new());
    let (mut read_to, mut written_to) = (0, 0);
    loop {
        let read = read_up_to(old, &mut step, read_to)?;
        if read == 0 {
            return Ok(());
        }
        read_to += read as u64;
        rest.extend_from_slice(step.get(..read).unwrap_or_default());
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        changed.clear();
        rest.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n').for_each(|line| {
            change(line, &mut changed);
        });
        rest.drain(..whole);
        write_all(new, &changed, written_to)?;
        written_to += changed.len() as u64;
    }
}

/// Appends a line without its addresses.
fn change(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some((_, left)) = rest.split_first() {
        let address =
            ADDRESSES.iter().find_map(|(before, after)| Some((rest.strip_prefix(*before)?, *after)));
        if let Some((value, after)) = address {
            let (text, behind) = text_at(value);
            out.extend_from_slice(after);
            out.extend_from_slice(if text.is_empty() { b"false" } else { b"true" });
            rest = behind;
        } else if let Some(value) = rest.strip_prefix(REASON) {
            let (text, behind) = text_at(value);
            out.extend_from_slice(REASON);
            out.extend_from_slice(
                without_addresses(std::str::from_utf8(text).unwrap_or_default()).as_bytes(),
            );
            out.push(b'"');
            rest = behind;
        } else {
            out.extend(rest.first());
            rest = left;
        }
    }
}

/// Splits off a text up to its closing quote, and the quote.
fn text_at(value: &[u8]) -> (&[u8], &[u8]) {
    let mut is_escaped = false;
    let end = value.iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    match end.and_then(|end| Some((value.get(..end)?, value.get(end + 1..)?))) {
        Some(split) => split,
        // A line that was damaged; it is cut off when the history is opened.
        None => (value, b"\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_line_keeps_everything_but_the_addresses() {
        let table = [
            (
                r#"{"account":"x:1","email":"ana@example.com","region":"DE"}"#,
                r#"{"account":"x:1","has_address":true,"region":"DE"}"#,
            ),
            (r#"{"card":"t","email":""}"#, r#"{"card":"t","has_address":false}"#),
            (
                r#"{"email":{"to":"ana@example.com","notice":{"units":1}}}"#,
                r#"{"email":{"has_address":true,"notice":{"units":1}}}"#,
            ),
            (
                r#"{"reason":"550 <ana@example.com> \"no\"","n":1}"#,
                r#"{"reason":"550 <(an address)> \"no\"","n":1}"#,
            ),
            (r#"{"title":"\"email\":\"x@y.example\""}"#, r#"{"title":"\"email\":\"x@y.example\""}"#),
            (r#"{"events":["offer_opened"]}"#, r#"{"events":["offer_opened"]}"#),
            (r#"{"email":"ana@exam"#, "{\"has_address\":true\n"),
        ];
        for (line, expected) in table {
            let mut out = Vec::new();
            change(line.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
