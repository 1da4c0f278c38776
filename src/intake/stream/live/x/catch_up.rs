//! Reading what was posted before, page by page, and delivering it in the order of the posts' own times.

use super::page::Page;
use crate::domain::time::Timestamp;
use crate::intake::stream::live::gap::Gap;
use crate::net::Request;
use crate::networks::x::{Api, POST_FIELDS, snowflake};

/// Posts that wait for their order; beyond it those read so far are delivered, and the order is that of each part.
const POSTS_MOST: usize = 5_000;

/// Where past posts are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The path.
    pub path: String,
    /// What is asked besides the first id and the fields.
    pub query: Vec<(&'static str, String)>,
    /// The name of the token of a page.
    pub token: &'static str,
    /// How many posts X shows at most; `None` for all.
    pub shown_most: Option<usize>,
}

/// One reading of the past.
#[derive(Debug)]
pub(super) struct CatchUp {
    asked_at: Timestamp,
    since: u64,
    targets: Vec<Target>,
    /// The target that is read, counted from 0.
    at: usize,
    token: Option<String>,
    /// Posts of the target so far.
    shown: usize,
    posts: Vec<(u64, Vec<u8>)>,
    gap: Gap,
}

impl CatchUp {
    /// Reads the posts behind `since` from all targets.
    pub(super) fn new(since: u64, targets: Vec<Target>, now: Timestamp) -> Self {
        let (posts, gap) = (Vec::new(), Gap::default());
        Self { asked_at: now, since, targets, at: 0, token: None, shown: 0, posts, gap }
    }

    /// When it began: whatever had shown then is in the pages.
    pub(super) const fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// The request for the next page; `None` at the end.
    pub(super) fn request(&self, api: &Api) -> Option<Request> {
        let Target { path, query, token, .. } = self.targets.get(self.at)?;
        let since = self.since.to_string();
        let own = query.iter().map(|(name, value)| (*name, value.as_str()));
        let all = own.chain([("since_id", since.as_str()), ("max_results", "100")]).chain(POST_FIELDS);
        let all = all.chain(self.token.iter().map(|value| (*token, value.as_str())));
        Some(Request::get(api.asking(path, all)).signed())
    }

    /// Takes a page, which X gives from the newest post to the oldest.
    pub(super) fn take(&mut self, page: Page, lines: &mut Vec<u8>) {
        self.shown += page.posts.len();
        let oldest = page.posts.iter().map(|(id, _)| *id).min();
        self.posts.extend(page.posts);
        let shown_most = self.targets.get(self.at).and_then(|target| target.shown_most);
        let is_cut = shown_most.is_some_and(|most| self.shown >= most);
        self.token = page.next.filter(|_| !is_cut);
        if self.token.is_none() {
            if is_cut && let Some(oldest) = oldest {
                self.gap.widen((snowflake::time_of(self.since), snowflake::time_of(oldest)));
            }
            self.at += 1;
            self.shown = 0;
        }
        if self.posts.len() >= POSTS_MOST || self.is_over() {
            self.deliver(lines);
        }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.at >= self.targets.len()
    }

    /// What X did not show.
    pub(super) const fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.gap.take()
    }

    fn deliver(&mut self, lines: &mut Vec<u8>) {
        self.posts.sort_unstable();
        self.posts.dedup();
        for (_, line) in self.posts.drain(..) {
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
    }
}
