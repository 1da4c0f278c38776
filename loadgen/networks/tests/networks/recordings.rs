//! Recordings of real networks, if they are available. They are read, never copied.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// A recorded exchange.
#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) status: u16,
    pub(crate) headers: std::collections::BTreeMap<String, String>,
    body: String,
}

impl Recorded {
    /// The body; the first event's data of a stream.
    pub(crate) fn json(&self) -> Value {
        let stream = self.body.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(stream.unwrap_or(&self.body)).unwrap()
    }

    /// The path with its query, without a slash at its end.
    pub(crate) fn path(&self) -> &str {
        let address = self.uri.split_once("://").unwrap().1;
        address.find('/').map_or("", |place| address[place..].trim_end_matches('/'))
    }
}

/// The exchanges of a file, or none and a line that says so.
pub(crate) fn recordings(name: &str) -> Option<Vec<Recorded>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples"));
    let directory = std::env::var_os("FLASHTAG_SAMPLES").map_or_else(beside, PathBuf::from);
    let path = directory.join("real").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        report(
            name,
            &format!("SKIPPED: no recordings {}; FLASHTAG_SAMPLES names the directory", path.display()),
        );
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Writes a test's result beside those of the other suites.
pub(crate) fn report(name: &str, line: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proof");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("shapes-of-{name}")), format!("{line}\n")).unwrap();
    eprintln!("{line}");
}
