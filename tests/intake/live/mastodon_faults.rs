//! A Mastodon server of the test's own, with every fault of a network: cuts, refusals, limits, events that the stream
//! drops, posts that come late, and kills of the engine. Whatever the order, each post is delivered, and the cursor
//! never passes one that is not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use flashtag::intake::stream::live::{Health, LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};
use flashtag::networks::mastodon::Server;

use super::mastodon::{mention, status};
use crate::test_rng::TestRng;

const START_MS: i64 = 1_796_050_800_000;

/// A server with one account's notifications and the statuses of one hashtag.
struct World {
    rng: TestRng,
    now: Timestamp,
    /// Statuses by notification.
    notifications: BTreeMap<u64, (u64, i64)>,
    /// Statuses with the tag, and their seconds.
    tagged: BTreeMap<u64, i64>,
    /// What the stream will bring; `None` if no connection is open.
    stream: Option<VecDeque<String>>,
    /// Whether anything fails.
    is_faulty: bool,
    /// Statuses whose delivery is owed.
    owed: BTreeSet<u64>,
    delivered: BTreeSet<u64>,
    /// Statuses that stand before others which came earlier.
    late: BTreeSet<u64>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            rng: TestRng::new(seed),
            now: Timestamp::from_ms(START_MS),
            notifications: BTreeMap::new(),
            tagged: BTreeMap::new(),
            stream: None,
            is_faulty: true,
            owed: BTreeSet::new(),
            delivered: BTreeSet::new(),
            late: BTreeSet::new(),
        };
        // What was there before the first start is owed to nobody.
        for _ in 0..world.rng.below(4) {
            world.post();
        }
        world.owed.clear();
        world
    }

    fn second(&self) -> i64 {
        (self.now.ms() - START_MS) / 1000
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.rng.below(bound) == 0
    }

    /// Posts a status with a mention or the tag, or with both.
    fn post(&mut self) {
        // A status of another server, which comes late, has an id by the time that is claimed for it.
        let late_ms = if self.one_in(5) { self.rng.below(120_000) as u64 } else { 0 };
        let kind = self.rng.below(3);
        let mut id = (self.now.ms().unsigned_abs() - late_ms) << 16;
        while self.tagged.contains_key(&id) || self.notifications.values().any(|(status, _)| *status == id) {
            id += 1;
        }
        if late_ms > 0 {
            self.late.insert(id);
        }
        let second = self.second();
        self.owed.insert(id);
        let text = status(&id.to_string(), second);
        if kind < 2 {
            let notification = self.notifications.last_key_value().map_or(7, |(last, _)| last + 1 + id % 3);
            self.notifications.insert(notification, (id, second));
            self.say("notification", &mention(&notification.to_string(), &text, second));
        }
        if kind > 0 {
            self.tagged.insert(id, second);
            self.say("update", &text);
        }
    }

    /// Says something on the stream, unless the server drops it.
    fn say(&mut self, event: &str, payload: &str) {
        let is_dropped = self.is_faulty && self.one_in(6);
        let text = serde_json::json!({ "event": event, "payload": payload }).to_string();
        if let Some(stream) = self.stream.as_mut().filter(|_| !is_dropped) {
            stream.push_back(text);
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, Unanswered> {
        if self.is_faulty && self.one_in(4) {
            let reset = self.now.plus(Millis::from_secs(self.rng.below(100) as u32)).to_string();
            let answer = |status| Answer { status, headers: Vec::new(), body: b"[]".to_vec() };
            return match self.rng.below(5) {
                0 => Err(Unanswered::Unknown("late".into())),
                1 => Err(Unanswered::NotSent("down".into())),
                2 => Ok(answer(503)),
                3 => Ok(Answer { headers: vec![("x-ratelimit-reset".into(), reset)], ..answer(429) }),
                _ => Ok(Answer { body: b"<html>".to_vec(), ..answer(200) }),
            };
        }
        let (path, query) = request.url.split_once('?').unwrap();
        let of = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.parse::<u64>().ok());
        let limit = of("limit=").unwrap() as usize;
        let within = (of("min_id="), of("max_id=").unwrap_or(u64::MAX));
        let entries: Vec<String> = if path.ends_with("/notifications") {
            let page = page(&self.notifications, limit, within);
            page.map(|(id, (status_id, second))| {
                mention(&id.to_string(), &status(&status_id.to_string(), *second), *second)
            })
            .collect()
        } else {
            let page = page(&self.tagged, limit, within);
            page.map(|(id, second)| status(&id.to_string(), *second)).collect()
        };
        let body = format!("[{}]", entries.join(",")).into_bytes();
        Ok(Answer { status: 200, headers: vec![("x-ratelimit-remaining".into(), "200".into())], body })
    }

    /// Takes one step of the source.
    fn step(&mut self, source: &mut MastodonSource) {
        let mut lines = Vec::new();
        match source.next(self.now) {
            Step::Exchange(request) => {
                let answer = self.answer(&request);
                self.pass(200);
                source.answered(answer, self.now, &mut lines);
            }
            Step::Open(opening) => {
                self.pass(300);
                let fault = self.rng.below(12);
                let refused = |status| {
                    Err(NotOpened::Refused(Answer { status, headers: Vec::new(), body: Vec::new() }))
                };
                let opened = match fault {
                    0 if self.is_faulty => refused(503),
                    1 if self.is_faulty => refused(401),
                    2 if self.is_faulty => Err(NotOpened::Unanswered(Unanswered::NotSent("down".into()))),
                    // The other way, where the WebSocket brought nothing: this server has none.
                    _ if matches!(opening, Opening::Lines(_)) => refused(404),
                    _ => Ok(()),
                };
                self.stream = opened.is_ok().then(VecDeque::new);
                source.opened(opened, self.now);
            }
            Step::Send(_) => {}
            Step::Close => self.stream = None,
            Step::Wait(until) => self.pass(until.since(self.now).ms().min(20_000)),
            Step::Receive(wait) => self.receive(source, wait, &mut lines),
        }
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: serde_json::Value = serde_json::from_slice(line).unwrap();
            let id = line["id"].as_str().unwrap().strip_prefix("a.example/").unwrap().parse().unwrap();
            self.delivered.insert(id);
        }
    }

    fn receive(&mut self, source: &mut MastodonSource, wait: Millis, lines: &mut Vec<u8>) {
        let is_cut = self.is_faulty && self.one_in(30);
        match self.stream.as_mut().map(VecDeque::pop_front) {
            _ if is_cut => {
                self.stream = None;
                source.received(Received::Closed("cut"), self.now, lines);
            }
            None => source.received(Received::Closed("closed"), self.now, lines),
            Some(Some(text)) => source.received(Received::Text(text.as_bytes()), self.now, lines),
            Some(None) => {
                self.pass(wait.ms().min(10_000));
                // A connection can be dead without a word.
                let is_alive = !self.is_faulty || !self.one_in(3);
                source.received(if is_alive { Received::Alive } else { Received::Nothing }, self.now, lines);
            }
        }
    }

    /// Lets time pass, in which others post.
    fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(Millis::from_ms(ms));
        if self.is_faulty && self.one_in(4) {
            for _ in 0..=self.rng.below(6) {
                self.post();
            }
        }
    }

    /// No undelivered post stands before the cursor, but one that came after it was set: another server's, late.
    fn check(&self, cursor: Option<&Cursor>, before: &BTreeSet<u64>) {
        let Some(cursor) = cursor else { return };
        let text: String = serde_json::from_value(serde_json::to_value(cursor).unwrap()).unwrap();
        let cursor: serde_json::Value = serde_json::from_str(&text).unwrap();
        let position = |value: &serde_json::Value| value.as_str().map_or(0, |id| id.parse::<u64>().unwrap());
        let missing =
            |id: &u64| self.owed.contains(id) && before.contains(id) && !self.delivered.contains(id);
        let until = position(&cursor["notifications"]);
        let passed = self.notifications.range(..=until).find(|(_, (id, _))| missing(id));
        assert_eq!(passed, None, "{text}");
        let until = position(&cursor["tags"]["pot"]);
        let in_order = self.tagged.range(..=until).find(|(id, _)| missing(id) && !self.late.contains(id));
        assert_eq!(in_order, None, "{text}");
    }
}

/// The newest entries before an id, or those right behind another one; the newest first, as Mastodon gives them.
fn page<T>(
    entries: &BTreeMap<u64, T>,
    limit: usize,
    (after, before): (Option<u64>, u64),
) -> impl Iterator<Item = (&u64, &T)> {
    let mut page: Vec<_> = match after {
        Some(after) => entries.range(after + 1..before).take(limit).collect(),
        None => entries.range(..before).rev().take(limit).collect(),
    };
    page.sort_by(|one, two| two.0.cmp(one.0));
    page.into_iter()
}

fn resumed(cursor: Option<&Cursor>, seed: u64) -> MastodonSource {
    let server = Server::parse("https://a.example").unwrap();
    let (transport, tags) = (Transport::WebSocket, vec!["pot".into()]);
    let settings = Settings { server, streaming: None, transport, notifications: true, tags, seed };
    MastodonSource::new(settings, cursor).unwrap()
}

fn play(seed: u64) {
    let mut world = World::new(seed);
    let mut source = resumed(None, seed);
    // What is posted before the source knows where the feeds are is owed to nobody.
    for _ in 0..10_000 {
        world.step(&mut source);
        if source.health() == Health::Live {
            break;
        }
        world.owed.clear();
    }
    let mut stored = source.cursor();
    let steps = 200 + world.rng.below(400);
    for _ in 0..steps {
        let before = world.owed.clone();
        world.step(&mut source);
        let cursor = source.cursor();
        world.check(cursor.as_ref(), &before);
        if world.one_in(3) {
            stored = cursor;
        }
        if world.one_in(100) {
            world.stream = None;
            source = resumed(stored.as_ref(), seed);
        }
    }
    world.is_faulty = false;
    let quiet_at = world.now.plus(Millis::from_secs(300));
    for _ in 0..10_000 {
        world.step(&mut source);
        if world.now >= quiet_at && source.health() == Health::Live {
            break;
        }
    }
    assert_eq!(source.health(), Health::Live, "seed {seed}");
    let lost: Vec<_> = world.owed.difference(&world.delivered).collect();
    assert!(lost.is_empty(), "seed {seed}: {lost:?} of {}", world.owed.len());
}

#[test]
fn every_post_is_delivered_whatever_fails_and_the_cursor_passes_none() {
    for seed in 0..40 {
        play(seed);
    }
}
