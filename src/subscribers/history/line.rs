//! The position of a line of a history.

use serde::Deserialize;

/// The beginning of every line.
pub(super) const BEGINNING: &[u8] = b"{\"partition\":";

/// The position of a line: the records of a partition that it represents, and the time of the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) partition: u32,
    pub(super) first: u64,
    pub(super) last: u64,
    /// None for a gap.
    pub(super) at: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    partition: u32,
    sequence: Option<u64>,
    at: Option<String>,
    missing: Option<Missing>,
}

#[derive(Deserialize)]
struct Missing {
    first: u64,
    last: u64,
}

impl Place {
    /// Reads a whole line, without its end; none if it is no line of a history.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        if !line.starts_with(BEGINNING) {
            return None;
        }
        let Line { partition, sequence, at, missing } = serde_json::from_slice(line).ok()?;
        match (sequence, missing) {
            (Some(sequence), None) => Some(Self { partition, first: sequence, last: sequence, at }),
            (None, Some(Missing { first, last })) => Some(Self { partition, first, last, at: None }),
            _ => None,
        }
    }

    /// Reads only the partition.
    pub(super) fn partition_of(line: &[u8]) -> Option<u32> {
        let rest = line.strip_prefix(BEGINNING)?;
        let digits = rest.split(|byte| !byte.is_ascii_digit()).next()?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}
