//! What becomes of a request on its way.

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It does not leave.
    NotSent,
    /// It is lost.
    LostBefore,
    /// Its answer is lost.
    LostAfter,
    /// It arrives minutes after its sender gave up.
    Late,
    /// It arrives twice.
    Twice,
    /// It arrives twice at once: the answer is that of the second, which finds the first under way.
    Overlaps,
    /// It arrives, and once more minutes later.
    Again,
    /// Its answer is cut in the middle.
    Damaged,
    /// A machine between fails before it.
    ProxyBefore,
    /// A machine between fails behind it.
    ProxyAfter,
    /// There are too many.
    RateLimited,
    /// Its answer is lost, and Stripe is at it for minutes.
    Busy,
    /// Stripe fails before it acts, and remembers the failure.
    FailsBefore,
    /// Stripe fails after it acted, and remembers the failure.
    FailsAfter,
    /// Another request has the object.
    Locked,
    /// The process is killed before it leaves.
    KilledBefore,
    /// The process is killed while it is on its way.
    KilledAfter,
}

impl Fate {
    pub(super) const ALL: [Self; 18] = [
        Self::Arrives,
        Self::NotSent,
        Self::LostBefore,
        Self::LostAfter,
        Self::Late,
        Self::Twice,
        Self::Overlaps,
        Self::Again,
        Self::Damaged,
        Self::ProxyBefore,
        Self::ProxyAfter,
        Self::RateLimited,
        Self::Busy,
        Self::FailsBefore,
        Self::FailsAfter,
        Self::Locked,
        Self::KilledBefore,
        Self::KilledAfter,
    ];
}
