//! A network with delays and faults: every post is delivered at least once, and no cursor is behind an undelivered post.

use std::collections::BTreeSet;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::x::{Activity, ActivityOptions, Filtered, FilteredOptions, XSource};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Received, Request, Unanswered};
use flashtag::networks::x::{Api, snowflake};
use proptest::collection::vec;
use proptest::prelude::*;

use super::session::{START, at};

/// How long posts and faults last, in seconds.
const BUSY: i64 = 1_500;
/// How long it is calm afterwards: longer than the longest wait.
const CALM: i64 = 2_400;
/// Posts in a page; few, so that there are several.
const PAGE: usize = 3;

/// Makes the source under test, from a cursor on.
type Make = fn(Option<&Cursor>) -> Box<dyn LiveSource>;

fn activity(cursor: Option<&Cursor>) -> Box<dyn LiveSource> {
    let options = ActivityOptions {
        api: Api::new("https://x.example"),
        account: "77".to_owned(),
        is_app_owned: false,
        app_token: None,
    };
    Box::new(XSource::new(Activity::new(options), cursor, 3))
}

fn filtered(cursor: Option<&Cursor>) -> Box<dyn LiveSource> {
    let options = FilteredOptions {
        api: Api::new("https://x.example"),
        mentioning: None,
        rule_tag: "flashtag".to_owned(),
    };
    let mut source = XSource::new(Filtered::new(options), cursor, 3);
    source.set_tags(&["BuyPot".to_owned()]);
    Box::new(source)
}

/// A post, and when it shows on the stream and in pages.
#[derive(Debug, Clone, Copy)]
struct Shown {
    id: u64,
    streamed_at: Timestamp,
    paged_at: Timestamp,
}

/// The open connection.
#[derive(Debug, Clone, Copy)]
struct Wire {
    /// What streamed before was delivered, or streamed before it was open.
    heard_to: Timestamp,
    /// Whether nothing comes any more, although it is open.
    is_deaf: bool,
}

struct World {
    posts: Vec<Shown>,
    faults: Vec<u8>,
    drawn: usize,
    now: Timestamp,
    wire: Option<Wire>,
    delivered: BTreeSet<u64>,
}

impl World {
    fn new(posts: &[(u32, u32, u32)], delay_most: u32, faults: Vec<u8>) -> Self {
        let posts = posts.iter().enumerate().map(|(number, (made, streamed, paged))| {
            let made = at(0).plus(Millis::from_ms(i64::from(*made) % (BUSY * 1_000)));
            let delay = |delay: u32| Millis::from_ms(i64::from(delay % (delay_most * 1_000)));
            let id = snowflake::first_at(made) + number as u64;
            Shown { id, streamed_at: made.plus(delay(*streamed)), paged_at: made.plus(delay(*paged)) }
        });
        let posts = posts.collect();
        Self { posts, faults, drawn: 0, now: at(0), wire: None, delivered: BTreeSet::new() }
    }

    /// The next fault; 0 is none, and so is everything once it is calm.
    fn fault(&mut self) -> u8 {
        let fault = self.faults.get(self.drawn % self.faults.len().max(1)).copied().unwrap_or(0);
        self.drawn += 1;
        if self.now < at(BUSY) { fault } else { 0 }
    }

    fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(Millis::from_ms(ms));
    }

    /// Plays until everything is calm.
    fn play(&mut self, make: Make) {
        let mut source = make(None);
        while self.now < at(BUSY + CALM) {
            let mut lines = Vec::new();
            self.step(&mut *source, &mut lines);
            self.take(&lines);
            self.check(source.cursor().as_ref());
            match self.fault() {
                21 => {
                    let cursor = source.cursor();
                    source = make(cursor.as_ref());
                    self.wire = None;
                }
                22 => source.set_budget(Some(self.now.plus(Millis::from_secs(90)))),
                _ => {}
            }
        }
        let missing: Vec<&Shown> =
            self.posts.iter().filter(|post| !self.delivered.contains(&post.id)).collect();
        assert!(missing.is_empty(), "never delivered: {missing:?}");
    }

    fn step(&mut self, source: &mut dyn LiveSource, lines: &mut Vec<u8>) {
        match source.next(self.now) {
            Step::Exchange(request) => {
                self.pass(200);
                let answer = self.answer(&request);
                source.answered(answer, self.now, lines);
            }
            Step::Open(_) => {
                self.pass(200);
                let opened = self.open();
                source.opened(opened, self.now);
            }
            Step::Receive(wait) => self.receive(wait, source, lines),
            Step::Wait(until) => self.now = until.max(self.now.plus(Millis::from_ms(1))),
            Step::Close => self.wire = None,
            Step::Send(text) => panic!("nothing is sent: {text}"),
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, Unanswered> {
        match self.fault() {
            1 => return Err(Unanswered::Unknown("timeout".into())),
            2 => return Ok(answer(500, "")),
            3 => return Ok(answer(429, "")),
            4 => return Ok(answer(200, "<html>")),
            _ => {}
        }
        let url = url::Url::parse(&request.url).unwrap();
        let field = |name: &str| {
            url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        match (request.method.name(), url.path()) {
            ("GET", "/2/users/77/mentions") => Ok(self.page(&field("since_id"), &field("pagination_token"))),
            ("GET", "/2/tweets/search/recent") => Ok(self.page(&field("since_id"), &field("next_token"))),
            ("GET", "/2/tweets/search/stream/rules") => {
                Ok(answer(200, r##"{"data":[{"id":"1","value":"#buypot -is:retweet","tag":"flashtag"}]}"##))
            }
            ("GET", "/2/activity/subscriptions") => Ok(answer(200, "{}")),
            ("POST", "/2/activity/subscriptions") => Ok(answer(409, "{}")),
            ("DELETE", "/2/connections/all") => Ok(answer(200, "{}")),
            other => panic!("{other:?}"),
        }
    }

    /// The newest posts behind `since` and before the token.
    fn page(&self, since: &Option<String>, token: &Option<String>) -> Answer {
        let since: u64 = since.as_ref().unwrap().parse().unwrap();
        let before: u64 = token.as_ref().map_or(u64::MAX, |token| token.parse().unwrap());
        let shows = |post: &&Shown| post.paged_at <= self.now && post.id > since && post.id < before;
        let mut posts: Vec<u64> = self.posts.iter().filter(shows).map(|post| post.id).collect();
        posts.sort_unstable_by(|a, b| b.cmp(a));
        let more = posts.len() > PAGE;
        posts.truncate(PAGE);
        let next = posts.last().filter(|_| more).map(|last| format!(r#","next_token":"{last}""#));
        let data: Vec<String> = posts.iter().map(|id| post(*id)).collect();
        let (data, next) = (data.join(","), next.unwrap_or_default());
        answer(200, &format!(r#"{{"data":[{data}],"meta":{{"result_count":1{next}}}}}"#))
    }

    fn open(&mut self) -> Result<(), NotOpened> {
        match self.fault() {
            5 => Err(NotOpened::Refused(answer(503, ""))),
            6 => Err(NotOpened::Refused(answer(429, r#"{"connection_issue":"TooManyConnections"}"#))),
            7 => Err(NotOpened::Unanswered(Unanswered::NotSent("no route".into()))),
            8 => Err(NotOpened::Refused(answer(403, ""))),
            _ => {
                self.wire = Some(Wire { heard_to: self.now, is_deaf: false });
                Ok(())
            }
        }
    }

    fn receive(&mut self, wait: Millis, source: &mut dyn LiveSource, lines: &mut Vec<u8>) {
        let fault = self.fault();
        let mut wire = self.wire.expect("the source receives on an open connection only");
        wire.is_deaf |= fault == 9;
        self.wire = Some(wire);
        if fault == 10 {
            self.wire = None;
            return source.received(Received::Closed("reset"), self.now, lines);
        }
        if fault == 11 {
            return source.received(Received::Text(br#"{"data":{"id":"21"#), self.now, lines);
        }
        let next = self.posts.iter().filter(|post| post.streamed_at > wire.heard_to);
        let next = next.min_by_key(|post| (post.streamed_at, post.id)).copied();
        let until = self.now.plus(wait);
        match next.filter(|post| post.streamed_at <= until && !wire.is_deaf) {
            Some(shown) => {
                // Posts of the same instant come together.
                let same: Vec<u64> = self
                    .posts
                    .iter()
                    .filter(|post| post.streamed_at == shown.streamed_at)
                    .map(|post| post.id)
                    .collect();
                self.now = self.now.max(shown.streamed_at);
                self.wire = Some(Wire { heard_to: shown.streamed_at, ..wire });
                for id in same {
                    let line = format!(r#"{{"data":{}}}"#, post(id));
                    source.received(Received::Text(line.as_bytes()), self.now, lines);
                }
            }
            None if wire.is_deaf => {
                self.now = until;
                source.received(Received::Nothing, self.now, lines);
            }
            None => {
                self.pass(wait.ms().min(15_000));
                source.received(Received::Text(b""), self.now, lines);
            }
        }
    }

    fn take(&mut self, lines: &[u8]) {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match Format::X.decode(line) {
                Ok(Decoded::Post(post)) => {
                    self.delivered.insert(post.id.to_string().parse().unwrap());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn check(&self, cursor: Option<&Cursor>) {
        let Some(cursor) = cursor else { return };
        let text = serde_json::to_value(cursor).unwrap();
        let complete_to: u64 = text.as_str().unwrap().strip_prefix("x/").unwrap().parse().unwrap();
        let missing =
            self.posts.iter().find(|post| post.id <= complete_to && !self.delivered.contains(&post.id));
        assert!(missing.is_none(), "the cursor {complete_to} is behind {missing:?} at {}", self.now);
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

fn post(id: u64) -> String {
    let created_at = snowflake::time_of(id);
    format!(r#"{{"id":"{id}","author_id":"9","created_at":"{created_at}","text":"@shop #BuyPot"}}"#)
}

/// Faults are rare enough for something to happen between them.
fn faults() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![6 => Just(0_u8), 1 => 1_u8..=11, 1 => 21_u8..=22], 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_mention_is_delivered(posts in vec((any::<u32>(), any::<u32>(), any::<u32>()), 0..60), faults in faults()) {
        World::new(&posts, 29, faults).play(activity);
    }

    #[test]
    fn every_post_with_a_tag_is_delivered(posts in vec((any::<u32>(), any::<u32>(), any::<u32>()), 0..60), faults in faults()) {
        World::new(&posts, 59, faults).play(filtered);
    }

    #[test]
    fn no_bytes_panic(
        bytes in vec((any::<u8>(), vec(any::<u8>(), 0..40)), 1..80),
        shaped in vec(r#"\{"(data|errors|meta|title)":(\[\{"id":"[0-9]{0,22}"\}\]|\{"payload":\{"id":7\}\}|null|"x")\}"#, 1..20),
    ) {
        for make in [activity as Make, filtered] {
            let (mut source, mut now) = (make(None), Timestamp::from_ms(START));
            for (number, (kind, bytes)) in bytes.iter().enumerate() {
                let body = if kind % 2 == 0 { bytes.clone() } else { shaped[number % shaped.len()].clone().into_bytes() };
                let mut lines = Vec::new();
                let reply = answer([200, 201, 401, 403, 409, 429, 500][usize::from(kind % 7)], "");
                let reply = Answer { body: body.clone(), ..reply };
                match source.next(now) {
                    Step::Exchange(_) => source.answered(Ok(reply), now, &mut lines),
                    Step::Open(_) if kind % 3 == 0 => source.opened(Err(NotOpened::Refused(reply)), now),
                    Step::Open(_) => source.opened(Ok(()), now),
                    Step::Receive(_) => source.received(Received::Text(&body), now, &mut lines),
                    Step::Wait(until) => now = until,
                    Step::Send(_) | Step::Close => {}
                }
                now = now.plus(Millis::from_ms(i64::from(*kind)));
                let _ = (source.cursor(), source.health(), source.behind(now), source.take_gap(), source.take_cost());
            }
        }
    }
}
