//! Options of a journal.

/// When written records are made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// After every group, before anything of the group is released. The only choice for live posts.
    #[default]
    EachBatch,
    /// When a segment is full and in [`super::Log::finish`]. For replaying a recording, which
    /// can be replayed again if the machine fails on the way.
    AtEnd,
}

/// Options of one partition's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Size of a segment file in bytes, preallocated. A group larger than that gets a larger segment.
    pub segment_bytes: u64,
    /// When written records are made durable.
    pub durability: Durability,
    /// Queued batches are made durable together until they reach this many bytes.
    pub group_bytes: usize,
    /// The first sequence that recovery hands out: 1, or the one after the newest snapshot.
    /// Segments before it may be gone; a journal that begins after it is refused.
    pub replay_from: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            durability: Durability::EachBatch,
            group_bytes: 4 * 1024 * 1024,
            replay_from: 1,
        }
    }
}
