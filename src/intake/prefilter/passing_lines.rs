//! The lines of a text that pass the sieve.
//!
//! The searches go over the whole text: to begin one anew for each line would cost as much as the search.

use std::iter::Peekable;

use memchr::{Memchr2, memchr2_iter};

use super::line_counts::LineCounts;
use super::needles;
use super::scan::Prefilter;
use crate::intake::format::Format;
use crate::intake::line_bound::{LINE_BYTES_MAX, Numbered, bounded};

/// The iterator behind [`Prefilter::passing_lines`]. Lines that are blank are counted and left out; one that is longer than
/// [`LINE_BYTES_MAX`] is a fault.
#[derive(Debug)]
pub struct PassingLines<'a, 't> {
    sieve: &'a Prefilter,
    format: Format,
    text: &'a [u8],
    tally: &'t mut LineCounts,
    /// Where the next line begins.
    start: usize,
    /// Hash signs and the ends of lines.
    signs_and_feeds: Memchr2<'a>,
    marks: Peekable<needles::FindIter<'a>>,
}

impl Prefilter {
    /// The lines of a text that may hold a post that concerns an offer, or that tells the shop something about
    /// its author's account. What cannot be an object passes as well, so that the decoder names the fault.
    /// They are counted in `tally`, from what it holds.
    pub fn passing_lines<'a, 't>(
        &'a self,
        format: Format,
        text: &'a [u8],
        tally: &'t mut LineCounts,
    ) -> PassingLines<'a, 't> {
        PassingLines::new(self, format, text, tally)
    }
}

impl<'a, 't> PassingLines<'a, 't> {
    fn new(sieve: &'a Prefilter, format: Format, text: &'a [u8], tally: &'t mut LineCounts) -> Self {
        let marks = sieve.marks(format).find_iter(text).peekable();
        let signs_and_feeds = memchr2_iter(b'#', b'\n', text);
        Self { sieve, format, text, tally, start: 0, signs_and_feeds, marks }
    }

    /// Where the next line ends, and whether a hash sign in it may begin a tag that is on sale.
    fn find_end(&mut self) -> (usize, bool) {
        let mut tagged = false;
        for at in self.signs_and_feeds.by_ref() {
            if self.text.get(at) == Some(&b'\n') {
                return (at, tagged);
            }
            tagged = tagged || self.sieve.is_tagged_at(self.format, self.text, at);
        }
        (self.text.len(), tagged)
    }

    /// Whether a mark in the line that begins at `start` tells that it may matter.
    fn is_told(&mut self, start: usize, line: &[u8]) -> bool {
        while let Some(at) = self.marks.next_if(|at| *at < start + line.len()) {
            // Lines that passed for a tag have left theirs.
            if at >= start && self.sieve.is_told_at(self.format, line, at - start) {
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
            self.tally.lines += 1;
            let line = bounded(self.text.get(start..end).unwrap_or_default(), LINE_BYTES_MAX);
            let passes = match line {
                Err(_) => true,
                Ok([b'{', .., b'}']) if tagged => true,
                Ok(line @ [b'{', .., b'}']) => {
                    self.is_told(start, line) || self.sieve.is_told_in_parts(self.format, line)
                }
                Ok(line) if line.trim_ascii().is_empty() => continue,
                Ok(_) => true,
            };
            self.tally.filled += 1;
            if passes {
                return Some((self.tally.lines, line));
            }
        }
        None
    }
}
