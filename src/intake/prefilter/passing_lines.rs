//! The lines of a text that pass the prefilter.
//!
//! The searches run over the whole text: starting one for each line would cost as much as the search itself.

use std::iter::Peekable;

use memchr::{Memchr2, memchr2_iter};

use super::line_counts::LineCounts;
use super::needles::FindIter;
use super::scan::Prefilter;
use crate::intake::format::Format;
use crate::intake::line_bound::{LINE_BYTES_MAX, Numbered, bounded};

/// The iterator behind [`Prefilter::passing_lines`]. Counts and skips blank lines; yields a fault for a line
/// longer than [`LINE_BYTES_MAX`].
#[derive(Debug)]
pub struct PassingLines<'a, 't> {
    prefilter: &'a Prefilter,
    format: Format,
    text: &'a [u8],
    counts: &'t mut LineCounts,
    /// Start of the next line.
    start: usize,
    /// Finds hash signs and line ends.
    signs_and_feeds: Memchr2<'a>,
    needles: Peekable<FindIter<'a>>,
}

impl Prefilter {
    /// The lines of a text that may hold a post about an offer, or about its author's account. Lines that
    /// cannot be objects pass as well, so that the decoder names their fault. Adds every line to `counts`.
    pub fn passing_lines<'a, 't>(
        &'a self,
        format: Format,
        text: &'a [u8],
        counts: &'t mut LineCounts,
    ) -> PassingLines<'a, 't> {
        PassingLines::new(self, format, text, counts)
    }
}

impl<'a, 't> PassingLines<'a, 't> {
    fn new(prefilter: &'a Prefilter, format: Format, text: &'a [u8], counts: &'t mut LineCounts) -> Self {
        let needles = prefilter.needles(format).find_iter(text).peekable();
        let signs_and_feeds = memchr2_iter(b'#', b'\n', text);
        Self { prefilter, format, text, counts, start: 0, signs_and_feeds, needles }
    }

    /// The end of the next line, and whether a hash sign in it may begin a live tag.
    fn find_end(&mut self) -> (usize, bool) {
        let mut tagged = false;
        for at in self.signs_and_feeds.by_ref() {
            if self.text.get(at) == Some(&b'\n') {
                return (at, tagged);
            }
            tagged = tagged || self.prefilter.is_tagged_at(self.format, self.text, at);
        }
        (self.text.len(), tagged)
    }

    /// Whether the line that begins at `start` may matter because of a needle in it.
    fn needle_matters(&mut self, start: usize, line: &[u8]) -> bool {
        while let Some(at) = self.needles.next_if(|at| *at < start + line.len()) {
            // Lines that passed because of a tag have left their needles unread.
            if at >= start && self.prefilter.matters_at(self.format, line, at - start) {
                return true;
            }
        }
        false
    }
}

impl<'a> Iterator for PassingLines<'a, '_> {
    type Item = Numbered<'a>;

    fn next(&mut self) -> Option<Numbered<'a>> {
        while self.start < self.text.len() {
            let start = self.start;
            let (end, tagged) = self.find_end();
            self.start = end + 1;
            self.counts.lines += 1;
            let line = bounded(self.text.get(start..end).unwrap_or_default(), LINE_BYTES_MAX);
            let passes = match line {
                Err(_) => true,
                Ok([b'{', .., b'}']) if tagged => true,
                Ok(line @ [b'{', .., b'}']) => {
                    self.needle_matters(start, line) || self.prefilter.matters_in_parts(self.format, line)
                }
                Ok(line) if line.trim_ascii().is_empty() => continue,
                Ok(_) => true,
            };
            self.counts.filled += 1;
            if passes {
                return Some((self.counts.lines, line));
            }
        }
        None
    }
}
