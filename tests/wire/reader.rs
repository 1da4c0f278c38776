//! The shop's reader: what the network delivers is decided, and the cursor stays behind what was decided.

use std::io;
use std::sync::{Arc, Mutex};

use flashtag::actors::collector::{AnswerCollector, Answers, PartitionAnswer};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::post::Post;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::stream::live::{Health, LiveSource, LiveStream, Pace};
use flashtag::intake::stream::{Cursor, PostStream};
use flashtag::networks::{Keep, NotKept, SignIn, SignedNet};
use flashtag::ops::Secret;
use tokio::sync::{Semaphore, oneshot};

use super::faults::Fault;
use super::line::Line;
use super::peer::Peer;
use super::time::Time;
use crate::simulator::node::Node;

/// How often the cursor is stored behind posts of which none mattered.
const CURSOR_INTERVAL: Millis = Millis::from_secs(5);

type Now = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// A client that signs requests.
pub(super) type Signed<P> = SignedNet<Line<P>, KeptToken<P>, Now>;

/// What a sign-in leaves for the next start.
pub(super) struct KeptToken<P> {
    line: Line<P>,
    kept: Arc<Mutex<Option<Vec<u8>>>>,
}

impl<P: Peer> Keep for KeptToken<P> {
    fn kept(&self) -> Result<Option<Secret>, NotKept> {
        Ok(self.kept.lock().expect("no holder panics").clone().map(Secret::new))
    }

    fn keep(&self, renewed: &Secret, _: Timestamp) -> Result<(), NotKept> {
        if self.line.ends().weather.strike(&[Fault::KeepFails]).is_some() {
            return Err(NotKept("no space left on device".into()));
        }
        *self.kept.lock().expect("no holder panics") = Some(renewed.expose().to_vec());
        Ok(())
    }

    fn signed_out(&self, _: &str, _: Timestamp) {}
}

/// A client that signs by `sign_in`, and keeps its tokens there.
pub(super) fn signed<P: Peer>(
    line: &Line<P>,
    time: &Time,
    sign_in: Box<dyn SignIn>,
    kept: &Arc<Mutex<Option<Vec<u8>>>>,
) -> Arc<Signed<P>> {
    let (keep, time) = (KeptToken { line: line.clone(), kept: Arc::clone(kept) }, time.clone());
    let now: Now = Box::new(move || time.engine());
    Arc::new(SignedNet::new(line.clone(), sign_in, keep, now).expect("what was kept can be read"))
}

/// The time of a source. The world lets time pass, so nobody waits here.
pub(super) struct ReaderPace(pub(super) Time);

impl Pace for ReaderPace {
    fn now(&self) -> Timestamp {
        self.0.engine()
    }

    fn wait(&mut self, _: Millis) {}
}

/// Posts that are being decided.
struct Undecided {
    posts: Vec<Post>,
    /// The cursor behind them.
    cursor: Option<String>,
    /// `None` before they are submitted to a node that has room for them.
    answers: Option<oneshot::Receiver<Answers>>,
}

/// The reader of one account.
pub(super) struct Reader<P: Peer> {
    stream: LiveStream<Arc<Signed<P>>, ReaderPace>,
    format: Format,
    prefilter: Prefilter,
    time: Time,
    undecided: Option<Undecided>,
    stored_at: Timestamp,
}

/// What became of a step.
pub(super) enum Read {
    /// Nothing.
    Nothing,
    /// These posts are decided, with their answers; some, or none, mattered.
    Decided(Vec<(Post, Outcome)>),
}

impl<P: Peer> Reader<P> {
    /// Reads `source` for the offers of the node.
    pub(super) fn new(source: Box<dyn LiveSource>, net: Arc<Signed<P>>, time: Time, node: &Node) -> Self {
        let (format, prefilter) = (source.format(), Prefilter::new(&node.catalog));
        let stream = LiveStream::new(source, net, ReaderPace(time.clone()));
        Self { stream, format, prefilter, time, undecided: None, stored_at: Timestamp::MIN }
    }

    /// What an operator sees.
    pub(super) fn health(&self) -> Health {
        self.stream.source().health()
    }

    /// Whether it waits for nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.undecided.is_none()
    }

    /// Posts that cannot come any more.
    pub(super) fn take_gap(&mut self) -> Option<(Timestamp, Timestamp)> {
        self.stream.source_mut().take_gap()
    }

    /// Reads, submits what was read, or takes its answers. Stores the cursor once all before it is decided.
    pub(super) fn step(&mut self, node: &mut Node, stored: &mut Option<String>) -> io::Result<Read> {
        let Some(undecided) = &mut self.undecided else {
            let posts = self.read()?;
            let cursor = self.stream.cursor().as_ref().map(ToString::to_string);
            if posts.is_empty() {
                self.keep(stored, cursor, false);
            } else {
                self.undecided = Some(Undecided { posts, cursor, answers: None });
            }
            return Ok(Read::Nothing);
        };
        let Some(answers) = &mut undecided.answers else {
            let posts = (0..).zip(undecided.posts.iter().cloned()).collect();
            let (collector, answers) = collector(undecided.posts.len());
            node.take(posts, &collector);
            undecided.answers = Some(answers);
            return Ok(Read::Nothing);
        };
        let Ok(answers) = answers.try_recv() else { return Ok(Read::Nothing) };
        // A post without an answer concerns no partition.
        let outcome = |slot: &Option<PartitionAnswer>| {
            slot.as_ref().map_or(Outcome::NotRelevant, |slot| slot.answer.outcome)
        };
        let outcomes: Vec<Outcome> = answers.iter().map(outcome).collect();
        if outcomes.contains(&Outcome::Overloaded) {
            // All are submitted again; what was decided repeats its answer.
            undecided.answers = None;
            return Ok(Read::Nothing);
        }
        let Undecided { posts, cursor, .. } = self.undecided.take().expect("it was looked at");
        let mattered = outcomes.iter().any(|outcome| *outcome != Outcome::NotRelevant);
        self.keep(stored, cursor, mattered);
        Ok(Read::Decided(posts.into_iter().zip(outcomes).collect()))
    }

    fn read(&mut self) -> io::Result<Vec<Post>> {
        let (mut posts, mut counts) = (Vec::new(), LineCounts::default());
        let lines = self.stream.next_chunk()?.unwrap_or_default();
        for (_, line) in self.prefilter.passing_lines(self.format, lines, &mut counts) {
            if let Ok(Decoded::Post(post)) = line.and_then(|line| self.format.decode_live(line)) {
                posts.push(Post { arrived_at: None, ..post });
            }
        }
        Ok(posts)
    }

    /// Stores the cursor: at once if something mattered, else from time to time.
    fn keep(&mut self, stored: &mut Option<String>, cursor: Option<String>, mattered: bool) {
        let now = self.time.engine();
        if cursor.is_some() && (mattered || now.since(self.stored_at) >= CURSOR_INTERVAL) {
            (*stored, self.stored_at) = (cursor, now);
        }
    }
}

/// The cursor of a text that was stored.
pub(super) fn cursor_of(stored: &Option<String>) -> Option<Cursor> {
    stored.as_deref().map(Cursor::from_text)
}

fn collector(posts: usize) -> (Arc<AnswerCollector>, oneshot::Receiver<Answers>) {
    let budget = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("it is free");
    let (collector, answers) = AnswerCollector::new(posts, budget);
    (Arc::new(collector), answers)
}
