//! Feeds what one account's network delivers to the node, and keeps the cursor behind what was decided.

use std::sync::Arc;

use compact_str::format_compact;
use tokio::runtime::Runtime;

use super::pace::SourcePace;
use crate::actors::node::Node;
use crate::clock::Clock;
use crate::domain::answer::Answer;
use crate::domain::id::PostId;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::domain::time::{Millis, Timestamp};
use crate::engine::current_prefilter::CurrentPrefilter;
use crate::intake::format::{Decoded, Format};
use crate::intake::prefilter::line_counts::LineCounts;
use crate::intake::stream::PostStream;
use crate::intake::stream::live::{Health, LiveStream};
use crate::net::Net;
use crate::networks::{Purse, ShopAccount, Source};
use crate::ops::{Expense, HeardBatch, HeardBounds, OpsDatabase, OpsError, Spent};
use crate::telemetry::{self, SourceMeters};

/// Upper bound on the posts that are submitted at once.
const POSTS_AT_ONCE: usize = 1_000;

/// How long to wait before posts are submitted again to a node that has no room for them.
const OVERLOADED_WAIT: Millis = Millis::from_secs(1);

/// How often a cursor is stored behind posts of which none mattered.
const CURSOR_INTERVAL: Millis = Millis::from_secs(5);

/// How often reading is paid for, unless much was read.
const PAY_INTERVAL: Millis = Millis::from_secs(5);

/// Posts that are read before they are paid for: what a crash can forget.
const READS_AT_ONCE: u64 = 100;

/// The name of an account's stream in the database.
pub(super) const STREAM: &str = "posts";

/// What feeds the posts of one account's network to the node.
pub(super) struct Feeder<'r, N> {
    pub(super) account: Arc<ShopAccount>,
    pub(super) stream: LiveStream<N, SourcePace>,
    pub(super) format: Format,
    pub(super) node: Arc<Node>,
    pub(super) clock: Clock,
    pub(super) prefilter: CurrentPrefilter,
    pub(super) database: OpsDatabase,
    /// Whether other accounts at the same network exist, so that it matters which one heard a post.
    pub(super) has_siblings: bool,
    pub(super) runtime: &'r Runtime,
    pub(super) cursor: CursorState,
    pub(super) meters: SourceMeters,
    pub(super) purse: Purse,
    /// What reading cost since it was paid last.
    pub(super) unpaid: Spent,
    pub(super) paid_at: Timestamp,
}

/// The cursor of a stream, and when it was stored.
#[derive(Default)]
pub(super) struct CursorState {
    stored: Option<String>,
    stored_at: Timestamp,
}

/// Why a feeder ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The database failed.
    #[error(transparent)]
    Ops(#[from] OpsError),
}

impl<N: Net> Feeder<'_, N> {
    /// Feeds until an operator stops the account, or the service ends.
    pub(super) fn run(mut self) -> Result<(), Ended> {
        while self.account.is_read() {
            self.follow_catalog();
            let posts = self.read();
            let cursor = self.stream.cursor().map(|cursor| cursor.to_string());
            let mattered = self.decide(&posts)?;
            self.keep(cursor, mattered)?;
            self.pay()?;
            self.show();
        }
        Ok(())
    }

    /// Tells the source the tags of a catalog that is new.
    fn follow_catalog(&mut self) {
        let before = Arc::clone(self.prefilter.catalog());
        self.prefilter.current();
        let catalog = self.prefilter.catalog();
        if !Arc::ptr_eq(&before, catalog) {
            let tags: Vec<String> = catalog.tags().map(str::to_owned).collect();
            self.stream.source_mut().set_tags(&tags);
        }
    }

    /// Reads the next chunk: the posts of the lines that may matter.
    fn read(&mut self) -> Vec<Post> {
        let Self { stream, prefilter, format, meters, .. } = self;
        let (mut posts, mut counts) = (Vec::new(), LineCounts::default());
        // A live stream has no end, and its failures are its own to mend.
        let lines = stream.next_chunk().ok().flatten().unwrap_or_default();
        let prefilter = prefilter.current();
        for (_, line) in prefilter.passing_lines(*format, lines, &mut counts) {
            match line.and_then(|line| format.decode(line)) {
                // A post arrives now, whatever arrival it claims.
                Ok(Decoded::Post(post)) => posts.push(Post { arrived_at: None, ..post }),
                Ok(Decoded::Ignored(_)) => {}
                Err(fault) => telemetry::lines_unreadable(fault.code()).increment(1),
            }
        }
        meters.lines.increment(counts.filled);
        posts
    }

    /// Lets the node decide the posts. Returns whether one of them mattered. Reading pauses while the node has no room:
    /// nothing is dropped.
    fn decide(&mut self, posts: &[Post]) -> Result<bool, Ended> {
        let mut mattered = false;
        for batch in posts.chunks(POSTS_AT_ONCE) {
            self.note_heard(batch)?;
            mattered |= self.submit(batch);
        }
        Ok(mattered)
    }

    /// Stores which account heard the posts, before an answer can leave.
    fn note_heard(&self, posts: &[Post]) -> Result<(), Ended> {
        if !self.has_siblings || !self.account.replies {
            return Ok(());
        }
        let posts: Vec<PostId> = posts.iter().map(|post| post.id.clone()).collect();
        self.store(None, &posts)
    }

    fn submit(&self, batch: &[Post]) -> bool {
        loop {
            let posts: Vec<(u32, Post)> = (0..).zip(batch.iter().cloned()).collect();
            match self.runtime.block_on(self.node.submit_posts(posts, batch.len())) {
                Ok(answers) if !is_refused(answers.iter().flatten().map(|slot| &slot.answer)) => {
                    return answers.iter().flatten().any(|slot| slot.answer.outcome != Outcome::NotRelevant);
                }
                // The partitions that took the posts repeat their answers.
                _ if self.account.is_serving() => self.account.wait(OVERLOADED_WAIT),
                _ => return false,
            }
        }
    }

    /// Stores the cursor behind what was decided: at once if something mattered, else from time to time.
    fn keep(&mut self, cursor: Option<String>, mattered: bool) -> Result<(), Ended> {
        let now = self.clock.now();
        let due =
            mattered || now.since(self.cursor.stored_at) >= CURSOR_INTERVAL || now < self.cursor.stored_at;
        if cursor.is_none() || cursor == self.cursor.stored || !due || !self.account.is_serving() {
            return Ok(());
        }
        self.store(cursor.as_deref(), &[])?;
        (self.cursor.stored, self.cursor.stored_at) = (cursor, now);
        Ok(())
    }

    /// Takes what reading cost from the purse, from time to time, and tells the source when it is empty.
    fn pay(&mut self) -> Result<(), Ended> {
        let cost = self.stream.source_mut().take_cost();
        self.unpaid.count = self.unpaid.count.saturating_add(cost.posts);
        self.unpaid.micros = self.unpaid.micros.saturating_add(cost.micros);
        let now = self.clock.now();
        if self.unpaid.count < READS_AT_ONCE && now.since(self.paid_at) < PAY_INTERVAL && now >= self.paid_at
        {
            return Ok(());
        }
        self.purse.spend(Expense::Read, std::mem::take(&mut self.unpaid), now)?;
        self.paid_at = now;
        let empty_until = self.purse.empty_until(now)?;
        self.stream.source_mut().set_budget(empty_until);
        Ok(())
    }

    fn store(&self, cursor: Option<&str>, posts: &[PostId]) -> Result<(), Ended> {
        let account = &self.account;
        let batch = HeardBatch {
            network: &account.name,
            kind: account.network,
            stream: STREAM,
            cursor,
            posts,
            at: self.clock.now(),
        };
        Ok(self.database.store_heard(&batch, HeardBounds::default())?)
    }

    /// Shows the state of the source, and logs what changed.
    fn show(&mut self) {
        let now = self.clock.now();
        let (health, behind) = (self.stream.source().health(), self.stream.source().behind(now));
        let gap = self.stream.source_mut().take_gap();
        let name = &self.account.name;
        if let Some((from, to)) = gap {
            tracing::warn!(network = %name, %from, %to, "posts may be missing: the network kept them no longer");
            self.meters.gaps.increment(1);
        }
        self.meters.behind_seconds.set(behind.ms() as f64 / 1000.0);
        self.meters.live.set(if health == Health::Live { 1.0 } else { 0.0 });
        self.account.note(|state| {
            let source = match &health {
                Health::Live => Source::Live,
                Health::CatchingUp => Source::CatchingUp,
                Health::Connecting(why) => Source::Connecting(why.clone()),
                Health::SignedOut(why) => Source::Connecting(format_compact!("signed out: {why}")),
                Health::BudgetSpent(until) => Source::BudgetSpent(*until),
            };
            if std::mem::discriminant(&source) != std::mem::discriminant(&state.source) {
                tracing::info!(network = %name, ?source, "the source changed");
            }
            (state.source, state.behind) = (source, behind);
            state.gap = gap.or(state.gap);
        });
    }
}

/// Whether a node that has no room refused one of the posts; then all are submitted again.
fn is_refused<'a>(mut answers: impl Iterator<Item = &'a Answer>) -> bool {
    answers.any(|answer| answer.outcome == Outcome::Overloaded)
}
