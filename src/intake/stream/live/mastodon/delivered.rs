//! The posts that were delivered last.

use std::collections::{HashMap, VecDeque};

use compact_str::CompactString;

/// Posts that are remembered: some minutes of a busy sale.
const MOST: usize = 20_000;

/// The ids of the posts that were delivered last, with their authors. What is delivered again is skipped here as long
/// as it is remembered. A deletion names no author, so that of a post which is not remembered is not passed on.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    authors: HashMap<CompactString, Option<CompactString>, foldhash::fast::FixedState>,
    order: VecDeque<CompactString>,
}

impl Delivered {
    /// Remembers a post. Returns whether it is new.
    pub(super) fn add(&mut self, id: &CompactString, author: Option<&CompactString>) -> bool {
        if self.authors.contains_key(id) {
            return false;
        }
        if self.order.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.authors.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.authors.insert(id.clone(), author.cloned());
        true
    }

    /// The author of a post that is remembered.
    pub(super) fn author(&self, id: &str) -> Option<&CompactString> {
        self.authors.get(id)?.as_ref()
    }
}
