//! The thread that follows the events of the card processor.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select};
use tokio::runtime::Runtime;

use super::follower::{EventFollower, NotFollowed, ObjectionNotes};
use crate::actors::node::{Node, ObjectionNoted};
use crate::actors::port::Overloaded;
use crate::engine::card_processor::CardProcessor;
use crate::engine::side_thread::SideThread;
use crate::ops::OpsDatabase;
use crate::outbox::instance_id::InstanceId;
use crate::outbox::provider::stripe::FoundObjection;
use crate::telemetry::objections::card_events_behind;

/// How often the list of events is read.
const CATCH_UP_EVERY: Duration = Duration::from_secs(300);

/// How long to wait after it could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// The running thread.
pub(crate) struct CardEvents(SideThread);

/// What the thread needs.
pub(crate) struct Following {
    pub(crate) processor: CardProcessor,
    pub(crate) node: Arc<Node>,
    pub(crate) database: OpsDatabase,
    pub(crate) instance: InstanceId,
    /// Ids of events that webhooks named; `None` for a shop without an endpoint.
    pub(crate) hints: Option<Receiver<String>>,
}

impl CardEvents {
    /// Begins to follow.
    pub(crate) fn start(following: Following) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        SideThread::start("card-events", move |stopping| following.run(&runtime, stopping)).map(Self)
    }

    /// Ends it. What it has not followed is followed at the next start.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

struct Notes<'r> {
    node: &'r Node,
    runtime: &'r Runtime,
}

impl ObjectionNotes for Notes<'_> {
    fn note(&self, found: FoundObjection) -> Result<ObjectionNoted, Overloaded> {
        let FoundObjection { order, payment, objection } = found;
        self.runtime.block_on(self.node.note_objection(&order, payment, objection))
    }
}

impl Following {
    fn run(self, runtime: &Runtime, stopping: &Receiver<()>) {
        let Self { processor, node, database, instance, hints } = self;
        let hints = hints.unwrap_or_else(never);
        let notes = Notes { node: &node, runtime };
        let (api, http, notes) = (&processor.api, &*processor.http, &notes as &dyn ObjectionNotes);
        let follower = EventFollower { api, http, memory: &database, instance, notes };
        let clock = node.clock();
        let running = || Duration::from_micros(clock.elapsed_us());
        let (mut due, mut caught_up) = (running(), running());
        loop {
            if running() >= due {
                let result = follower.catch_up(clock.arrival().at).map(drop);
                caught_up = if result.is_ok() { running() } else { caught_up };
                card_events_behind().set(running().saturating_sub(caught_up).as_secs_f64());
                due = running() + next(result);
            }
            select! {
                recv(stopping) -> _ => return,
                recv(hints) -> hint => match hint {
                    Ok(id) => {
                        let result = follower.follow_hint(&id).map(drop);
                        // What fails is in the list as well, which is then read sooner.
                        due = due.min(running() + next(result));
                    }
                    // The endpoint is gone: the process stops.
                    Err(_) => return,
                },
                default(due.saturating_sub(running())) => {}
            }
        }
    }
}

/// When the list is read again.
fn next(result: Result<(), NotFollowed>) -> Duration {
    match result {
        Ok(()) => CATCH_UP_EVERY,
        Err(why) => {
            tracing::error!(
                "the card processor's events wait: {why}; `flashtag check --providers` says what is missing"
            );
            RETRY_AFTER
        }
    }
}
