//! The archive: reads the journals of a data directory without changing them.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::stores::{Store, control_directory, control_store, partition_store, partitions_in};
use crate::api::history_line::write_history;
use crate::control::journal::{read_state, read_words};
use crate::control::state::ControlState;
use crate::domain::decision::Record;
use crate::domain::key_form::KeyForm;
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;
use crate::journal::{DataLock, LogStore, Options};
use crate::partition::codec;

/// The journals of an engine that is not running.
pub struct Archive {
    data: PathBuf,
    partitions: Vec<u32>,
    _lock: DataLock,
}

impl Archive {
    /// Opens the journals in `data`.
    ///
    /// # Errors
    /// When there are none, or a running engine uses them.
    pub fn open(data: &Path) -> Result<Self, Error> {
        let partitions = partitions_in(data)?;
        if partitions.is_empty() {
            return Err(Error::NoJournal(data.to_owned()));
        }
        Ok(Self { data: data.to_owned(), partitions, _lock: DataLock::acquire(data)? })
    }

    /// Reads the state of the control journal; `None` in a directory of a release that had none.
    ///
    /// # Errors
    /// When it is damaged, a newer release wrote it, or the disk fails.
    pub fn control(&self) -> Result<Option<ControlState>, Error> {
        if !control_directory(&self.data).is_dir() {
            return Ok(None);
        }
        Ok(Some(read_state(&control_store(&self.data))?))
    }

    /// Passes every word that the control journal recorded to `each`, in order, with its time. A directory of a release
    /// without that journal has none.
    ///
    /// # Errors
    /// When it is damaged, a newer release wrote it, or the disk fails.
    pub fn words(&self, each: impl FnMut(Timestamp, &StatusWord)) -> Result<(), Error> {
        if !control_directory(&self.data).is_dir() {
            return Ok(());
        }
        Ok(read_words(&control_store(&self.data), each)?)
    }

    fn store(&self, partition: u32) -> Store {
        partition_store(&self.data, partition)
    }

    /// Returns the first record of each partition's history. It is later than 1 if older segments were
    /// removed because a snapshot covers them.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn beginnings(&self) -> Result<Vec<(u32, u64)>, Error> {
        let begins = |&partition: &u32| Ok((partition, self.store(partition).first_sequence()?));
        self.partitions.iter().map(begins).collect()
    }

    /// Passes every record to `each`, as partition, sequence, form of its effects' keys and record: partition by
    /// partition, in order.
    ///
    /// # Errors
    /// When a journal is damaged, the disk fails, or a history no longer begins with its first record.
    pub fn read(&self, each: impl FnMut(u32, u64, KeyForm, &Record)) -> Result<(), Error> {
        let beginnings = self.beginnings()?;
        if let Some(&(partition, first)) = beginnings.iter().find(|(_, first)| *first > 1) {
            return Err(Error::BeginningGone { data: self.data.clone(), partition, first });
        }
        self.read_from(&beginnings, each)
    }

    fn read_from(
        &self,
        beginnings: &[(u32, u64)],
        mut each: impl FnMut(u32, u64, KeyForm, &Record),
    ) -> Result<(), Error> {
        for &(partition, replay_from) in beginnings {
            let options = Options { replay_from, ..Options::default() };
            self.store(partition).read(options, &mut |sequence, payload| {
                let (form, record) = codec::decode(payload)?;
                each(partition, sequence, form, &record);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Writes every record that is left as a line of JSON. The outer result reports reading, the inner one
    /// writing.
    ///
    /// # Errors
    /// When a journal is damaged, or the disk fails.
    pub fn export(&self, out: &mut impl std::io::Write) -> Result<std::io::Result<()>, Error> {
        let mut written = Ok(());
        self.read_from(&self.beginnings()?, |partition, sequence, form, record| {
            if written.is_ok() {
                written = write_history(&mut *out, partition, sequence, form, record);
            }
        })?;
        Ok(written)
    }
}
