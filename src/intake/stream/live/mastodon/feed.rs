//! One of the account's feeds, as the server's REST routes give it: what was read, and what comes next.

use std::fmt;

use compact_str::{CompactString, ToCompactString};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::line::{self, Line};
use super::raw_json::{elements, fields};
use crate::domain::time::{Millis, Timestamp};
use crate::intake::stream::live::trail::Trail;
use crate::net::Request;
use crate::networks::mastodon::Server;

/// Entries of a page of notifications; servers give no more.
const NOTIFICATIONS: usize = 80;
/// Entries of a page of statuses.
const STATUSES: usize = 40;

/// How far before its position a hashtag is read again, in milliseconds. A status from another server has its id by the
/// time that its author's server claims, so one that federates late stands before others that came earlier.
const STATUSES_OVERLAP_MS: u64 = 300_000;
/// Statuses' ids are milliseconds, shifted by this.
const STATUS_ID_SHIFT: u32 = 16;
/// The smallest id that is such a time: one of 2014. Smaller numbers count the statuses of another kind of server.
const STATUS_ID_MIN: u64 = 1_400_000_000_000 << STATUS_ID_SHIFT;
/// Entries that are read again where ids are a count: two of them may become visible in reverse.
const COUNTED_OVERLAP: u64 = 40;
/// How long an entry may come behind a later one where ids are no numbers, so that they tell neither time nor count. The
/// position follows the newest entry by one to two times this.
const DISORDER: Millis = Millis::from_secs(150);

/// Entries that are read again, and older than this, were delivered when they were new.
const OVERLAP_MOST: Millis = Millis::from_secs(600);

/// The position of a feed that has no entries yet: before all of them.
const BEGINNING: &str = "0";
/// Upper bound on the pages that are read back: what a busy sale posts in a minute or two.
const BACK_PAGES_MOST: usize = 50;

/// Which feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// Mentions of the account, and reposts of its statuses.
    Notifications,
    /// Statuses with a hashtag; the tag is in small letters, without its sign.
    Tag(CompactString),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notifications => f.write_str("notifications"),
            Self::Tag(tag) => write!(f, "#{tag}"),
        }
    }
}

/// A feed.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    /// Which.
    pub(super) name: Name,
    /// The id of the newest entry such that it and all before it are delivered. `None` before the feed's newest entry is
    /// known, from which a source begins that has no cursor.
    position: Option<CompactString>,
    /// The position some minutes ago.
    trail: Trail<CompactString>,
    /// When the last page was read.
    read_at: Timestamp,
    /// In a reading that is under way: the newest entry that was read.
    reached: Option<CompactString>,
    /// In a reading that is under way: the entry behind which it began.
    began_behind: Option<CompactString>,
    /// The entries that were there when a source without a cursor began; no reading delivers them.
    earlier: Vec<CompactString>,
    /// The pages that are read back from the newest one, of a feed of which nothing was read before.
    back: Option<Back>,
    /// Whether the server refused to give it; no other feed is concerned.
    pub(super) is_refused: bool,
}

/// Pages from the newest entry towards the oldest one. Small servers give nothing behind an id that is none of theirs, so
/// what has no position cannot be read forwards.
#[derive(Debug, Clone, Default)]
struct Back {
    /// The posts so far, the oldest first.
    lines: Vec<Line>,
    /// The newest entry.
    newest: Option<CompactString>,
    /// The entry before which the next page ends.
    before: Option<CompactString>,
    /// Pages read.
    pages: usize,
}

/// What a page showed.
#[derive(Debug)]
pub(super) struct Page {
    /// The posts in it, those of a feed's first page left out.
    pub(super) lines: Vec<Line>,
    /// Whether another page follows.
    pub(super) has_more: bool,
    /// Until when posts are left out, which are too many for the server's pages.
    pub(super) lacks_until: Option<Timestamp>,
}

/// The page is not an array of the feed's entries.
#[derive(Debug)]
pub(super) struct NotAPage;

impl Feed {
    pub(super) fn new(name: Name, position: Option<CompactString>) -> Self {
        let trail = Trail::new(position.clone(), DISORDER);
        Self {
            name,
            position,
            trail,
            read_at: Timestamp::MIN,
            reached: None,
            began_behind: None,
            earlier: Vec::new(),
            back: None,
            is_refused: false,
        }
    }

    /// The request for the entries right behind what was read; the oldest of them come first.
    pub(super) fn request(&self, server: &Server) -> Request {
        let (path, most) = match &self.name {
            Name::Notifications => (
                "/api/v1/notifications?types%5B%5D=mention&types%5B%5D=reblog&include_filtered=true"
                    .to_owned(),
                NOTIFICATIONS,
            ),
            Name::Tag(tag) => {
                let tag: String = byte_serialize(tag.as_bytes()).collect();
                (format!("/api/v1/timelines/tag/{tag}?local=false"), STATUSES)
            }
        };
        let (bound, id) = match &self.back {
            Some(back) => ("max_id", back.before.clone()),
            None => ("min_id", self.read_until().filter(|_| !self.is_read_back())),
        };
        let id = id.map(|id| byte_serialize(id.as_bytes()).collect::<String>());
        let within = id.map(|id| format!("&{bound}={id}")).unwrap_or_default();
        Request::get(server.at(&format!("{path}&limit={most}{within}"))).signed()
    }

    /// Whether its first page is the newest one: there is no entry from which it could be read forwards.
    fn is_read_back(&self) -> bool {
        self.reached.is_none() && self.read_until().as_deref() == Some(BEGINNING)
    }

    /// The entry behind which the next page begins.
    fn read_until(&self) -> Option<CompactString> {
        if self.reached.is_some() {
            return self.reached.clone();
        }
        self.resumes_behind().map(|position| self.overlapping(position))
    }

    /// The entry from which a source resumes. A number tells by itself which entries are a little earlier.
    pub(super) fn resumes_behind(&self) -> Option<&CompactString> {
        let is_number = |position: &&CompactString| position.parse::<u64>().is_ok();
        self.position.as_ref().filter(is_number).or_else(|| self.trail.position())
    }

    /// The time of the entry from which a source resumes, where its id tells.
    pub(super) fn resumes_at(&self) -> Option<Timestamp> {
        let id = self.resumes_behind()?.parse::<u64>().ok().filter(|id| *id >= STATUS_ID_MIN)?;
        let ms = i64::try_from(id >> STATUS_ID_SHIFT).ok()?;
        (self.name != Name::Notifications).then(|| Timestamp::from_ms(ms))
    }

    /// Whether it has a position, or the server does not give it.
    pub(super) fn has_begun(&self) -> bool {
        self.position.is_some() || self.is_refused
    }

    /// A position some entries earlier, where ids tell which that is.
    fn overlapping(&self, position: &str) -> CompactString {
        let Ok(number) = position.parse::<u64>() else { return position.into() };
        let earlier = match self.name {
            Name::Notifications => number.saturating_sub(COUNTED_OVERLAP),
            Name::Tag(_) if number < STATUS_ID_MIN => number.saturating_sub(COUNTED_OVERLAP),
            Name::Tag(_) => number - (STATUSES_OVERLAP_MS << STATUS_ID_SHIFT),
        };
        earlier.to_compact_string()
    }

    /// Reads a page. [`Self::settle`] takes the position on, once the lines are delivered.
    pub(super) fn read(&mut self, server: &Server, body: &[u8], now: Timestamp) -> Result<Page, NotAPage> {
        self.read_at = now;
        let entries = elements(str::from_utf8(body).map_err(|_| NotAPage)?).ok_or(NotAPage)?;
        let newest = entries.iter().filter_map(|entry| id_of(entry)).reduce(newer);
        let Some(position) = &self.position else {
            self.earlier = entries.iter().filter_map(|entry| id_of(entry)).collect();
            self.reached = Some(newest.unwrap_or_else(|| BEGINNING.into()));
            return Ok(Page { lines: Vec::new(), has_more: false, lacks_until: None });
        };
        let is_old = |entry: &str, line: &Line| {
            let Some(id) = id_of(entry) else { return false };
            let is_before = newer(id.clone(), position.clone()) == *position;
            let is_long_ago = line.posted_at.is_some_and(|at| at.plus(OVERLAP_MOST) < now);
            self.earlier.contains(&id) || (is_before && is_long_ago)
        };
        let line = |entry: &&str| self.line(server, entry).filter(|line| !is_old(entry, line));
        // The newest entry stands first, and of posts with one time the earlier one is to come first.
        let lines: Vec<Line> = entries.iter().rev().filter_map(line).collect();
        let full = entries.len() >= if self.name == Name::Notifications { NOTIFICATIONS } else { STATUSES };
        if self.is_read_back() {
            let oldest = entries.last().and_then(|entry| id_of(entry)).filter(|_| full);
            return Ok(self.read_back(lines, newest, oldest));
        }
        let (before, is_first) = (self.read_until(), self.reached.is_none());
        let reached = newest.into_iter().chain(before.clone()).reduce(newer);
        // A server that does not know `min_id` gives the newest page, and the same one again.
        let has_more = full && reached != before;
        let is_again = full && !is_first && !has_more;
        let lacks_until = if is_again { self.lacks_before(server, &entries) } else { None };
        if is_first {
            self.began_behind.clone_from(&self.position);
        }
        self.reached = reached;
        Ok(Page { lines, has_more, lacks_until })
    }

    /// The time of the oldest entry of the newest page, if others may stand between it and what was read before.
    fn lacks_before(&self, server: &Server, entries: &[&str]) -> Option<Timestamp> {
        let (oldest, began) = (id_of(entries.last()?)?, self.began_behind.as_ref()?);
        let is_there = entries.iter().any(|entry| id_of(entry).as_ref() == Some(began));
        let is_number = began.parse::<u64>().is_ok();
        let reaches_back = is_there || (is_number && newer(began.clone(), oldest) == *began);
        let oldest_at = entries.iter().rev().find_map(|entry| self.line(server, entry)?.posted_at);
        oldest_at.filter(|_| !reaches_back)
    }

    /// Takes a page that is read back; `oldest` is its last entry, if others may stand before that.
    fn read_back(
        &mut self,
        lines: Vec<Line>,
        newest: Option<CompactString>,
        oldest: Option<CompactString>,
    ) -> Page {
        let mut back = self.back.take().unwrap_or_default();
        back.lines.splice(0..0, lines);
        back.newest = back.newest.or(newest);
        back.pages += 1;
        // A server that does not know `max_id` gives the same page again.
        let goes_on = oldest.is_some() && oldest != back.before;
        if goes_on && back.pages < BACK_PAGES_MOST {
            back.before = oldest;
            self.back = Some(back);
            return Page { lines: Vec::new(), has_more: true, lacks_until: None };
        }
        self.reached = Some(back.newest.unwrap_or_else(|| BEGINNING.into()));
        let lacks_until = back.lines.iter().find_map(|line| line.posted_at).filter(|_| goes_on);
        Page { lines: back.lines, has_more: false, lacks_until }
    }

    fn line(&self, server: &Server, entry: &str) -> Option<Line> {
        match self.name {
            Name::Notifications => notified(server, entry),
            Name::Tag(_) => line::status(server, entry, None),
        }
    }

    /// Everything that was read is delivered. What was read again does not take the position back.
    pub(super) fn settle(&mut self) {
        let reached = self.reached.clone().into_iter().chain(self.position.take()).reduce(newer);
        if let Some(position) = &reached {
            self.trail.follow(position, self.read_at);
        }
        self.position = reached;
    }

    /// The reading is over; the next one begins behind the position.
    pub(super) fn end_reading(&mut self) {
        (self.reached, self.began_behind, self.back) = (None, None, None);
    }
}

/// The post that a notification is about; `None` if it is about none.
pub(super) fn notified(server: &Server, notification: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Head {
        id: CompactString,
        #[serde(rename = "type")]
        kind: CompactString,
        created_at: CompactString,
    }
    let Head { id, kind, created_at } = serde_json::from_str(notification).ok()?;
    let at: Timestamp = created_at.parse().ok()?;
    let fields = fields(notification)?;
    let value = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value);
    match kind.as_str() {
        "mention" => line::status(server, value("status")?, Some(at)),
        "reblog" => line::repost(server, &id, value("account")?, value("status")?, at),
        _ => None,
    }
}

fn id_of(entry: &str) -> Option<CompactString> {
    #[derive(Deserialize)]
    struct Entry {
        id: CompactString,
    }
    serde_json::from_str(entry).ok().map(|Entry { id }| id)
}

/// The newer of two ids, the first of which stands before the other in a page. Ids are numbers on most servers; where
/// they are not, the newest stands first.
fn newer(first: CompactString, other: CompactString) -> CompactString {
    match (first.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(two)) if two > one => other,
        _ => first,
    }
}
