//! A search for many short sequences of bytes at once.

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Input, MatchKind, Span};

/// Short sequences of bytes, prepared for a search.
#[derive(Debug, Clone)]
pub(super) enum Needles {
    /// With vectors: several times as fast as an automaton.
    Packed(Box<Searcher>),
    /// Where the machine has none, or there are more needles than fit.
    Automaton(AhoCorasick),
}

impl Needles {
    /// Prepares the search. No needle is empty, and there are a few dozen at most.
    pub(super) fn new(needles: Vec<Vec<u8>>) -> Self {
        let automaton = || {
            let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&needles);
            Self::Automaton(built.expect("a few short needles"))
        };
        Searcher::new(&needles).map_or_else(automaton, |searcher| Self::Packed(Box::new(searcher)))
    }

    /// Where needles begin in a text, in order. Needles may overlap.
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
