//! The fact that an account may buy again.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::id::{Account, PostId};
use crate::domain::time::Timestamp;

/// An account that the linking page unfroze.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Unfreezing {
    /// The account that may buy again.
    pub account: Account,
    /// When that was decided, the same in every journal; `None` if the record's own time counts.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The freezing post that was undone; `None` if it is the last one known.
    #[serde(default)]
    pub undid: Option<PostId>,
}

impl Serialize for Unfreezing {
    /// The stored form has every field; the text form leaves unknown fields out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = !serializer.is_human_readable();
        let Self { account, at, undid } = self;
        let known = usize::from(stored || at.is_some()) + usize::from(stored || undid.is_some());
        let mut out = serializer.serialize_struct("Unfreezing", 1 + known)?;
        out.serialize_field("account", account)?;
        if stored || at.is_some() {
            out.serialize_field("at", at)?;
        } else {
            out.skip_field("at")?;
        }
        if stored || undid.is_some() {
            out.serialize_field("undid", undid)?;
        } else {
            out.skip_field("undid")?;
        }
        out.end()
    }
}
