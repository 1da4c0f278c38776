//! A recording in memory: the posts that matter, in order of arrival. All others are dropped while the
//! recording is read.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::commands::Timed;
use super::input::{BadLine, Input};
use crate::domain::command::Intent;
use crate::domain::id::{Account, Authors, EffectKey};
use crate::domain::link::Link;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::intake::catalog::Catalog;
use crate::intake::format::{Decoded, Format};
use crate::intake::not_lines::NotLines;
use crate::intake::prefilter::line_counts::LineCounts;
use crate::intake::prefilter::scan::Prefilter;
use crate::intake::reading::Reading;
use crate::intake::stream::PostStream;
use crate::intake::transactions::{Arrived, read_transactions};

/// The linked accounts of a replay.
pub type LinkMap = HashMap<Account, Link, foldhash::quality::RandomState>;

/// A recording in memory.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The posts that matter, by arrival; those that arrived together keep their order in the file.
    pub posts: Vec<Post>,
    /// The card transactions, by arrival.
    pub transactions: Vec<Arrived>,
    /// The operator's commands, by their time.
    pub commands: Vec<Timed>,
    /// The linked accounts.
    pub links: LinkMap,
    /// Counts of what was read.
    pub input: Input,
}

/// An input of a recording that is no post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherInput {
    /// A card transaction.
    Transaction(Arrived),
    /// The operator's command.
    Command(Timed),
}

impl OtherInput {
    /// The time at which it arrives.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Transaction(arrived) => arrived.arrival(),
            Self::Command(timed) => timed.scheduled.at,
        }
    }
}

impl Recorded {
    /// Takes out the inputs other than posts, by time; at one instant, transactions come first.
    pub(super) fn take_other_inputs(&mut self) -> Vec<OtherInput> {
        let transactions = std::mem::take(&mut self.transactions).into_iter().map(OtherInput::Transaction);
        let commands = std::mem::take(&mut self.commands).into_iter().map(OtherInput::Command);
        let mut others: Vec<_> = transactions.chain(commands).collect();
        others.sort_by_key(OtherInput::at);
        others
    }

    /// Reads a recording. Lines that cannot be parsed are passed to `bad` and left out.
    ///
    /// # Errors
    /// When the stream fails, or not one line can be understood.
    pub fn read(
        posts: &mut dyn PostStream,
        format: Format,
        catalog: &Catalog,
        links: LinkMap,
        mut bad: impl FnMut(BadLine),
    ) -> std::io::Result<Self> {
        let mut recorded = Self { links, ..Self::default() };
        let prefilter = Prefilter::new(catalog);
        let mut counts = LineCounts::default();
        while let Some(chunk) = posts.next_chunk()? {
            for (number, line) in prefilter.passing_lines(format, chunk, &mut counts) {
                match line.and_then(|line| format.decode_handed_in(line, Authors::OfNetworksOrSandbox)) {
                    Ok(Decoded::Post(post)) if concerns(catalog, &post) => recorded.posts.push(post),
                    Ok(_) => {}
                    Err(fault) => {
                        recorded.input.bad_lines += 1;
                        bad(BadLine { line: number, reason: fault.to_string() });
                    }
                }
            }
        }
        recorded.input.lines = counts.filled;
        if recorded.input.bad_lines == counts.filled && counts.filled > 0 {
            return Err(NotLines::NothingRead { lines: counts.filled }.into());
        }
        recorded.settle();
        Ok(recorded)
    }

    /// Adds the card transactions of a feed. Lines that cannot be parsed are passed to `bad` and left out.
    ///
    /// # Errors
    /// When the reader fails.
    pub fn read_feed(&mut self, from: impl Read, mut bad: impl FnMut(BadLine)) -> std::io::Result<()> {
        let (mut transactions, mut bad_lines) = (Vec::new(), 0);
        let each = |arrived| transactions.push(arrived);
        let lines = read_transactions(from, each, |line, fault| {
            bad_lines += 1;
            bad(BadLine { line, reason: fault.to_string() });
        })?;
        transactions.sort_by_key(Arrived::arrival);
        self.input.transactions = lines;
        self.input.bad_lines += bad_lines;
        self.transactions = transactions;
        Ok(())
    }

    /// Drops deletions of posts that did not matter, and sorts by arrival.
    fn settle(&mut self) {
        let mattered: HashSet<_> =
            self.posts.iter().filter(|post| !post.deleted).map(|post| post.id.clone()).collect();
        self.posts.retain(|post| !post.deleted || mattered.contains(&post.id));
        self.posts.sort_by_key(Post::arrival);
        self.input.relevant = self.posts.len() as u64;
    }
}

/// Whether a post may concern an offer. A repost without a tag does so only if it reposts a prompt; the id of
/// a sandbox's prompt is its effect key.
fn concerns(catalog: &Catalog, post: &Post) -> bool {
    match catalog.read(post) {
        Reading::Unrelated => false,
        Reading::Refers(Intent::Repost { of, .. }) => of.text().parse::<EffectKey>().is_ok(),
        Reading::Refers(_) | Reading::Refused { .. } | Reading::Asks { .. } => true,
    }
}
