//! The journal: one partition's decisions, in order, on disk before anyone is notified of them.
//!
//! Why an acknowledged record cannot be lost. One group of records is in flight at a time: it is written,
//! `fdatasync` returns, the watermark is set, and only then does the [`Tail`] release what waited for it; the
//! next group is not even written before that. So damage at the end of the last segment is a group that was
//! never acknowledged, and is discarded, unless there is proof of the contrary: a watermark at or past it, or
//! a whole record of a later group behind it. With proof the start is refused, naming file and offset; a
//! record is never skipped. After a failed write or sync the [`FileLog`] never touches the file again,
//! because the kernel may now call pages clean that it never wrote. For the same reason [`recover`] writes
//! the accepted tail into a new file, and syncs it, before anything is appended.
//!
//! Why a sync is short. A segment is a file of zeros before it holds records (`file::preallocated`), made on
//! a separate thread while the one before it fills (`file::preallocator`). So a group changes only content,
//! and the sync need not wait for the file system's own journal and the changes of all other files in it. The
//! segment is written past the page cache where the file system allows it, in whole blocks
//! (`file::aligned_blocks`): a partly filled block is written again with the next group, with its old content
//! and more.
//!
//! Why two processes cannot append. Before an opener writes anything else, it replaces the last watermark
//! with its own. An older opener finds its own watermark nameless after its next sync, and acknowledges
//! nothing more (`file::watermark`). In addition, [`DataLock`] keeps a second process out of a data
//! directory.
//!
//! Invariant: payloads are opaque here; nothing in this module knows what a decision is.
//! Invariant: no clock and no randomness; the same calls leave the same bytes.
//!
//! Two interfaces. [`Log`] and [`LogStore`] keep records, [`snapshot::store::SnapshotStore`] keeps snapshots:
//! the committer and the partitions use nothing else. [`FileStore`] implements both in files, [`MemoryStore`]
//! in memory. Below the files is [`Disk`]: [`FileDisk`] is the machine's, [`SimDisk`] loses power and fails
//! on request.
//!
//! Reading order: `batch`, `log`, `commit`; then [`frame`] and, in [`mod@file`], `segment`, `aligned_blocks`,
//! `file_log`, `preallocator`, then `scan`, `proof`, `reader`, `recovery` and `follower`; a [`snapshot`] saves
//! reading most of the journal.

mod batch;
mod commit;
mod error;
pub mod file;
pub mod frame;
mod log;
mod memory;
mod options;
pub mod sim;
pub mod snapshot;

pub use self::batch::Batch;
pub use self::commit::{Appender, Commit, Committer, Entry, Full, Tail, exit_on_failure, queue};
pub use self::error::{Error, Evidence, RecordFault, SnapshotFault};
pub use self::log::{Each, Followed, Follower, Log, LogStore, Opened};
pub use self::memory::MemoryStore;
pub use self::options::{Durability, Options};
pub use crate::journal::file::disk::{Disk, DiskFile};
pub use crate::journal::file::file_disk::FileDisk;
pub use crate::journal::file::file_log::FileLog;
pub use crate::journal::file::lock::DataLock;
pub use crate::journal::file::private;
pub use crate::journal::file::recovery::{Recovered, read_only, read_sealed, recover};
pub use crate::journal::file::store::FileStore;
pub use crate::journal::sim::fault::DiskFault;
pub use crate::journal::sim::sim_disk::SimDisk;
