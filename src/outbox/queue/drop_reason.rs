//! Replies that do not leave, and why.

/// Why a reply will not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DropReason {
    /// It is too old to be of use.
    Stale,
    /// Its reader was asked by e-mail instead.
    Withdrawn,
    /// Its reader wants no replies.
    Silent,
    /// There are no words for it.
    Wordless,
}

/// How many replies did not leave since the start, by the reason; those that were given up are dead
/// letters, and not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// They were too old to be of use.
    pub stale: u64,
    /// Their readers were asked by e-mail instead.
    pub withdrawn: u64,
    /// Their readers want no replies.
    pub silent: u64,
    /// There were too many replies to refused posts.
    pub crowded: u64,
}

impl Drops {
    /// Each reason by its name.
    #[must_use]
    pub fn each(&self) -> [(&'static str, u64); 4] {
        [
            ("stale", self.stale),
            ("withdrawn", self.withdrawn),
            ("silent", self.silent),
            ("crowded", self.crowded),
        ]
    }

    pub(super) fn count(&mut self, lapse: DropReason) {
        match lapse {
            DropReason::Stale => self.stale += 1,
            DropReason::Withdrawn => self.withdrawn += 1,
            DropReason::Silent => self.silent += 1,
            DropReason::Wordless => {}
        }
    }
}
