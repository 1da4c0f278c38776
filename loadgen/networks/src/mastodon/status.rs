//! A status.

use std::collections::BTreeMap;

/// What somebody posted.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) author: u64,
    pub(crate) at_ms: i64,
    /// As it was written.
    pub(crate) text: String,
    pub(crate) visibility: Visibility,
    pub(crate) language: Option<String>,
    pub(crate) spoiler: String,
    pub(crate) reply_to: Option<u64>,
    /// The status that this one reblogs.
    pub(crate) reblog_of: Option<u64>,
    /// Accounts that the text mentions.
    pub(crate) mentions: Vec<u64>,
    /// Hashtags, in small letters.
    pub(crate) tags: Vec<String>,
    /// Name of the app that posted it.
    pub(crate) app: Option<String>,
    /// Statuses that answer it.
    pub(crate) replies: u32,
    /// Accounts that reblogged it.
    pub(crate) reblogs: Vec<u64>,
}

/// Who sees a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    Unlisted,
    Private,
    Direct,
}

impl Visibility {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Public, Self::Unlisted, Self::Private, Self::Direct]
            .into_iter()
            .find(|each| each.name() == name)
    }
}

impl Status {
    /// Whether an account sees it; nobody follows anybody here.
    pub(crate) fn is_seen_by(&self, account: Option<u64>) -> bool {
        match self.visibility {
            Visibility::Public | Visibility::Unlisted => true,
            Visibility::Private | Visibility::Direct => {
                account.is_some_and(|account| account == self.author || self.mentions.contains(&account))
            }
        }
    }
}

/// All statuses that are not deleted, oldest first.
pub(crate) type Statuses = BTreeMap<u64, Status>;
