//! Reading a recording: the posts that matter, in the order of their arrival. The others leave no
//! trace in memory.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use serde::Serialize;

use super::operations::Timed;
use crate::domain::catalog::{Catalog, Reading};
use crate::domain::command::Wish;
use crate::domain::id::{Account, EffectKey};
use crate::domain::link::Link;
use crate::domain::post::Post;
use crate::source::format::{Decoded, Format};
use crate::source::lines::Lines;
use crate::source::sift::may_matter;

/// The linked accounts of a replay.
pub type LinkMap = HashMap<Account, Arc<Link>, foldhash::quality::RandomState>;

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Lines that were not blank.
    pub lines: u64,
    /// Posts that concern an offer.
    pub relevant: u64,
    /// Lines that could not be understood, and were left out.
    pub bad_lines: u64,
}

/// A line that could not be understood, or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A recording that was read.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The posts that matter, by arrival; those that arrived together as they stand in the file.
    pub posts: Vec<Post>,
    /// The operator's commands, by their time.
    pub commands: Vec<Timed>,
    /// The linked accounts.
    pub links: LinkMap,
    /// What was read.
    pub input: Input,
}

impl Recorded {
    /// Reads a recording. Lines that cannot be understood are given to `bad` and left out.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn read(
        from: impl Read,
        format: Format,
        catalog: &Catalog,
        links: LinkMap,
        mut bad: impl FnMut(BadLine),
    ) -> std::io::Result<Self> {
        let mut recorded = Self { links, ..Self::default() };
        let mut lines = Lines::new(from);
        while let Some((number, line)) = lines.next_line()? {
            recorded.input.lines += 1;
            let decoded = match line {
                Ok(line) if !may_matter(format, line) => continue,
                Ok(line) => format.decode(line).map_err(|fault| fault.to_string()),
                Err(fault) => Err(fault.to_string()),
            };
            match decoded {
                Ok(Decoded::Post(post)) if concerns(catalog, &post) => recorded.posts.push(post),
                Ok(_) => {}
                Err(reason) => {
                    recorded.input.bad_lines += 1;
                    bad(BadLine { line: number, reason });
                }
            }
        }
        recorded.settle();
        Ok(recorded)
    }

    /// Drops the deletions of posts that did not matter, and sorts by arrival.
    fn settle(&mut self) {
        let mattered: HashSet<_> =
            self.posts.iter().filter(|post| !post.deleted).map(|post| post.id.clone()).collect();
        self.posts.retain(|post| !post.deleted || mattered.contains(&post.id));
        self.posts.sort_by_key(Post::arrival);
        self.input.relevant = self.posts.len() as u64;
    }
}

/// Whether a post may concern an offer. A repost without a tag concerns one only if it is of a
/// prompt, and a sandbox's prompt has its key for id.
fn concerns(catalog: &Catalog, post: &Post) -> bool {
    match catalog.read(post) {
        Reading::Unrelated => false,
        Reading::Refers(Wish::Repost { of, .. }) => of.as_str().parse::<EffectKey>().is_ok(),
        Reading::Refers(_) | Reading::Refused { .. } | Reading::Asks { .. } => true,
    }
}
