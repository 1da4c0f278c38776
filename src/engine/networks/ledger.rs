//! What the reading of one account leaves in the database: how far it came, which posts it heard, and what it cost.

use std::sync::Arc;

use crate::domain::id::PostId;
use crate::domain::post::Post;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::Cursor;
use crate::intake::stream::live::ReadCost;
use crate::networks::{Allowance, Purse, ShopAccount};
use crate::ops::{Expense, HeardBatch, HeardBounds, OpsDatabase, OpsError, Spent};

/// How often a cursor is stored behind posts of which none mattered.
const CURSOR_INTERVAL: Millis = Millis::from_secs(5);

/// How often reading is paid for, unless much was read.
const PAY_INTERVAL: Millis = Millis::from_secs(5);

/// Posts that are read before they are paid for: what a crash can forget.
const READS_AT_ONCE: u64 = 100;

/// The name of an account's stream in the database.
const STREAM: &str = "posts";

/// The records of one account's reading.
pub(super) struct Ledger {
    account: Arc<ShopAccount>,
    database: OpsDatabase,
    purse: Purse,
    cursor: Option<Cursor>,
    cursor_at: Timestamp,
    /// What reading cost since it was paid last.
    unpaid: Spent,
    paid_at: Timestamp,
}

impl Ledger {
    /// The records of `account`, which pays from `purse`.
    pub(super) fn new(account: Arc<ShopAccount>, database: OpsDatabase, purse: Purse) -> Self {
        Self {
            account,
            database,
            purse,
            cursor: None,
            cursor_at: Timestamp::MIN,
            unpaid: Spent::default(),
            paid_at: Timestamp::MIN,
        }
    }

    /// How far the last reading came.
    pub(super) fn resume_at(&self) -> Result<Option<Cursor>, OpsError> {
        let stored = self.database.cursor(&self.account.name, STREAM)?;
        Ok(stored.as_deref().map(Cursor::from_text))
    }

    /// Stores that the account heard the posts, before an answer can leave.
    pub(super) fn note_heard(&self, posts: &[Post], now: Timestamp) -> Result<(), OpsError> {
        let posts: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
        if posts.is_empty() { Ok(()) } else { self.store(None, &posts, now) }
    }

    /// Stores the cursor behind what was decided: at once if something mattered, else from time to time.
    pub(super) fn keep(
        &mut self,
        cursor: Option<Cursor>,
        mattered: bool,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let due = mattered || is_over(CURSOR_INTERVAL, self.cursor_at, now);
        if cursor.is_none() || cursor == self.cursor || !due || !self.account.is_serving() {
            return Ok(());
        }
        self.store(cursor.as_ref(), &[], now)?;
        (self.cursor, self.cursor_at) = (cursor, now);
        Ok(())
    }

    /// Takes what reading cost from the purse, from time to time, and then says what the purse still allows.
    pub(super) fn pay(&mut self, cost: ReadCost, now: Timestamp) -> Result<Option<Allowance>, OpsError> {
        self.unpaid.count = self.unpaid.count.saturating_add(cost.posts);
        self.unpaid.micros = self.unpaid.micros.saturating_add(cost.micros);
        if self.unpaid.count < READS_AT_ONCE && !is_over(PAY_INTERVAL, self.paid_at, now) {
            return Ok(None);
        }
        self.purse.spend(Expense::Read, std::mem::take(&mut self.unpaid), now)?;
        self.paid_at = now;
        self.purse.allowance(now).map(Some)
    }

    fn store(&self, cursor: Option<&Cursor>, posts: &[PostId], now: Timestamp) -> Result<(), OpsError> {
        let account = &self.account;
        let cursor = cursor.map(ToString::to_string);
        let batch = HeardBatch {
            network: &account.name,
            kind: account.network,
            stream: STREAM,
            cursor: cursor.as_deref(),
            posts,
            at: now,
        };
        self.database.store_heard(&batch, HeardBounds::default())
    }
}

/// Whether an interval ended; also after the clock was set back.
fn is_over(interval: Millis, since: Timestamp, now: Timestamp) -> bool {
    now < since || now.since(since) >= interval
}
