//! A buffer for writes past the page cache: whole blocks, aligned to a block boundary in memory.

/// The size of a block, in bytes: a multiple of the sector size of any disk in use.
pub(in crate::journal) const BLOCK_BYTES: usize = 4096;

/// A buffer of blocks, of which the last may be partly filled.
///
/// A partly filled block is written again with its old content and more behind it, as the page cache would
/// write it. A disk that writes whole sectors therefore never loses what a block held before.
#[derive(Default)]
pub(in crate::journal) struct AlignedBlocks {
    memory: Vec<u8>,
    /// The start of the first block in `memory`, at a block boundary.
    begin: usize,
    /// The end of the content in `memory`; behind it are at most the zeros that fill the last block.
    end: usize,
}

impl AlignedBlocks {
    /// Drops the full blocks, keeps the partly filled one, and appends the `bytes` that `put` writes.
    ///
    /// # Panics
    /// If `put` appends another number of bytes.
    pub(in crate::journal) fn advance<T>(&mut self, bytes: usize, put: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let kept = (self.end - self.begin) % BLOCK_BYTES;
        // Room for the zeros of the last block as well, so that aligned memory is never reallocated.
        let room = kept + bytes + BLOCK_BYTES;
        let rest = self.end - kept..self.end;
        if self.memory.capacity() - self.begin < room {
            let mut memory: Vec<u8> = Vec::with_capacity((room + BLOCK_BYTES).next_power_of_two());
            self.begin = memory.as_ptr().align_offset(BLOCK_BYTES);
            memory.resize(self.begin, 0);
            memory.extend_from_slice(self.memory.get(rest).expect("the rest is in memory"));
            self.memory = memory;
        } else {
            self.memory.copy_within(rest, self.begin);
            self.memory.truncate(self.begin + kept);
        }
        let result = put(&mut self.memory);
        self.end = self.begin + kept + bytes;
        assert_eq!(self.memory.len(), self.end, "as much is put in as was said");
        result
    }

    /// Returns all blocks; the last is filled up with zeros.
    pub(in crate::journal) fn whole(&mut self) -> &[u8] {
        self.memory.resize(self.end, 0);
        let last = (self.end - self.begin).next_multiple_of(BLOCK_BYTES);
        self.memory.resize(self.begin + last, 0);
        self.memory.get(self.begin..).expect("the first block begins in memory")
    }

    /// The bytes of content that were appended and not dropped since.
    pub(in crate::journal) fn len(&self) -> usize {
        self.end - self.begin
    }
}
