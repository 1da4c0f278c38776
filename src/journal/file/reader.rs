//! Reads a journal: every record in order, then decides where it ends. Changes nothing.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::preallocated;
use super::proof;
use super::rewriting;
use super::scan::{self, Stop};
use super::segment::{self, HEADER_BYTES};
use super::watermark::{self, Watermark};
use crate::journal::error::{Error, Evidence};
use crate::journal::log::Each;
use crate::journal::options::Options;
use crate::journal::snapshot::seal;

/// Bytes behind the last whole record. They were never acknowledged, and recovery discards them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscardedTail {
    /// The segment.
    pub file: PathBuf,
    /// The place of the first of them, in bytes from the start of the file.
    pub offset: u64,
    /// The number of bytes, without the unwritten space behind them.
    pub bytes: u64,
}

/// The end of a journal, and the part of its last segment that is kept.
pub(in crate::journal) struct Ending {
    /// The last accepted record; one less than the segment's first sequence if the segment holds none.
    pub(in crate::journal) last_sequence: u64,
    /// The number of records passed to the reader's callback.
    pub(in crate::journal) records: u64,
    /// The first sequence of the last segment, which need not exist yet.
    pub(in crate::journal) first_sequence: u64,
    /// The accepted records of the last segment.
    pub(in crate::journal) tail: Vec<u8>,
    pub(in crate::journal) discarded: Option<DiscardedTail>,
    /// The record that the watermark names.
    pub(in crate::journal) acknowledged: u64,
    /// Names of files whose writing was interrupted.
    pub(in crate::journal) leftovers: Vec<String>,
}

/// Passes every record from `options.replay_from` on to `each`, and finds the end.
pub(in crate::journal) fn read(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    options: &Options,
    each: &mut Each<'_>,
) -> Result<Ending, Error> {
    let names = disk.list(directory).map_err(Error::io("list", directory))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| segment::parse_name(name)).collect();
    segments.sort_unstable();
    let acknowledged = Watermark::read(disk, directory)?;
    let mut reader = Reader { disk, directory, partition, options, acknowledged, each, records: 0 };
    let mut ending = reader.segments(&segments)?;
    let temporary = [preallocated::NAME, watermark::DRAFT, rewriting::DRAFT];
    let is_leftover = |name: &String| temporary.contains(&name.as_str()) || seal::is_leftover(name);
    ending.leftovers = names.into_iter().filter(is_leftover).collect();
    Ok(ending)
}

/// Passes every record in a sealed segment from `options.replay_from` on to `each`, and returns their number.
/// The newest segment is not read, because it may be written to at the same time.
pub(in crate::journal) fn read_sealed(
    disk: &dyn Disk,
    directory: &Path,
    partition: u32,
    options: &Options,
    each: &mut Each<'_>,
) -> Result<u64, Error> {
    let names = disk.list(directory).map_err(Error::io("list", directory))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| segment::parse_name(name)).collect();
    segments.sort_unstable();
    let mut reader = Reader { disk, directory, partition, options, acknowledged: 0, each, records: 0 };
    if let Some(&oldest) = segments.first() {
        reader.begins_by(oldest)?;
        reader.all_but_last(&segments, &mut Vec::new())?;
    }
    Ok(reader.records)
}

struct Reader<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    partition: u32,
    options: &'a Options,
    /// The last durable record according to the watermark; 0 if there is none.
    acknowledged: u64,
    each: &'a mut Each<'a>,
    records: u64,
}

impl Reader<'_> {
    fn segments(&mut self, segments: &[u64]) -> Result<Ending, Error> {
        let (Some(&oldest), Some(&last)) = (segments.first(), segments.last()) else {
            return self.nothing();
        };
        self.begins_by(oldest)?;
        let mut bytes = Vec::new();
        let expected = self.all_but_last(segments, &mut bytes)?;
        self.follows(expected, last)?;
        self.last(last, bytes)
    }

    /// Checks that the first record to read is in the oldest segment, or after it.
    fn begins_by(&self, oldest: u64) -> Result<(), Error> {
        let replay_from = self.options.replay_from;
        if oldest > replay_from {
            return Err(self.missing(replay_from, format!("the oldest file begins with {oldest}")));
        }
        Ok(())
    }

    /// Reads the sealed segments. Returns the record with which the last segment must begin, if any was read.
    fn all_but_last(&mut self, segments: &[u64], bytes: &mut Vec<u8>) -> Result<Option<u64>, Error> {
        let mut expected = None;
        for (&first, &next) in segments.iter().zip(segments.iter().skip(1)) {
            // Segments that a snapshot covers are not read again: damage in them is harmless.
            if next > self.options.replay_from {
                self.follows(expected, first)?;
                self.sealed(first, next, bytes)?;
                expected = Some(next);
            }
        }
        Ok(expected)
    }

    /// Treats a directory without segments as a new journal, unless there is evidence of an old one.
    fn nothing(&self) -> Result<Ending, Error> {
        if self.acknowledged > 0 {
            let found = format!("no segment, and a watermark at {}", self.acknowledged);
            return Err(self.missing(1, found));
        }
        if self.options.replay_from > 1 {
            return Err(self.missing(self.options.replay_from, "no segment".to_owned()));
        }
        Ok(Ending {
            last_sequence: 0,
            records: 0,
            first_sequence: 1,
            tail: Vec::new(),
            discarded: None,
            acknowledged: self.acknowledged,
            leftovers: Vec::new(),
        })
    }

    fn follows(&self, expected: Option<u64>, first: u64) -> Result<(), Error> {
        match expected {
            Some(expected) if expected != first => {
                Err(self.missing(expected, format!("the next file begins with {first}")))
            }
            _ => Ok(()),
        }
    }

    /// Reads a segment that another one follows: all of it was durable before the next was made.
    fn sealed(&mut self, first: u64, next: u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let path = self.load(first, bytes)?;
        let stop = self.scan(&path, first, bytes)?;
        if stop.at_end && stop.expected == next {
            return Ok(());
        }
        let rest = bytes.get(stop.offset..).unwrap_or_default();
        if stop.at_end && proof::is_unwritten(rest) {
            let found = format!("the next file begins with {next}");
            return Err(self.missing(stop.expected, found));
        }
        Err(damaged(path, &stop, Evidence::LaterSegment(next)))
    }

    /// Reads the last segment. What cannot be read is discarded, unless it had been acknowledged.
    fn last(&mut self, first: u64, mut bytes: Vec<u8>) -> Result<Ending, Error> {
        let path = self.load(first, &mut bytes)?;
        let stop = match self.scan(&path, first, &bytes) {
            Ok(stop) => stop,
            // The header is durable before the first record is written. A file without any record is one
            // whose creation was interrupted, and it is created anew.
            Err(Error::Header { .. }) if scan::has_no_records(&bytes) => {
                bytes.clear();
                Stop { offset: HEADER_BYTES, expected: first, at_end: true }
            }
            Err(error) => return Err(error),
        };
        if self.acknowledged >= stop.expected {
            return Err(damaged(path, &stop, Evidence::Watermark(self.acknowledged)));
        }
        if self.options.replay_from > stop.expected {
            return Err(damaged(path, &stop, Evidence::Snapshot(self.options.replay_from - 1)));
        }
        let rest = bytes.get(stop.offset..).unwrap_or_default();
        if let Some((distance, record)) = proof::later_group(rest, stop.expected) {
            let offset = (stop.offset + distance) as u64;
            let evidence = Evidence::LaterGroup { sequence: record.sequence, offset };
            return Err(damaged(path, &stop, evidence));
        }
        let discarded_bytes = proof::written_len(rest) as u64;
        let discarded = DiscardedTail { file: path, offset: stop.offset as u64, bytes: discarded_bytes };
        bytes.truncate(stop.offset);
        bytes.drain(..HEADER_BYTES.min(bytes.len()));
        Ok(Ending {
            last_sequence: stop.expected - 1,
            records: self.records,
            first_sequence: first,
            tail: bytes,
            discarded: (discarded_bytes > 0).then_some(discarded),
            acknowledged: self.acknowledged,
            leftovers: Vec::new(),
        })
    }

    fn load(&self, first: u64, bytes: &mut Vec<u8>) -> Result<PathBuf, Error> {
        let path = self.directory.join(segment::file_name(first));
        self.disk.read(&path, bytes).map_err(Error::io("read", &path))?;
        Ok(path)
    }

    /// Checks the header, and passes on the records behind it.
    fn scan(&mut self, path: &Path, first: u64, bytes: &[u8]) -> Result<Stop, Error> {
        scan::header(path, bytes, self.partition, first)?;
        let replay_from = self.options.replay_from;
        scan::records(bytes, first, |record| {
            if record.sequence >= replay_from {
                (self.each)(record.sequence, record.payload).map_err(|fault| Error::Record {
                    directory: self.directory.to_owned(),
                    sequence: record.sequence,
                    fault,
                })?;
                self.records += 1;
            }
            Ok(())
        })
    }

    fn missing(&self, expected: u64, found: String) -> Error {
        Error::Missing { directory: self.directory.to_owned(), expected, found }
    }
}

fn damaged(file: PathBuf, stop: &Stop, evidence: Evidence) -> Error {
    Error::Damaged { file, offset: stop.offset as u64, sequence: stop.expected, evidence }
}
