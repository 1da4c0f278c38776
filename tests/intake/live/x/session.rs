//! Plays a session with a source: what it must want, and what comes.

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, NotOpened, Opening, Received, Request, Unanswered};
use flashtag::networks::x::snowflake;

/// 2026-11-30T15:00:00Z.
pub(super) const START: i64 = 1_796_050_800_000;

/// What happens at a step.
#[derive(Debug, Clone)]
pub(super) enum Now {
    /// The request has an answer.
    Answer(u16, String),
    /// The request has an answer with a rate limit that ends then.
    Limited(i64),
    /// Nobody answers.
    Silence,
    /// The stream is open.
    Open,
    /// A line comes.
    Line(String),
    /// Nothing comes within the wait.
    Nothing,
    /// The connection ends.
    Cut,
    /// The wait is over.
    Later,
}

/// A source and its clock.
pub(super) struct Session<S> {
    pub(super) source: S,
    pub(super) now: Timestamp,
    pub(super) lines: Vec<u8>,
}

/// An id of that second after the start.
pub(super) fn id(second: i64) -> u64 {
    snowflake::first_at(at(second)) + 5
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_ms(START + second * 1000)
}

impl<S: LiveSource> Session<S> {
    /// Begins with a source.
    pub(super) fn new(source: S) -> Self {
        Self { source, now: at(0), lines: Vec::new() }
    }

    /// Plays steps: each is what the source wants, and what happens then.
    pub(super) fn play(&mut self, steps: &[(&str, Now)]) {
        for (number, (wanted, now)) in steps.iter().enumerate() {
            let step = self.source.next(self.now);
            assert_eq!(&shown(&step), wanted, "step {number} at {}", self.second());
            self.happen(step, now.clone());
        }
    }

    /// What the source wants now.
    pub(super) fn wanted(&mut self) -> String {
        shown(&self.source.next(self.now))
    }

    /// Seconds since the start.
    pub(super) fn second(&self) -> i64 {
        (self.now.ms() - START).div_euclid(1000)
    }

    /// The seconds of the posts that were delivered since the last call, in order.
    pub(super) fn delivered(&mut self) -> Vec<i64> {
        let lines = std::mem::take(&mut self.lines);
        let posts = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
            match Format::X.decode(line) {
                Ok(Decoded::Post(post)) => (post.posted_at.ms() - START).div_euclid(1000),
                other => panic!("{other:?}: {}", String::from_utf8_lossy(line)),
            }
        });
        posts.collect()
    }

    /// The second up to which the cursor says that everything was delivered.
    pub(super) fn cursor(&self) -> Option<i64> {
        let cursor = self.source.cursor()?;
        let text = serde_json::to_value(&cursor).unwrap();
        let id = snowflake::parse(text.as_str().unwrap().strip_prefix("x/").unwrap()).unwrap();
        Some((snowflake::time_of(id).ms() - START).div_euclid(1000))
    }

    fn happen(&mut self, step: Step, happens: Now) {
        let (now, lines) = (self.now, &mut self.lines);
        match (step, happens) {
            (Step::Exchange(_), Now::Answer(status, body)) => {
                self.source.answered(Ok(answer(status, &body)), now, lines);
            }
            (Step::Exchange(_), Now::Limited(second)) => {
                self.source.answered(Ok(limited(second)), now, lines);
            }
            (Step::Exchange(_), Now::Silence) => {
                self.source.answered(Err(Unanswered::Unknown("timeout".into())), now, lines);
            }
            (Step::Open(_), Now::Open) => self.source.opened(Ok(()), now),
            (Step::Open(_), Now::Answer(status, body)) => {
                self.source.opened(Err(NotOpened::Refused(answer(status, &body))), now);
            }
            (Step::Open(_), Now::Silence) => {
                let unanswered = Unanswered::NotSent("no route".into());
                self.source.opened(Err(NotOpened::Unanswered(unanswered)), now);
            }
            (Step::Receive(_), Now::Line(line)) => {
                self.source.received(Received::Text(line.as_bytes()), now, lines);
            }
            (Step::Receive(_), Now::Cut) => self.source.received(Received::Closed("reset"), now, lines),
            (Step::Receive(wait), Now::Nothing) => {
                self.now = now.plus(wait);
                self.source.received(Received::Nothing, self.now, lines);
            }
            (Step::Wait(until), Now::Later) => self.now = until,
            (Step::Close, Now::Later) => {}
            (step, happens) => panic!("{happens:?} cannot happen at {step:?}"),
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, seconds: u32) {
        self.now = self.now.plus(Millis::from_secs(seconds));
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

fn limited(second: i64) -> Answer {
    let reset = (at(second).ms() / 1000).to_string();
    Answer { headers: vec![("x-rate-limit-reset".into(), reset)], ..answer(429, "") }
}

/// A step in words: the address without its fields, and ids as seconds.
pub(super) fn shown(step: &Step) -> String {
    match step {
        Step::Exchange(request) => request_words(request),
        Step::Open(Opening::Lines(request)) => format!("open {}", path(request)),
        Step::Open(Opening::WebSocket(_)) => "open a socket".to_owned(),
        Step::Send(text) => format!("send {text}"),
        Step::Receive(_) => "receive".to_owned(),
        Step::Wait(_) => "wait".to_owned(),
        Step::Close => "close".to_owned(),
    }
}

fn request_words(request: &Request) -> String {
    let mut words = format!("{} {}", request.method.name(), path(request));
    let url = url::Url::parse(&request.url).unwrap();
    for (name, value) in url.query_pairs() {
        match &*name {
            "since_id" => {
                let since = snowflake::time_of(value.parse().unwrap()).ms() - START;
                words.push_str(&format!(" since {}", since.div_euclid(1000)));
            }
            "query" => words.push_str(&format!(" {value}")),
            "pagination_token" | "next_token" => words.push_str(&format!(" page {value}")),
            _ => {}
        }
    }
    if !request.body.is_empty() {
        words.push_str(&format!(" {}", String::from_utf8_lossy(&request.body)));
    }
    words
}

fn path(request: &Request) -> String {
    url::Url::parse(&request.url).unwrap().path().to_owned()
}

/// A post of that second, as X shows it.
pub(super) fn post(second: i64) -> String {
    let created_at = at(second);
    format!(r#"{{"id":"{}","author_id":"9","created_at":"{created_at}","text":"@shop #BuyPot"}}"#, id(second))
}

/// A line of the activity stream.
pub(super) fn event(second: i64) -> Now {
    let users = r#"{"users":[{"id":"9","username":"ana"}]}"#;
    Now::Line(format!(
        r#"{{"data":{{"event_type":"post.mention.create","payload":{},"includes":{users}}}}}"#,
        post(second)
    ))
}

/// A page of posts from these seconds, the newest first, with the token of the next page.
pub(super) fn page(seconds: &[i64], next: &str) -> Now {
    let posts: Vec<String> = seconds.iter().map(|second| post(*second)).collect();
    let next = if next.is_empty() { String::new() } else { format!(r#","next_token":"{next}""#) };
    let data = if posts.is_empty() { String::new() } else { format!(r#""data":[{}],"#, posts.join(",")) };
    Now::Answer(200, format!(r#"{{{data}"meta":{{"result_count":{}{next}}}}}"#, posts.len()))
}

pub(super) fn line(text: &str) -> Now {
    Now::Line(text.to_owned())
}

pub(super) fn refused(status: u16, body: &str) -> Now {
    Now::Answer(status, body.to_owned())
}
