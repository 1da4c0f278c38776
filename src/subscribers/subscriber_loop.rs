//! The work of a subscriber's thread: applies durable records, waits for more, and retries after failures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never, select};

use super::error::SubscriberError;
use super::follow::{Follow, Step};
use super::positions::DurablePositions;
use crate::journal::LogStore;

/// The pause after a wake-up, in which more records gather: bounds how often a subscriber writes.
const GATHER: Duration = Duration::from_millis(5);

/// How long applied records may stay unsynced. Until they are synced, their segments are kept.
const SYNC_AFTER: Duration = Duration::from_secs(1);

/// The wait after the first failure; it doubles each time.
const RETRY_FIRST: Duration = Duration::from_millis(500);

/// The longest such wait.
const RETRY_MOST: Duration = Duration::from_secs(30);

/// A subscriber with its wake-up channel.
pub struct SubscriberLoop<S> {
    follow: Follow<S>,
    durable: Arc<DurablePositions>,
    woken: Receiver<()>,
    /// Fires when applied records must be synced; `None` if they are, or must be now.
    sync_timer: Option<Receiver<Instant>>,
    sync_is_due: bool,
    /// The wait after the next failure.
    retry: Duration,
}

impl<S: LogStore> SubscriberLoop<S> {
    /// Creates the loop. `woken` gets a message when more is durable.
    #[must_use]
    pub fn new(follow: Follow<S>, durable: Arc<DurablePositions>, woken: Receiver<()>) -> Self {
        Self { follow, durable, woken, sync_timer: None, sync_is_due: false, retry: RETRY_FIRST }
    }

    /// The subscriber's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.follow.status().name()
    }

    /// Follows until nothing becomes durable any more and everything is applied, or fails.
    pub fn run(mut self) {
        loop {
            // Read before the step, so that the step then finds everything.
            let finishing = self.durable.is_finishing();
            match self.step(finishing) {
                Ok(Step::Applied) => {}
                Ok(Step::CaughtUp) if finishing => return,
                Ok(Step::CaughtUp) => {
                    self.succeeded();
                    self.wait();
                }
                Err(error) => {
                    self.failed(&error, finishing);
                    if finishing {
                        return;
                    }
                    self.wait_to_retry();
                }
            }
        }
    }

    fn step(&mut self, finishing: bool) -> Result<Step, SubscriberError> {
        let step = self.follow.step()?;
        let ends = finishing && step == Step::CaughtUp;
        self.sync_is_due |= self.sync_timer.as_ref().is_some_and(|timer| timer.try_recv().is_ok());
        if ends || self.sync_is_due {
            (self.sync_timer, self.sync_is_due) = (None, false);
            self.follow.sync()?;
        } else if step == Step::Applied && self.sync_timer.is_none() {
            self.sync_timer = Some(after(SYNC_AFTER));
        }
        Ok(step)
    }

    /// Waits until more is durable, or a sync is due.
    fn wait(&mut self) {
        let timer = self.sync_timer.clone().unwrap_or_else(never);
        select! {
            recv(self.woken) -> _ => std::thread::sleep(GATHER),
            recv(timer) -> _ => self.sync_is_due = true,
        }
    }

    /// Waits until the next attempt, or the end.
    fn wait_to_retry(&mut self) {
        let due = after(self.retry);
        self.retry = (self.retry * 2).min(RETRY_MOST);
        while !self.durable.is_finishing() {
            select! {
                recv(self.woken) -> _ => {}
                recv(due) -> _ => return,
            }
        }
    }

    fn succeeded(&mut self) {
        if self.retry > RETRY_FIRST {
            self.retry = RETRY_FIRST;
            tracing::warn!(subscriber = self.name(), "the subscriber goes on; it has everything now");
        }
    }

    fn failed(&mut self, error: &SubscriberError, finishing: bool) {
        (self.sync_timer, self.sync_is_due) = (None, false);
        self.follow.status().meters.failures.increment(1);
        let (subscriber, retry) = (self.name(), self.retry);
        if finishing {
            tracing::error!(subscriber, %error, "the subscriber is behind; it goes on after the next start");
        } else {
            tracing::error!(subscriber, %error, ?retry, "the subscriber is behind and tries again; the sale goes on");
        }
    }
}
