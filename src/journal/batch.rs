//! A batch: the records that a partition has decided and not yet submitted.

use super::frame;

/// Payloads in one allocation, with the sequence of the first.
///
/// A partition fills it, because it must know each record's sequence as it decides. Frames are encoded later,
/// on the commit thread: only that thread knows which batches become durable together, and each record's
/// position is its index among them.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    first_sequence: u64,
    payloads: Vec<u8>,
    /// The end of each payload in `payloads`, in bytes.
    ends: Vec<usize>,
}

impl Batch {
    /// Creates an empty batch whose first record will have `first_sequence` (1 is the first of a journal).
    #[must_use]
    pub fn new(first_sequence: u64) -> Self {
        Self { first_sequence, ..Self::default() }
    }

    /// Empties the batch for records from `first_sequence` on, and keeps its allocation.
    pub fn clear(&mut self, first_sequence: u64) {
        self.first_sequence = first_sequence;
        self.payloads.clear();
        self.ends.clear();
    }

    /// Adds a record and returns its sequence.
    ///
    /// # Panics
    ///
    /// If the payload is empty or above [`frame::PAYLOAD_BYTES_MAX`]: the caller decided a record that cannot
    /// be stored, and must not continue as if it were.
    pub fn push(&mut self, payload: &[u8]) -> u64 {
        self.push_with(|mut payloads| {
            payloads.extend_from_slice(payload);
            payloads
        })
    }

    /// Adds the record that `write` appends to the bytes it is given, in place, and returns its sequence.
    ///
    /// # Panics
    ///
    /// As [`Self::push`].
    pub fn push_with(&mut self, write: impl FnOnce(Vec<u8>) -> Vec<u8>) -> u64 {
        let sequence = self.next_sequence();
        let begin = self.payloads.len();
        self.payloads = write(std::mem::take(&mut self.payloads));
        let bytes = self.payloads.len().saturating_sub(begin);
        assert!(bytes > 0, "record {sequence} has no payload");
        assert!(
            bytes <= frame::PAYLOAD_BYTES_MAX,
            "record {sequence} has {bytes} bytes, more than a record may have"
        );
        self.ends.push(self.payloads.len());
        sequence
    }

    /// Whether the batch has no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes that the batch will take on disk.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.payloads.len() + self.ends.len() * frame::HEADER_BYTES
    }

    /// The sequence of the first record, even if it was not pushed yet.
    #[must_use]
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// The sequence of the last record; `None` if the batch is empty.
    #[must_use]
    pub fn last_sequence(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.next_sequence() - 1)
    }

    /// The sequence that the next push will return.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.first_sequence + self.ends.len() as u64
    }

    /// The payloads in order.
    pub fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| {
            let payload = self.payloads.get(begin..end).expect("ends only grow, up to the length");
            begin = end;
            payload
        })
    }
}
