//! A source on one of X's streams, with the pages of its past.

use compact_str::CompactString;

use super::backoff::Backoff;
use super::catch_up::CatchUp;
use super::connection::Connection;
use super::feed::Feed;
use super::line::Line;
use super::page::Page;
use super::progress::Progress;
use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::Format;
use crate::intake::stream::Cursor;
use crate::intake::stream::live::gap::Gap;
use crate::intake::stream::live::{Health, LiveSource, ReadCost, Step};
use crate::net::{Answer, Method, NotOpened, Opening, Received, Request, Unanswered};
use crate::networks::x::price::MicroUsd;

/// How often pages are read while there is no stream. X allows a page in three seconds.
const POLL_INTERVAL: Millis = Millis::from_secs(4);

/// How long a new rule or subscription takes to act.
const ACTIVATION: Millis = Millis::from_secs(20);

/// How often a source with nothing to read looks again.
const IDLE: Millis = Millis::from_secs(10);

/// The shortest wait on a connection.
const WAIT_LEAST: Millis = Millis::from_secs(1);

/// The longest one. It ends before X's next heartbeat, so that a quiet stream shows when nothing waits unread.
const WAIT_MOST: Millis = Millis::from_secs(5);

/// A source on one of X's streams.
#[derive(Debug)]
pub struct XSource<F> {
    feed: F,
    connection: Connection,
    /// When the setup goes on after a trouble.
    setup_at: Timestamp,
    /// From when on the open stream delivers everything.
    streams_from: Timestamp,
    /// Whether pages have shown everything from before the stream.
    is_caught_up: bool,
    /// Whether posts may be missing that were made long enough ago.
    is_behind: bool,
    /// When pages are read next.
    pages_at: Option<Timestamp>,
    pages: Option<CatchUp>,
    pages_backoff: Backoff,
    progress: Progress,
    asked: Option<Asked>,
    /// Whether X shall forget a connection that this side gave up.
    must_forget: bool,
    /// When nothing waited unread, if nothing has come since. Only what comes later shows that the stream was alive then.
    quiet_at: Option<Timestamp>,
    /// Until when everything was delivered, by this machine's clock.
    live_until: Timestamp,
    signed_out: Option<CompactString>,
    trouble: Option<CompactString>,
    budget_spent_until: Option<Timestamp>,
    /// Whether nothing is read because the budget is spent.
    is_resting: bool,
    cost: ReadCost,
    gap: Gap,
    /// Lines that could not be read.
    faults: u64,
}

/// The request that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// One of the setup.
    Setup,
    /// A page.
    Page,
    /// To forget a connection that this side gave up.
    Forget,
}

impl<F: Feed> XSource<F> {
    /// A source that resumes at a cursor, or begins now. The seed is that of the jitter of its waits.
    pub fn new(feed: F, cursor: Option<&Cursor>, seed: u64) -> Self {
        let progress = Progress::resume(cursor, feed.margin());
        Self {
            feed,
            connection: Connection::new(seed),
            setup_at: Timestamp::MIN,
            streams_from: Timestamp::MAX,
            is_caught_up: false,
            is_behind: true,
            pages_at: None,
            pages: None,
            pages_backoff: Backoff::new(!seed),
            progress,
            asked: None,
            must_forget: false,
            quiet_at: None,
            live_until: Timestamp::MIN,
            signed_out: None,
            trouble: None,
            budget_spent_until: None,
            is_resting: false,
            cost: ReadCost::default(),
            gap: Gap::default(),
            faults: 0,
        }
    }

    /// Rests while the budget is spent; what is posted meanwhile is read afterwards.
    fn rest(&mut self, now: Timestamp) -> Option<Step> {
        let Some(until) = self.budget_spent_until.filter(|until| *until > now) else {
            self.budget_spent_until = None;
            if std::mem::take(&mut self.is_resting) {
                self.connection.rest(now);
                self.pages_at = Some(now);
            }
            return None;
        };
        self.is_resting = true;
        self.connection.rest(until);
        self.streams_from = Timestamp::MAX;
        (self.is_behind, self.is_caught_up, self.pages) = (true, false, None);
        self.feed.restart_setup();
        Some(if self.connection.take_close() { Step::Close } else { Step::Wait(until) })
    }

    /// The next step of setting up and opening; `None` while there is nothing to do or to wait for.
    fn connect(&mut self, now: Timestamp) -> Option<Step> {
        if !self.feed.is_wanted() || self.connection.opens_at().is_some_and(|at| at > now) {
            return None;
        }
        if let Some(request) = self.feed.setup() {
            if self.setup_at > now {
                return None;
            }
            return Some(self.ask(Asked::Setup, request));
        }
        if self.connection.is_open() {
            return None;
        }
        let stream = Opening::Lines(self.feed.opening());
        Some(Step::Open(stream))
    }

    /// The next page, if one is due.
    fn read_page(&mut self, now: Timestamp) -> Option<Step> {
        if !self.feed.is_wanted() || self.pages_at.is_none_or(|at| at > now) {
            return None;
        }
        if self.pages.is_none() {
            let oldest = self.feed.kept_for().map(|kept| now.minus(kept));
            let lost = oldest.and_then(|oldest| self.progress.give_up(oldest));
            lost.into_iter().for_each(|lost| self.gap.widen(lost));
            self.pages = Some(CatchUp::new(self.progress.complete_to(), self.feed.targets(), now));
        }
        match self.pages.as_ref()?.request(self.feed.api()) {
            Some(request) => Some(self.ask(Asked::Page, request)),
            None => {
                self.end_pages();
                None
            }
        }
    }

    const fn ask(&mut self, asked: Asked, request: Request) -> Step {
        self.asked = Some(asked);
        Step::Exchange(request)
    }

    /// What to wait for when nothing is to be done.
    fn wait(&self, now: Timestamp) -> Step {
        let pages_at = self.pages_at.filter(|_| self.feed.is_wanted());
        match self.connection.dead_at() {
            Some(dead_at) => {
                let setup_at = Some(self.setup_at).filter(|_| self.feed.setup().is_some());
                let until = [Some(dead_at), pages_at, setup_at].into_iter().flatten().min();
                Step::Receive(until.unwrap_or(now).since(now).clamp(WAIT_LEAST, WAIT_MOST))
            }
            None => {
                let opens_at = self.connection.opens_at().filter(|_| self.feed.is_wanted());
                let until = [opens_at, pages_at].into_iter().flatten().min();
                Step::Wait(until.filter(|until| *until > now).unwrap_or_else(|| now.plus(IDLE)))
            }
        }
    }

    fn setup_answered(&mut self, answer: &Result<Answer, Unanswered>, now: Timestamp) {
        let outcome = match answer {
            Ok(answer) => self.feed.set_up(answer, now),
            Err(unanswered) => Err(Trouble::of_unanswered(unanswered)),
        };
        match outcome {
            Err(trouble) if self.connection.is_open() => {
                self.note(&trouble);
                self.setup_at = self.pages_backoff.after(&trouble, now);
            }
            Err(trouble) => self.lose(&trouble, now),
            Ok(()) if self.feed.setup().is_none() && self.connection.is_open() => self.streams(now),
            Ok(()) => {}
        }
    }

    /// The stream delivers everything from now on, or shortly after where it was just set up.
    fn streams(&mut self, now: Timestamp) {
        let changed = self.feed.take_changed();
        self.streams_from = if changed { now.plus(ACTIVATION) } else { now };
        (self.is_caught_up, self.quiet_at) = (false, None);
        self.pages = None;
        self.pages_at = Some(now);
    }

    fn page_answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, lines: &mut Vec<u8>) {
        let page = match answer {
            Ok(answer) if answer.is_success() => Page::read(&answer.body)
                .ok_or_else(|| Trouble::Server("X's page of posts cannot be read".into())),
            Ok(answer) => Err(Trouble::of_answer(&answer, now)),
            Err(unanswered) => Err(Trouble::of_unanswered(&unanswered)),
        };
        match page {
            Ok(page) => self.take_page(page, now, lines),
            Err(trouble) => {
                self.note(&trouble);
                self.is_behind |= !self.connection.is_open();
                // A page of a refused reading is asked for from the beginning.
                self.pages = self.pages.take().filter(|_| !matches!(trouble, Trouble::Refused(_)));
                self.pages_at = Some(self.pages_backoff.after(&trouble, now));
            }
        }
    }

    fn take_page(&mut self, page: Page, now: Timestamp, lines: &mut Vec<u8>) {
        self.signed_out = None;
        self.pages_backoff.reset();
        self.pay(page.posts.len(), self.feed.page_price());
        for (id, _) in &page.posts {
            self.progress.see(*id);
        }
        let Some(pages) = &mut self.pages else { return };
        pages.take(page, lines);
        self.pages_at = Some(now);
        if pages.is_over() {
            self.end_pages();
            self.next_pages(now);
        }
    }

    /// Ends a whole reading of the past: what had shown when it began is delivered.
    fn end_pages(&mut self) {
        let Some(mut pages) = self.pages.take() else { return };
        pages.take_gap().into_iter().for_each(|gap| self.gap.widen(gap));
        self.progress.settle(pages.asked_at());
        self.live_until = self.live_until.max(pages.asked_at());
        self.is_behind = false;
        self.is_caught_up = pages.asked_at() >= self.streams_from.plus(self.feed.margin());
        if !self.connection.is_open() {
            self.is_caught_up = false;
        } else {
            self.trouble = None;
        }
        self.pages_at = None;
    }

    /// Says when pages are read again.
    fn next_pages(&mut self, now: Timestamp) {
        let targets = i64::try_from(self.feed.targets().len()).unwrap_or(1).max(1);
        let interval = Millis::from_ms(POLL_INTERVAL.ms() * targets);
        let is_open = self.connection.is_open();
        self.pages_at = if !is_open || self.feed.is_partial() {
            Some(now.plus(interval))
        } else if self.is_caught_up {
            None
        } else {
            // What the pages did not show yet when the stream began.
            Some(self.streams_from.plus(self.feed.margin()).max(now.plus(interval)))
        };
    }

    fn take_line(&mut self, line: &[u8], now: Timestamp, lines: &mut Vec<u8>) {
        match Line::read(line) {
            Line::Heartbeat | Line::Other => self.hear(now),
            Line::Item(id) => {
                lines.extend_from_slice(line.trim_ascii());
                lines.push(b'\n');
                self.pay(1, self.feed.stream_price());
                self.progress.see(id.unwrap_or(0));
                self.hear(now);
            }
            Line::End(problem) => {
                let trouble = Trouble::of_stream(&problem);
                self.lose(&trouble, now);
            }
            Line::Broken => {
                self.faults += 1;
                self.lose(&Trouble::Network("a line of the stream is no JSON".into()), now);
            }
        }
    }

    fn hear(&mut self, now: Timestamp) {
        self.connection.heard(now);
        self.signed_out = None;
        if self.is_caught_up {
            self.trouble = None;
            self.progress.advance(now);
            if let Some(quiet_at) = self.quiet_at.take() {
                self.progress.settle(quiet_at);
            }
            self.live_until = now;
        }
    }

    fn be_silent(&mut self, now: Timestamp) {
        if self.connection.dead_at().is_some_and(|dead_at| dead_at <= now) {
            let trouble = Trouble::Network("the stream was silent for too long".into());
            self.connection.give_up(&trouble, now);
            self.lost(&trouble, now);
        } else if self.is_caught_up {
            self.quiet_at = Some(now);
        }
    }

    fn lose(&mut self, trouble: &Trouble, now: Timestamp) {
        self.connection.failed(trouble, now);
        self.lost(trouble, now);
    }

    /// Reads pages while there is no stream.
    fn lost(&mut self, trouble: &Trouble, now: Timestamp) {
        self.note(trouble);
        if self.streams_from < Timestamp::MAX {
            self.is_behind = true;
        }
        self.streams_from = Timestamp::MAX;
        (self.is_caught_up, self.quiet_at) = (false, None);
        self.feed.restart_setup();
        // The stream may be back at once, and then the pages are read behind it.
        self.pages_at = Some(self.pages_at.map_or_else(|| now.plus(WAIT_LEAST), |at| at.max(now)));
    }

    fn note(&mut self, trouble: &Trouble) {
        self.trouble = Some(trouble.words().clone());
        if let Trouble::SignedOut(words) = trouble {
            self.signed_out = Some(words.clone());
        }
    }

    fn pay(&mut self, posts: usize, price: MicroUsd) {
        let posts = posts as u64;
        self.cost.posts = self.cost.posts.saturating_add(posts);
        self.cost.micros = self.cost.micros.saturating_add(price.times(posts).0);
    }
}

impl<F: Feed> LiveSource for XSource<F> {
    fn format(&self) -> Format {
        Format::X
    }

    fn set_tags(&mut self, tags: &[String]) {
        self.feed.set_tags(tags);
        if self.feed.setup().is_some() {
            // The pages of the meantime are read once the new rules act.
            self.is_caught_up = false;
        }
    }

    fn take_cost(&mut self) -> ReadCost {
        std::mem::take(&mut self.cost)
    }

    fn set_budget(&mut self, spent_until: Option<Timestamp>) {
        self.budget_spent_until = spent_until;
    }

    fn next(&mut self, now: Timestamp) -> Step {
        self.asked = None;
        self.progress.begin(now);
        if let Some(step) = self.rest(now) {
            return step;
        }
        if self.connection.is_open() && !self.feed.is_wanted() {
            self.connection.rest(now);
        }
        if self.connection.take_close() {
            return Step::Close;
        }
        if std::mem::take(&mut self.must_forget) {
            let forget = Request::new(Method::Delete, self.feed.api().at("/2/connections/all"));
            return self.ask(Asked::Forget, forget.signed());
        }
        if let Some(step) = self.connect(now) {
            return step;
        }
        if let Some(step) = self.read_page(now) {
            return step;
        }
        self.wait(now)
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>, now: Timestamp, lines: &mut Vec<u8>) {
        match self.asked.take() {
            Some(Asked::Setup) => self.setup_answered(&answer, now),
            Some(Asked::Page) => self.page_answered(answer, now, lines),
            // If X forgot it, the stream can be opened at once.
            Some(Asked::Forget) if answer.is_ok_and(|answer| answer.is_success()) => {
                self.connection.rest(now);
            }
            Some(Asked::Forget) | None => {}
        }
    }

    fn opened(&mut self, opened: Result<(), NotOpened>, now: Timestamp) {
        match opened {
            Ok(()) => {
                self.connection.opened(now);
                self.signed_out = None;
                self.streams(now);
            }
            Err(not_opened) => {
                let trouble = Trouble::of_not_opened(&not_opened, now);
                let is_too_many = matches!(trouble, Trouble::TooManyConnections(_));
                self.must_forget = is_too_many && self.connection.take_stale();
                self.lose(&trouble, now);
            }
        }
    }

    fn received(&mut self, received: Received<'_>, now: Timestamp, lines: &mut Vec<u8>) {
        match received {
            Received::Text(line) => self.take_line(line, now, lines),
            Received::Binary(_) | Received::Alive => self.hear(now),
            Received::Nothing => self.be_silent(now),
            Received::Closed(reason) => self.lose(&Trouble::Network(reason.into()), now),
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        self.progress.cursor()
    }

    fn health(&self) -> Health {
        match (&self.signed_out, self.budget_spent_until) {
            (Some(words), _) => Health::SignedOut(words.clone()),
            (None, Some(until)) => Health::BudgetSpent(until),
            (None, None) if !self.is_behind => Health::Live,
            (None, None) => match &self.trouble {
                Some(words) if !self.connection.is_open() => Health::Connecting(words.clone()),
                None if !self.connection.is_open() => Health::Connecting("not connected yet".into()),
                _ => Health::CatchingUp,
            },
        }
    }

    fn behind(&self, now: Timestamp) -> Millis {
        if self.is_behind { now.since(self.live_until.max(self.progress.since())) } else { Millis::ZERO }
    }

    fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.gap.take()
    }

    fn take_faults(&mut self) -> u64 {
        std::mem::take(&mut self.faults)
    }
}
