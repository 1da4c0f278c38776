//! Effects that do not leave, and why.

/// Why an effect does not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DropReason {
    /// A reply that is too old to be of use.
    Stale,
    /// A prompt whose reader was asked by e-mail instead.
    Withdrawn,
    /// A reply to an account that wants none.
    OptedOut,
    /// A reply or an announcement without a text.
    NoText,
    /// Money that may have moved, and that the provider would move again.
    Doubtful,
}

/// How many replies did not leave since the start, by the reason. Dead letters do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// Replies that were too old to be of use.
    pub stale: u64,
    /// Prompts whose readers were asked by e-mail instead.
    pub withdrawn: u64,
    /// Replies to accounts that want none.
    pub silent: u64,
    /// Replies to refused posts that were too many.
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

    pub(super) fn count(&mut self, reason: DropReason) {
        match reason {
            DropReason::Stale => self.stale += 1,
            DropReason::Withdrawn => self.withdrawn += 1,
            DropReason::OptedOut => self.silent += 1,
            DropReason::NoText | DropReason::Doubtful => {}
        }
    }
}
