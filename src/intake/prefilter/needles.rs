//! Searches for many short byte sequences at once.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Input, MatchKind, Span};

/// Short byte sequences, prepared for searching.
#[derive(Debug, Clone)]
pub(super) enum Needles {
    /// Vectorized search: several times as fast as an automaton.
    Packed(Box<Searcher>),
    /// Used where the machine has no vector instructions, or the needles are too many.
    Automaton(AhoCorasick),
}

impl Needles {
    /// Prepares the search. No needle may be empty; at most a few dozen are expected.
    pub(super) fn new(needles: Vec<Vec<u8>>) -> Self {
        let automaton = || {
            let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&needles);
            Self::Automaton(built.expect("a few short needles"))
        };
        Searcher::new(&needles).map_or_else(automaton, |searcher| Self::Packed(Box::new(searcher)))
    }

    /// The start of each needle in a text, in order. Needles may overlap.
    pub(super) fn find_iter<'a>(&'a self, text: &'a [u8]) -> FindIter<'a> {
        FindIter { needles: self, text, from: 0 }
    }

    fn find(&self, text: &[u8], span: Span) -> Option<usize> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, span),
            Self::Automaton(automaton) => automaton.find(Input::new(text).span(span)),
        };
        found.map(|found| found.start())
    }
}

/// The iterator behind [`Needles::find_iter`].
#[derive(Debug)]
pub(super) struct FindIter<'a> {
    needles: &'a Needles,
    text: &'a [u8],
    from: usize,
}

impl Iterator for FindIter<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let found = self.needles.find(self.text, Span::from(self.from..self.text.len()));
        self.from = found.map_or(self.text.len(), |at| at + 1);
        found
    }
}
