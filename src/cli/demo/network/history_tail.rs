//! What the shop decides, read from the history that it writes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::cli::fail::Fail;
use crate::domain::event::Event;

/// The events that the demo tells or counts.
const WANTED: [&str; 9] = [
    "waitlisted",
    "promoted",
    "sold",
    "declined",
    "expired",
    "released",
    "left_line",
    "line_ended",
    "account_silenced",
];

/// A history that is followed.
pub(super) struct HistoryTail {
    path: PathBuf,
    /// Bytes that were read.
    read: u64,
    /// The beginning of a line whose end was not there yet.
    rest: Vec<u8>,
}

#[derive(Deserialize)]
struct RecordLine {
    #[serde(default)]
    events: Vec<Value>,
}

impl HistoryTail {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, read: 0, rest: Vec::new() }
    }

    /// The events of each record that is new.
    pub(super) fn new_records(&mut self) -> Result<Vec<Vec<Event>>, Fail> {
        self.fill().map_err(|source| Fail::io("read", &self.path, &source))?;
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
        let after = self.rest.split_off(end + 1);
        let lines = std::mem::replace(&mut self.rest, after);
        let records = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(events);
        records
            .collect::<Result<_, _>>()
            .map_err(|fault| Fail::new(70, format!("{}: {fault}", self.path.display())))
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut file = match File::open(&self.path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        file.seek(SeekFrom::Start(self.read))?;
        self.read += file.read_to_end(&mut self.rest)? as u64;
        Ok(())
    }
}

fn events(line: &[u8]) -> serde_json::Result<Vec<Event>> {
    let RecordLine { events } = serde_json::from_slice(line)?;
    let is_wanted = |event: &Value| WANTED.iter().any(|name| event.get(name).is_some());
    events.into_iter().filter(is_wanted).map(serde_json::from_value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record comes once, when its line is whole, and with what is wanted alone.
    #[test]
    fn whole_lines_are_read_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.ndjson");
        let mut tail = HistoryTail::new(path.clone());
        assert_eq!(tail.new_records().unwrap(), Vec::<Vec<Event>>::new(), "there is no file yet");
        let line = "{\"partition\":0,\"events\":[{\"offer_opened\":{\"offer\":0}},{\"line_ended\":{\"offer\":0,\
                    \"account\":{\"network\":\"x\",\"author\":\"42\"},\"units\":1}}]}\n";
        let (begin, end) = line.split_at(40);
        std::fs::write(&path, format!("{line}{begin}")).unwrap();
        let ended = |records: &[Vec<Event>]| {
            records
                .iter()
                .map(|events| matches!(events[..], [Event::LineEnded { units: 1, .. }]))
                .collect::<Vec<_>>()
        };
        assert_eq!(ended(&tail.new_records().unwrap()), [true]);
        assert_eq!(tail.new_records().unwrap().len(), 0);
        std::fs::write(&path, format!("{line}{begin}{end}")).unwrap();
        assert_eq!(ended(&tail.new_records().unwrap()), [true]);
    }
}
