//! Faults that can be injected into a [`crate::journal::SimDisk`].

use std::io;

/// One fault. `nth` counts from the moment of injection: 1 is the next operation of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// A write (or a reservation of space) fails with this system error and changes nothing.
    WriteFails {
        /// The write that fails.
        nth: u64,
        /// The system's error number: 5 is EIO, 28 is ENOSPC.
        errno: i32,
    },
    /// A read fails with this system error.
    ReadFails {
        /// The read of an open file that fails.
        nth: u64,
        /// The system's error number.
        errno: i32,
    },
    /// A write takes only the first bytes; past the page cache, the sectors that they begin in.
    WriteShort {
        /// The write that is cut short.
        nth: u64,
        /// Upper bound on the bytes that it takes.
        bytes: usize,
    },
    /// A write is interrupted by a signal before it begins.
    WriteInterrupted {
        /// The write that is interrupted.
        nth: u64,
    },
    /// A sync fails, and the pages count as clean although they are lost: they can still be read,
    /// the next sync succeeds, and after a crash they are gone.
    SyncFails {
        /// The sync that fails, counted over files and directories.
        nth: u64,
        /// The system's error number.
        errno: i32,
    },
    /// From this sync on, every sync reports success and does nothing.
    SyncLies {
        /// The first sync that does nothing.
        nth: u64,
    },
    /// The power fails: this operation and all later ones fail, until the crash.
    PowerFails {
        /// The operation, of any kind, at which the power fails.
        nth: u64,
    },
}

/// Operations so far, by kind.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::journal) struct Counts {
    pub(in crate::journal) reads: u64,
    pub(in crate::journal) writes: u64,
    pub(in crate::journal) syncs: u64,
    pub(in crate::journal) steps: u64,
}

/// The outcome of one write.
pub(in crate::journal) enum WriteFate {
    /// It takes at most this many bytes.
    Takes(usize),
    Fails(io::Error),
}

/// The outcome of one sync.
pub(in crate::journal) enum SyncFate {
    Works,
    Lies,
    Fails(io::Error),
}

/// The faults of one disk, and the counts that they refer to.
#[derive(Debug, Clone, Default)]
pub(in crate::journal) struct DiskFaults {
    pub(in crate::journal) counts: Counts,
    /// Planned faults; their `nth` counts from the disk's creation.
    planned: Vec<DiskFault>,
}

impl DiskFaults {
    pub(in crate::journal) fn inject(&mut self, mut fault: DiskFault) {
        let Counts { reads, writes, syncs, steps } = self.counts;
        match &mut fault {
            DiskFault::ReadFails { nth, .. } => *nth += reads,
            DiskFault::WriteFails { nth, .. }
            | DiskFault::WriteShort { nth, .. }
            | DiskFault::WriteInterrupted { nth } => *nth += writes,
            DiskFault::SyncFails { nth, .. } | DiskFault::SyncLies { nth } => *nth += syncs,
            DiskFault::PowerFails { nth } => *nth += steps,
        }
        self.planned.push(fault);
    }

    pub(in crate::journal) fn clear(&mut self) {
        self.planned.clear();
    }

    /// Counts an operation of any kind.
    pub(in crate::journal) fn step(&mut self) -> io::Result<()> {
        self.counts.steps += 1;
        let now = self.counts.steps;
        let is_dark = |fault: &DiskFault| matches!(fault, DiskFault::PowerFails { nth } if *nth <= now);
        if self.planned.iter().any(is_dark) {
            return Err(io::Error::other("the power failed"));
        }
        Ok(())
    }

    /// Counts a read of an open file.
    pub(in crate::journal) fn read(&mut self) -> io::Result<()> {
        self.counts.reads += 1;
        let now = self.counts.reads;
        let failed = self.planned.iter().find_map(|fault| match *fault {
            DiskFault::ReadFails { nth, errno } if nth == now => Some(errno),
            _ => None,
        });
        failed.map_or(Ok(()), |errno| Err(io::Error::from_raw_os_error(errno)))
    }

    /// Counts a write.
    pub(in crate::journal) fn write(&mut self) -> WriteFate {
        self.counts.writes += 1;
        let now = self.counts.writes;
        let fate = self.planned.iter().find_map(|fault| match *fault {
            DiskFault::WriteFails { nth, errno } if nth == now => {
                Some(WriteFate::Fails(io::Error::from_raw_os_error(errno)))
            }
            DiskFault::WriteShort { nth, bytes } if nth == now => Some(WriteFate::Takes(bytes)),
            DiskFault::WriteInterrupted { nth } if nth == now => {
                Some(WriteFate::Fails(io::ErrorKind::Interrupted.into()))
            }
            _ => None,
        });
        fate.unwrap_or(WriteFate::Takes(usize::MAX))
    }

    /// Counts a sync.
    pub(in crate::journal) fn sync(&mut self) -> SyncFate {
        self.counts.syncs += 1;
        let now = self.counts.syncs;
        let fate = self.planned.iter().find_map(|fault| match *fault {
            DiskFault::SyncFails { nth, errno } if nth == now => {
                Some(SyncFate::Fails(io::Error::from_raw_os_error(errno)))
            }
            DiskFault::SyncLies { nth } if nth <= now => Some(SyncFate::Lies),
            _ => None,
        });
        fate.unwrap_or(SyncFate::Works)
    }
}
