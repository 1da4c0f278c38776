//! Users and posts.

/// Milliseconds from 1970 to the beginning of the ids.
const EPOCH_MS: i64 = 1_288_834_974_657;

/// A user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) username: String,
    pub(crate) founded_at_ms: i64,
}

/// A post.
#[derive(Debug, Clone)]
pub(crate) struct Tweet {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) at_ms: i64,
    /// As it is delivered, with the mention that an answer begins with, and not escaped.
    pub(crate) text: String,
    pub(crate) reply_to: Option<u64>,
    pub(crate) quoted: Option<u64>,
    pub(crate) retweeted: Option<u64>,
    /// The post that began the conversation.
    pub(crate) conversation: u64,
    /// Users that the text mentions.
    pub(crate) mentions: Vec<u64>,
    /// The user that only the beginning of an answer mentions, which its author did not write.
    pub(crate) implicit: Option<u64>,
}

impl Tweet {
    /// Whether its author named this user, or only answered.
    pub(crate) fn names(&self, user: u64) -> bool {
        self.mentions.contains(&user) && self.implicit != Some(user)
    }
}

/// The first id of a millisecond.
pub(crate) const fn first_id(ms: i64) -> u64 {
    ((ms - EPOCH_MS).unsigned_abs()) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two posts whose times are known.
    #[test]
    fn ids_hold_their_time() {
        for (id, ms) in [
            (1_346_889_436_626_259_968_u64, 1_609_958_440_344),
            (1_445_880_548_472_328_192, 1_633_559_760_574),
        ] {
            assert_eq!(id >> 22 << 22, first_id(ms), "{id}");
        }
    }
}
