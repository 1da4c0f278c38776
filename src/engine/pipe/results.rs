//! The results of a sale, written by the journals' threads.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::actors::partition::DecisionBatch;
use crate::control::link_registry::Links;
use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::time::Timestamp;
use crate::domain::transaction::TransactionId;
use crate::engine::replay::Error;
use crate::engine::replay::export::{Export, Lengths};
use crate::intake::catalog::Catalog;

/// Per partition, the sequence of the last record whose outcomes were exported.
pub(super) type LastRecords = BTreeMap<u32, u64>;

/// A record that the journal has and the results do not: partition, sequence and record.
pub(super) type MissingRecord = (u32, u64, Record);

/// The exported files, and which records they contain.
pub(super) struct Results {
    export: Export,
    /// The linked accounts, with the addresses of letters.
    links: Arc<Links>,
    last_records: LastRecords,
    /// Answers that were exported from the journal. Their posts are read again behind the cursor, and are
    /// then answered as duplicates.
    republished: HashSet<(u32, Subject)>,
}

/// What an answer is about.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Subject {
    Post(PostId),
    Transaction(Option<OfferNo>, TransactionId),
}

impl Subject {
    fn of(answer: &Answer) -> Option<Self> {
        match (&answer.post, &answer.transacted) {
            (Some(post), _) => Some(Self::Post(post.clone())),
            (None, Some(about)) => Some(Self::Transaction(answer.offer, about.transaction.clone())),
            (None, None) => None,
        }
    }
}

impl Results {
    /// The results of a new sale.
    pub(super) fn new(export: Export, links: Arc<Links>) -> Self {
        Self::behind(export, links, LastRecords::new())
    }

    /// Creates results that contain the records up to `last_records`.
    pub(super) fn behind(export: Export, links: Arc<Links>, last_records: LastRecords) -> Self {
        Self { export, links, last_records, republished: HashSet::new() }
    }

    /// Exports a batch, except for duplicates of answers that [`Self::republish`] exported.
    pub(super) fn batch(
        &mut self,
        partition: u32,
        batch: &DecisionBatch,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<(), Error> {
        let republished = &mut self.republished;
        self.export.batch(partition, batch, catalog, &self.links, now, |answer| {
            republished.is_empty()
                || !answer.duplicate
                || Subject::of(answer).is_none_or(|subject| !republished.remove(&(partition, subject)))
        })?;
        if let Some((sequence, _)) = batch.records.last() {
            self.last_records.insert(partition, *sequence);
        }
        Ok(())
    }

    /// Exports records that an interrupted run decided but did not export.
    pub(super) fn republish(
        &mut self,
        missed: Vec<MissingRecord>,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<(), Error> {
        for (partition, sequence, record) in missed {
            let answers = Answer::to_decision(record.at, &record.decision.events);
            let subjects: Vec<_> = answers.iter().filter_map(Subject::of).collect();
            let batch =
                DecisionBatch { records: vec![(sequence, record)], answers, ..DecisionBatch::default() };
            self.batch(partition, &batch, catalog, now)?;
            self.republished.extend(subjects.into_iter().map(|subject| (partition, subject)));
        }
        Ok(())
    }

    /// Makes everything exported so far durable. Returns the last exported records and the lengths of the
    /// files.
    fn sync(&mut self) -> Result<(LastRecords, Lengths), Error> {
        let lengths = self.export.sync()?;
        Ok((self.last_records.clone(), lengths))
    }
}

/// The results, shared by the threads that write them.
#[derive(Clone)]
pub(super) struct SharedResults(Arc<Mutex<Option<Results>>>);

impl SharedResults {
    pub(super) fn new(results: Results) -> Self {
        Self(Arc::new(Mutex::new(Some(results))))
    }

    /// Writes, unless the results were taken.
    pub(super) fn write(&self, write: impl FnOnce(&mut Results) -> Result<(), Error>) -> Result<(), Error> {
        let mut results = self.0.lock().expect("no panic is survived");
        results.as_mut().map_or(Ok(()), write)
    }

    /// Makes everything exported so far durable, unless the results were taken.
    pub(super) fn sync(&self) -> Result<Option<(LastRecords, Lengths)>, Error> {
        let mut results = self.0.lock().expect("no panic is survived");
        results.as_mut().map(Results::sync).transpose()
    }

    /// Takes the exported files, to finish them.
    pub(super) fn take(&self) -> Option<Export> {
        self.0.lock().expect("no panic is survived").take().map(|results| results.export)
    }
}
