//! Why effects are dropped instead of sent, and how many were.

/// Why an effect is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DropReason {
    /// The reply is too old to be useful.
    Stale,
    /// The prompt's buyer was asked by e-mail instead.
    Withdrawn,
    /// The prompt's reservation is over.
    Lapsed,
    /// The e-mail could not be delivered for days.
    Expired,
    /// The account opted out of replies.
    OptedOut,
    /// The post that the reply answers is gone.
    Gone,
    /// It is a letter to a person who was erased.
    Erased,
    /// It is a letter to an account that never had an address.
    Unaddressed,
    /// The reply or announcement has no text.
    NoText,
    /// The money may have moved, and the provider would move it again.
    Doubtful,
    /// It would take back a credit that was given up.
    Uncredited,
}

/// How many replies and letters were dropped since the start, by reason. Dead letters do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// Replies that were too old to be useful.
    pub stale: u64,
    /// Prompts whose buyers were asked by e-mail instead.
    pub withdrawn: u64,
    /// Prompts whose reservations were over.
    pub lapsed: u64,
    /// Replies to accounts that opted out.
    pub silent: u64,
    /// Replies to posts that are gone.
    pub gone: u64,
    /// Replies to refused posts beyond the bound of those that may wait.
    pub crowded: u64,
    /// Letters to people who were erased.
    pub erased: u64,
    /// Letters to accounts that never had an address.
    pub unaddressed: u64,
}

impl Drops {
    /// Each count with the name of its reason.
    #[must_use]
    pub fn each(&self) -> [(&'static str, u64); 8] {
        [
            ("stale", self.stale),
            ("withdrawn", self.withdrawn),
            ("lapsed", self.lapsed),
            ("silent", self.silent),
            ("gone", self.gone),
            ("crowded", self.crowded),
            ("erased", self.erased),
            ("unaddressed", self.unaddressed),
        ]
    }

    pub(super) fn count(&mut self, reason: DropReason) {
        match reason {
            DropReason::Stale => self.stale += 1,
            DropReason::Withdrawn => self.withdrawn += 1,
            DropReason::OptedOut => self.silent += 1,
            DropReason::Gone => self.gone += 1,
            DropReason::Lapsed => self.lapsed += 1,
            DropReason::Erased => self.erased += 1,
            DropReason::Unaddressed => self.unaddressed += 1,
            DropReason::NoText | DropReason::Doubtful | DropReason::Uncredited | DropReason::Expired => {}
        }
    }
}
