//! Bytes in memory as a file takes them that is written past the page cache: whole blocks, from the
//! boundary of a block on.

/// The unit of such writes, in bytes: a multiple of what any disk in use calls a sector.
pub(in crate::journal) const BLOCK_BYTES: usize = 4096;

/// A buffer of blocks, of which the last one may not be full yet.
///
/// A block that is written again holds what it held and more behind it, as it does when the page cache
/// writes it: a disk that writes its sectors whole never has less than it had.
#[derive(Default)]
pub(in crate::journal) struct AlignedBlocks {
    memory: Vec<u8>,
    /// Where the first block begins in `memory`: at a boundary.
    begin: usize,
    /// Where what was put in ends; behind it are at most the zeros that fill the last block.
    end: usize,
}

impl AlignedBlocks {
    /// Forgets the full blocks, and takes `bytes` more behind the rest: those that `put` appends.
    ///
    /// # Panics
    /// If `put` appends another number of bytes.
    pub(in crate::journal) fn advance<T>(&mut self, bytes: usize, put: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let kept = (self.end - self.begin) % BLOCK_BYTES;
        // Enough to fill the last block as well, so that nothing moves once it lies at a boundary.
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

    /// All blocks, the last one filled up with zeros.
    pub(in crate::journal) fn whole(&mut self) -> &[u8] {
        self.memory.resize(self.end, 0);
        let last = (self.end - self.begin).next_multiple_of(BLOCK_BYTES);
        self.memory.resize(self.begin + last, 0);
        self.memory.get(self.begin..).expect("the first block begins in memory")
    }

    /// Bytes that were put in, and not forgotten since.
    pub(in crate::journal) fn len(&self) -> usize {
        self.end - self.begin
    }
}
