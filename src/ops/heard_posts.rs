//! Which of the shop's accounts heard a post, so that the same account answers it.

use rusqlite::{OptionalExtension, Transaction, params};

use super::database::OpsDatabase;
use super::error::OpsError;
use super::stream_cursors;
use crate::domain::id::{Network, PostId};
use crate::domain::time::{Millis, Timestamp};

/// What a stream of the shop's account brought.
///
/// Posts are stored before they are decided, since an answer may leave at once; a cursor is stored after the posts before
/// it were decided. So the posts of one batch go with the cursor of the batch before, in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct HeardBatch<'a> {
    /// The name of the network in the configuration: the account that heard the posts.
    pub network: &'a str,
    /// What kind of network it is.
    pub kind: Network,
    /// The stream of the network.
    pub stream: &'a str,
    /// The stream's new cursor; `None` leaves it.
    pub cursor: Option<&'a str>,
    /// The posts.
    pub posts: &'a [PostId],
    /// When they came.
    pub at: Timestamp,
}

/// How many heard posts are kept.
#[derive(Debug, Clone, Copy)]
pub struct HeardBounds {
    /// Age of the oldest.
    pub age_most: Millis,
    /// Upper bound on their number, of all networks together.
    pub count_most: u32,
}

impl Default for HeardBounds {
    /// As old as the oldest answer that is still tried, and some 100 MB at most.
    fn default() -> Self {
        Self { age_most: Millis::from_secs(7 * 86_400), count_most: 1_000_000 }
    }
}

impl OpsDatabase {
    /// Stores the posts and the cursor of a batch in one transaction, which is durable when this returns. A post that
    /// was heard before keeps its first account. Posts beyond `bounds` are forgotten, the oldest first.
    ///
    /// # Errors
    /// When the database fails; then nothing of the batch is stored.
    pub fn store_heard(&self, batch: &HeardBatch<'_>, bounds: HeardBounds) -> Result<(), OpsError> {
        self.change(|transaction| {
            add(transaction, batch)?;
            if !batch.posts.is_empty() {
                forget(transaction, batch.at, bounds)?;
            }
            let HeardBatch { network, stream, at, .. } = *batch;
            let put = |cursor| stream_cursors::put(transaction, network, stream, cursor, at);
            batch.cursor.map_or(Ok(()), put)
        })
    }

    /// The name of the network whose account heard a post first; `None` if none did, or too long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub fn heard(&self, kind: Network, post: &str) -> Result<Option<String>, OpsError> {
        const SQL: &str = "SELECT network FROM heard_posts WHERE kind = ?1 AND post = ?2";
        self.read(|connection| connection.query_row(SQL, [kind.name(), post], |row| row.get(0)).optional())
    }
}

fn add(transaction: &Transaction<'_>, batch: &HeardBatch<'_>) -> rusqlite::Result<()> {
    const SQL: &str = "INSERT INTO heard_posts (kind, post, network, heard_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO NOTHING";
    let mut insert = transaction.prepare(SQL)?;
    for post in batch.posts {
        insert.execute(params![batch.kind.name(), &*post.text(), batch.network, batch.at.ms()])?;
    }
    Ok(())
}

/// Sequences grow by one, or have gaps, so the newest `count_most` sequences are at most as many posts.
fn forget(transaction: &Transaction<'_>, now: Timestamp, bounds: HeardBounds) -> rusqlite::Result<()> {
    const BY_NUMBER: &str =
        "DELETE FROM heard_posts WHERE sequence <= (SELECT max(sequence) FROM heard_posts) - ?1";
    const BY_AGE: &str = "DELETE FROM heard_posts WHERE heard_at < ?1";
    transaction.execute(BY_NUMBER, [bounds.count_most])?;
    transaction.execute(BY_AGE, [now.ms() - bounds.age_most.ms()]).map(drop)
}
