//! The reading of the feeds by REST: what moves the cursor.

use super::feed::{Feed, Name};
use super::line::Line;
use super::pace;
use super::round::{Held, Round};
use super::source::MastodonSource;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request, Unanswered};

/// Between two readings of feeds that the stream brings: it may have dropped something.
const STREAMED: Millis = Millis::from_secs(60);
/// Between two readings of feeds that it does not bring.
const POLLED: Millis = Millis::from_secs(15);
/// Between two readings, for each feed: a third of a server's usual limit, which replies need as well.
const EACH: i64 = 3_000;
/// How long to wait where the server does not accept the account's token: an operator may make another one.
const SIGNED_OUT: Millis = Millis::from_secs(60);

/// What the answer to the request of a page means.
enum Reading {
    /// It is read.
    Read,
    /// This feed cannot be read, and the others can.
    Refused,
    /// The account's token is not accepted.
    SignedOut,
    /// It is to be asked for again.
    Failed,
}

impl MastodonSource {
    /// Begins to read what was missed. Posts of the stream wait for it.
    pub(super) fn resume(&mut self, now: Timestamp) {
        self.abandon_round();
        (self.is_resuming, self.next_round_at) = (true, now);
        // Where the server allows no reading for some time, nothing waits for it.
        if self.reads_from <= now {
            self.held.get_or_insert_with(Held::default);
        }
    }

    /// Ends the reading that is under way; what it did not deliver is read again.
    pub(super) fn abandon_round(&mut self) {
        (self.round, self.asked) = (None, None);
        self.feeds.iter_mut().for_each(Feed::end_reading);
    }

    /// The request of the next page, if one is due.
    pub(super) fn next_request(&mut self, now: Timestamp) -> Option<Request> {
        if self.next_request_at() > now {
            return None;
        }
        let names = self.feeds.iter().map(|feed| feed.name.clone());
        let round = self.round.get_or_insert_with(|| Round::new(now, names));
        let name = round.due.pop_front()?;
        let feed = self.feeds.iter().find(|feed| feed.name == name)?;
        self.asked = Some(name);
        Some(feed.request(&self.server))
    }

    /// When the next page is asked for.
    pub(super) fn next_request_at(&self) -> Timestamp {
        if self.feeds.is_empty() {
            return Timestamp::MAX;
        }
        if self.round.is_some() { self.reads_from } else { self.next_round_at.max(self.reads_from) }
    }

    /// Reads the answer to the request of a page.
    pub(super) fn read_page(
        &mut self,
        answer: Result<Answer, Unanswered>,
        now: Timestamp,
        lines: &mut Vec<u8>,
    ) {
        self.reads_from = answer.as_ref().map_or(now, |answer| pace::next_request(answer, now));
        // The hashtags may have changed meanwhile.
        let Some(name) = self.asked.take() else { return };
        let reading = self.page(&name, &answer, now);
        self.reading_is_signed_out = matches!(reading, Reading::SignedOut);
        self.connection.note_server(matches!(reading, Reading::Read | Reading::Refused));
        match reading {
            Reading::Read | Reading::Refused => self.read_backoff.worked(),
            Reading::SignedOut => self.reads_from = now.plus(SIGNED_OUT),
            Reading::Failed => self.reads_from = self.read_backoff.failed(now).max(self.reads_from),
        }
        if matches!(reading, Reading::SignedOut | Reading::Failed)
            && let Some(round) = &mut self.round
        {
            round.due.push_front(name);
        }
        // Nobody knows when the rest can be read, so what there is does not wait for it.
        if self.reads_from > now {
            self.release(lines);
        }
        if self.round.as_ref().is_some_and(|round| round.due.is_empty()) {
            self.end_turn(now, lines);
        }
    }

    fn page(&mut self, name: &Name, answer: &Result<Answer, Unanswered>, now: Timestamp) -> Reading {
        let Some(feed) = self.feeds.iter_mut().find(|feed| feed.name == *name) else { return Reading::Read };
        let Ok(answer) = answer else { return Reading::Failed };
        match (answer.status, name) {
            (401, _) | (403, Name::Notifications) => return Reading::SignedOut,
            (408 | 429, _) => return Reading::Failed,
            (400..500, _) => {
                feed.is_refused = true;
                return Reading::Refused;
            }
            (200..300, _) => {}
            _ => return Reading::Failed,
        }
        let (Ok(page), Some(round)) = (feed.read(&self.server, &answer.body, now), &mut self.round) else {
            return Reading::Failed;
        };
        feed.is_refused = false;
        round.add(page.lines);
        if page.has_more {
            round.more.push_back(name.clone());
        }
        if let Some(until) = page.lacks_until {
            self.gap.widen((self.current_until.map_or(until, |known| known.min(until)), until));
        }
        Reading::Read
    }

    /// Ends a turn: each feed's page was read.
    fn end_turn(&mut self, now: Timestamp, lines: &mut Vec<u8>) {
        let Some(round) = &mut self.round else { return };
        if !round.more.is_empty() {
            round.due = std::mem::take(&mut round.more);
            let posts = round.take();
            self.settle(posts, lines);
            return;
        }
        let began_at = round.began_at;
        self.release(lines);
        self.abandon_round();
        self.next_round_at = now.plus(self.interval());
        let is_incomplete = self.feeds.iter().any(|feed| feed.is_refused);
        if self.is_resuming && self.connection.is_settled() {
            self.is_resuming = false;
            let lost_from = self.current_until.or_else(|| self.refused_since()).filter(|_| is_incomplete);
            lost_from.into_iter().for_each(|from| self.gap.widen((from, began_at.max(from))));
        } else if is_incomplete {
            return;
        }
        self.current_until = self.current_until.max(Some(began_at));
    }

    /// Since when a feed that the server refuses is not read, as far as its cursor tells.
    fn refused_since(&self) -> Option<Timestamp> {
        let refused = self.feeds.iter().filter(|feed| feed.is_refused);
        refused.filter_map(Feed::resumes_at).min()
    }

    /// Delivers what was read and what waited; nothing waits any more.
    pub(super) fn release(&mut self, lines: &mut Vec<u8>) {
        let mut posts = self.round.as_mut().map(Round::take).unwrap_or_default();
        posts.extend(self.held.take().map(|mut held| held.take()).unwrap_or_default());
        self.settle(posts, lines);
    }

    fn settle(&mut self, posts: Vec<Line>, lines: &mut Vec<u8>) {
        self.deliver(posts, lines);
        self.feeds.iter_mut().for_each(Feed::settle);
        self.has_begun |= self.feeds.iter().all(Feed::has_begun);
    }

    fn interval(&self) -> Millis {
        let least = if self.connection.carries(self.feeds.len()) { STREAMED } else { POLLED };
        let each = i64::try_from(self.feeds.len()).unwrap_or(i64::MAX).saturating_mul(EACH);
        least.max(Millis::from_ms(each))
    }
}
