//! What goes wrong between the shop and its network, and within the shop.

use std::collections::BTreeMap;

use crate::test_rng::TestRng;

macro_rules! faults {
    ($($fault:ident, $name:literal, $what:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Fault {
            $(#[doc = $what] $fault,)*
        }

        impl Fault {
            /// All kinds.
            pub(super) const ALL: &[Self] = &[$(Self::$fault,)*];

            /// Its name in the result of a run.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)*
                }
            }
        }
    };
}

faults! {
    NotSent, "not sent", "No connection is made.";
    LostRequest, "requests lost", "The request never arrives.";
    LateRequest, "requests late", "The request arrives when nobody waits for its answer any more.";
    RepeatedRequest, "requests repeated", "The request arrives twice; the second answer comes back.";
    LostAnswer, "answers lost", "The request has its effect, and no answer comes.";
    CutAnswer, "answers cut", "The request has its effect, and the connection breaks within the answer.";
    DamagedAnswer, "answers damaged", "The answer's body cannot be read.";
    Limited, "429 with headers", "The network asks for fewer requests, and says until when.";
    LimitedBare, "429 without headers", "The network asks for fewer requests.";
    Unavailable, "503", "The network refuses the request without effect.";
    FailedAfter, "500 after the effect", "The network carries the request out, and says that it failed.";
    Gateway, "502 of a gateway", "Another server answers in the network's place.";
    TokenExpired, "tokens expired", "All access tokens end.";
    RefreshRefused, "refreshes refused", "The network does not renew the access token.";
    Cut, "cuts", "A connection breaks between two frames.";
    CutFrame, "cuts within a frame", "A connection breaks within a frame.";
    Duplicate, "frames twice", "A frame comes twice.";
    Reorder, "frames in another order", "A frame comes behind the next one.";
    Delay, "frames late", "Frames come late.";
    Junk, "frames of junk", "A frame that cannot be read comes between two others.";
    HalfOpen, "half-open connections", "Frames are lost, and the connection stays open.";
    ClockStep, "clock steps", "The machine's clock is set.";
    Kill, "kills", "The process ends, and starts again.";
    PowerLoss, "power losses", "The machine ends, and what was not synced is lost.";
    KeepFails, "tokens not kept", "The disk refuses a new token.";
    Lie, "lies of relays", "A relay tells of a post that its author did not write.";
    LieAtOnce, "lies about who just posted", "A relay tells of a post by who just posted, or of other words at its address.";
    AuthorsAway, "authors' servers away", "The server of some authors is away, perhaps beyond a deadline.";
    AwayAtReading, "authors' servers away at a reading", "The server of an author goes away as a post is to be read there.";
}

/// Faults of a request.
pub(super) const OF_REQUESTS: &[Fault] = &[
    Fault::NotSent,
    Fault::LostRequest,
    Fault::LateRequest,
    Fault::RepeatedRequest,
    Fault::LostAnswer,
    Fault::CutAnswer,
    Fault::DamagedAnswer,
    Fault::Limited,
    Fault::LimitedBare,
    Fault::Unavailable,
    Fault::FailedAfter,
    Fault::Gateway,
    Fault::TokenExpired,
];

/// Faults of a request for a new access token.
pub(super) const OF_REFRESHES: &[Fault] =
    &[Fault::RefreshRefused, Fault::NotSent, Fault::Unavailable, Fault::Limited, Fault::LostAnswer];

/// Faults of the opening of a connection.
pub(super) const OF_OPENINGS: &[Fault] = &[
    Fault::NotSent,
    Fault::LostRequest,
    Fault::Limited,
    Fault::LimitedBare,
    Fault::Unavailable,
    Fault::Gateway,
    Fault::TokenExpired,
];

/// Faults of a frame.
pub(super) const OF_FRAMES: &[Fault] = &[
    Fault::Cut,
    Fault::CutFrame,
    Fault::Duplicate,
    Fault::Reorder,
    Fault::Delay,
    Fault::Junk,
    Fault::HalfOpen,
];

/// Which faults come in a world, and how often. Some kinds are left out entirely, so that the others meet more often.
pub(super) struct Weather {
    dice: TestRng,
    kinds: Vec<Fault>,
    /// One opportunity in this many is taken.
    one_in: usize,
    is_calm: bool,
    /// How often each kind came.
    pub(super) counts: BTreeMap<Fault, u64>,
}

impl Weather {
    pub(super) fn new(mut dice: TestRng) -> Self {
        let kinds = Fault::ALL.iter().copied().filter(|_| dice.below(3) > 0).collect();
        let one_in = *dice.pick(&[2, 3, 4, 8]);
        Self { dice, kinds, one_in, is_calm: false, counts: BTreeMap::new() }
    }

    /// Ends all faults.
    pub(super) fn calm(&mut self) {
        self.is_calm = true;
    }

    /// Draws whether one of these comes now.
    pub(super) fn strike(&mut self, of: &[Fault]) -> Option<Fault> {
        if self.is_calm || self.dice.below(self.one_in) > 0 {
            return None;
        }
        let fault = *self.dice.pick(of);
        if !self.kinds.contains(&fault) {
            return None;
        }
        *self.counts.entry(fault).or_default() += 1;
        Some(fault)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.dice.below(bound)
    }
}
