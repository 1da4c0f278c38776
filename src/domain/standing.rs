//! Standing: what an account said about itself, as far as it concerns everything that it posts.

/// What an account asked for, once and for all its posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Standing {
    /// It stopped its own buying, until it is unfrozen on the linking page.
    pub frozen: bool,
    /// It wants no replies.
    pub silent: bool,
}
