//! How far a stream was read: its connection, its position, and what cannot come any more.

use super::beginning::Beginning;
use super::link::Link;
use super::position::Position;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::live::gap::Gap;
use crate::intake::stream::live::trail::Trail;

/// How long an event may come behind a later one. Hosts merge what many workers read, and say no more than that a reader who
/// resumes is to go back a few seconds.
const DISORDER: Millis = Millis::from_secs(5);

/// The progress of one stream.
#[derive(Debug)]
pub struct Progress {
    pub(super) link: Link,
    /// The last event.
    pub(super) position: Option<Position>,
    trail: Trail<Position>,
    /// The beginning of a stream that may begin later than it was asked to, as long as nobody knows.
    beginning: Option<Beginning>,
    /// The beginning of a gap; the next event ends it.
    gap_from: Option<Timestamp>,
    /// What cannot come any more.
    pub(super) gap: Gap,
    /// Messages that could not be read; told once.
    pub(super) faults: u64,
}

impl Progress {
    /// The progress of a stream that resumes behind `position`.
    pub(super) fn new(mut link: Link, position: Option<Position>) -> Self {
        if let Some(position) = &position {
            link.prefer(&position.host);
            link.resume_after(position.time());
        }
        let trail = Trail::new(position.clone(), DISORDER);
        Self { link, position, trail, beginning: None, gap_from: None, gap: Gap::default(), faults: 0 }
    }

    /// The stream is open. An interruption before the first event is one as well, so there is a position from now on.
    pub(super) fn begin(&mut self, resumes: bool, now: Timestamp) {
        self.link.opened(now, resumes);
        match self.trail.reopen() {
            Some(position) => {
                // What comes again has the times that it had before, or earlier ones.
                self.link.resume_after(position.time());
                self.position = Some(position);
            }
            None => {
                let position = self.position.get_or_insert_with(|| Position::from(now));
                self.trail.restart(Some(position.clone()));
            }
        }
    }

    /// A message came that cannot be read.
    pub(super) fn damaged(&mut self, now: Timestamp) {
        self.link.heard(now);
        self.faults += 1;
    }

    /// The position, to be moved behind an event of the host that is connected.
    pub(super) fn position_here(&mut self, now: Timestamp) -> &mut Position {
        let position = self.position.get_or_insert_with(|| Position::from(now));
        // Written only when it changes: this is done for each post of the network.
        if position.host != *self.link.host() {
            position.host = self.link.host().clone();
        }
        position
    }

    /// An event of that time came.
    pub(super) fn find(&mut self, time_us: u64, now: Timestamp) {
        self.beginning.take_if(|begins| begins.is_found(time_us, now));
    }

    /// Where the stream is resumed.
    pub(super) fn resumes_behind(&self) -> Option<&Position> {
        self.trail.position()
    }

    /// The host was asked for the event at the position, and may begin later without a word.
    pub(super) fn expect_position(&mut self) {
        // Where no host named an event yet, nobody knows whether there was any.
        let named = self.trail.position().filter(|position| !position.host.is_empty()).cloned();
        self.beginning = named.map(|position| {
            let is_here = position.host == *self.link.host();
            if is_here { Beginning::at(position) } else { Beginning::around(position) }
        });
    }

    /// The host was asked for everything since an instant, and may begin later without a word.
    pub(super) fn expect_from(&mut self, oldest: Timestamp) {
        self.beginning = Some(Beginning::around(Position::from(oldest)));
    }

    /// The position was moved, or nothing came: in time the stream is resumed behind it.
    pub(super) fn settle(&mut self, now: Timestamp) {
        // What is missing is told before the position of the interruption is given up.
        if let Some(begins) = self.beginning.take_if(|begins| begins.is_known(now, DISORDER)) {
            begins.missing().into_iter().for_each(|missing| self.gap.widen(missing));
        }
        if let Some(position) = &self.position {
            self.trail.follow(position, now);
        }
    }

    /// An event was numbered by the host that is connected, which is resumed by its own numbers, and not by those of another
    /// one or by time.
    pub(super) fn resume_here(&mut self) {
        let is_elsewhere = |position: &Position| position.host != *self.link.host();
        if self.trail.position().is_none_or(is_elsewhere) {
            self.trail.restart(self.position.clone());
        }
    }

    /// The host began to number anew.
    pub(super) fn forget_numbers(&mut self) {
        self.trail.each(|position| position.seq = 0);
        self.position = self.position.take().map(|position| Position { seq: 0, ..position });
    }

    /// Posts may be missing from what was asked for up to the next event. Of a gap that no event ended, the beginning stays.
    pub(super) fn begin_gap(&mut self) {
        self.gap_from = self.gap_from.into_iter().chain(self.settled_at()).min();
    }

    /// The host says that posts may be missing behind what was asked for. That may come behind the first of the events from which
    /// the stream goes on, which then ended the gap.
    pub(super) fn note_gap(&mut self) {
        self.begin_gap();
        let last = self.position.as_ref().map(Position::time);
        if let Some(last) = last.filter(|last| self.gap_from.is_some_and(|from| *last > from)) {
            self.end_gap(last);
        }
    }

    /// Whatever was told before this time has come. Behind it, events before the last one may still be missing.
    fn settled_at(&self) -> Option<Timestamp> {
        let (settled, last) = (self.trail.position(), self.position.as_ref());
        settled.into_iter().chain(last).map(Position::time).min()
    }

    /// Nothing of the interruption can be had: the stream begins now.
    pub(super) fn lose_interruption(&mut self, now: Timestamp) {
        self.begin_gap();
        if let Some(from) = self.gap_from.take() {
            self.gap.widen((from, now));
        }
        self.position = None;
        self.trail.restart(None);
    }

    /// An event of that time came: it ends a gap.
    pub(super) fn end_gap(&mut self, at: Timestamp) {
        if let Some(from) = self.gap_from.take() {
            self.gap.widen((from, at.max(from)));
            self.trail.restart(self.position.clone());
        }
    }
}
