//! A browser in which the owner of an account is signed in.

use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::ops::{SessionBounds, SessionRow};

/// How long a sign-in counts as fresh: what only the owner may do asks for one.
pub const FRESH: Millis = Millis::from_secs(600);

/// How often the last use of a session is written down.
const TOUCH_EVERY: Millis = Millis::from_secs(60);

/// A session that is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The account.
    pub account: Account,
    /// Its name at the network, for people.
    pub shown: String,
    /// Whether its owner signed in only now.
    pub is_fresh: bool,
    /// Whether its use is worth a note.
    pub is_touched: bool,
}

impl Session {
    /// The session of a row at `now`; `None` if its time is over.
    #[must_use]
    pub fn of(row: SessionRow, bounds: SessionBounds, now: Timestamp) -> Option<Self> {
        let over = now >= row.seen_at.plus(bounds.idle) || now >= row.signed_in_at.plus(bounds.age);
        let account = row.account.parse().ok()?;
        (!over).then(|| Self {
            account,
            shown: row.shown,
            is_fresh: now < row.signed_in_at.plus(FRESH),
            is_touched: now >= row.seen_at.plus(TOUCH_EVERY),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_rest_and_by_age() {
        let minutes = |minutes: i64| Timestamp::from_ms(minutes * 60_000);
        let bounds = SessionBounds {
            idle: Millis::from_secs(1800),
            age: Millis::from_secs(12 * 3600),
            of_account: 1,
            all: 1,
        };
        // Signed in at minute 0; used last at; looked at; whether it is valid, and whether the sign-in is fresh.
        let table = [
            (0, 0, Some(true)),
            (0, 9, Some(true)),
            (0, 10, Some(false)),
            (0, 29, Some(false)),
            (0, 30, None),
            (600, 629, Some(false)),
            (700, 719, Some(false)),
            (719, 720, None),
        ];
        for (seen, now, expected) in table {
            let row = SessionRow {
                account: "x:42".to_owned(),
                shown: "ana".to_owned(),
                signed_in_at: minutes(0),
                seen_at: minutes(seen),
            };
            let session = Session::of(row, bounds, minutes(now));
            assert_eq!(session.map(|session| session.is_fresh), expected, "seen at {seen}, now {now}");
        }
    }
}
