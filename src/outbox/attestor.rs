//! Reads the posts that an order rests on again, where their author keeps them.

use futures_util::future::LocalBoxFuture;

use crate::domain::heard_posts::{HeardPost, Unattested};

/// What one reading of an order's posts found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// All of them stand there as they were heard.
    Attested,
    /// One of them stands there otherwise, or not at all.
    Refuted(Refuted),
    /// One of them could not be read; a later reading may succeed.
    Unreachable,
}

/// What stands where a post should stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuted {
    /// Nothing, or its author is no more.
    Gone,
    /// Other words.
    Differs,
}

impl From<Refuted> for Unattested {
    fn from(refuted: Refuted) -> Self {
        match refuted {
            Refuted::Gone => Self::Gone,
            Refuted::Differs => Self::Differs,
        }
    }
}

impl Finding {
    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Refuted(Refuted::Gone) => "gone",
            Self::Refuted(Refuted::Differs) => "differs",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Reads posts again. It is no provider: what it finds says nothing of the provider whom the order asks next, so it has
/// its own places, its own time limit and its own results, and no lane waits for it.
pub trait Attestor {
    /// Reads the posts of one order. May take any time: the runner bounds a reading, and treats the result of an overlong
    /// one as unreachable.
    fn attest<'a>(&'a self, posts: &'a [HeardPost]) -> LocalBoxFuture<'a, Finding>;
}

/// Reads nothing: the shop has no account at a network whose posts are read again, so nobody says where they stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAttestor;

impl Attestor for NoAttestor {
    fn attest<'a>(&'a self, _: &'a [HeardPost]) -> LocalBoxFuture<'a, Finding> {
        Box::pin(std::future::ready(Finding::Unreachable))
    }
}
