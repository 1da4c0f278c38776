//! Runs the outbox live: takes effects in, runs attempts, hands reports out. It makes no decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::Receiver;

use super::address_book::{Address, AddressBook, without_address};
use super::attempt::{Attempt, AttemptResult};
use super::attestor::{Attestor, Finding};
use super::delivery_key::DeliveryKey;
use super::incoming::Incoming;
use super::provider::{Delivery, Providers};
use super::queue::Outbox;
use super::queue::lane::Lane;
use super::report::merge;
use super::status::{OutboxStatus, ReportsUnderWay};
use crate::domain::command::Report;
use crate::domain::effect::Effect;
use crate::domain::heard_posts::HeardPosts;
use crate::domain::id::{EffectKey, OfferNo};
use crate::domain::offering::Offering;
use crate::domain::time::{Millis, Timestamp};
use crate::telemetry::effect_attempts;

/// Finds an offer of a partition.
pub type OfferingOf = Arc<dyn Fn(u32, OfferNo) -> Option<Offering> + Send + Sync>;

/// Takes reports to their partition, and must not lose them. The future ends when the partition has them,
/// however long that takes; until then, no second call is made for the same partition. The reports are under way until what
/// they bring is handed to the outbox.
pub type ReportSink = Box<dyn Fn(u32, Vec<Report>, ReportsUnderWay) -> LocalBoxFuture<'static, ()>>;

/// The bounds of the runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerLimits {
    /// Most reports that wait for their partitions; at the bound, no further attempt begins.
    pub reports_waiting: usize,
    /// Longest duration of an attempt; an attempt that exceeds it ends with an unknown result.
    pub attempt: Millis,
    /// Longest duration of a reading of an order's posts; one that exceeds it has reached nobody.
    pub attestation: Millis,
    /// How long the runner waits for attempts and reports when it stops. The next start recovers the rest
    /// from the journal.
    pub drain: Millis,
}

impl Default for RunnerLimits {
    fn default() -> Self {
        Self {
            reports_waiting: 4096,
            attempt: Millis::from_secs(60),
            attestation: Millis::from_secs(10),
            drain: Millis::from_secs(5),
        }
    }
}

/// Everything that the runner needs.
pub struct Runner<C> {
    /// The pending effects, as recovery left them.
    pub outbox: Outbox,
    /// The providers that carry them out.
    pub providers: Providers,
    /// Who reads the posts that orders rest on again.
    pub attestor: Rc<dyn Attestor>,
    /// Where letters go.
    pub addresses: Rc<dyn AddressBook>,
    /// The time.
    pub clock: C,
    /// Finds the offers of effects.
    pub offerings: OfferingOf,
    /// Where reports go.
    pub sink: ReportSink,
    /// Publishes how much is pending; the intake refuses posts when that is too much.
    pub status: Arc<OutboxStatus>,
    /// The bounds of the runner.
    pub limits: RunnerLimits,
}

/// What woke the runner.
enum Wakeup {
    /// A batch came in, or the channel is closed.
    Incoming(Option<Incoming>),
    /// An attempt at an effect of that kind ended.
    Ended(DeliveryKey, &'static str, AttemptResult),
    /// A reading of an order's posts ended.
    Read(EffectKey, Finding),
    /// A partition took its reports.
    HandedOut(u32),
    /// An attempt, a retry or a drop is due.
    Due,
}

impl<C: Fn() -> Timestamp> Runner<C> {
    /// Publishes the status of the outbox before its first step.
    pub fn show(&self) {
        self.status.show(&self.outbox, 0, (self.clock)());
    }

    /// Runs until `stop`, or until nothing is pending and the channel is closed, on one thread (a `LocalSet`
    /// or a current-thread runtime). Returns the outbox in its final state.
    pub async fn run(self, mut incoming: Receiver<Incoming>, stop: impl Future<Output = ()>) -> Outbox {
        let mut shell = Shell::new(self);
        shell.learn_resend_safety();
        let mut stop = pin!(stop);
        loop {
            shell.begin_due();
            shell.hand_out();
            shell.publish();
            if shell.is_done() {
                return shell.runner.outbox;
            }
            tokio::select! {
                () = &mut stop => break,
                wakeup = shell.next(&mut incoming) => shell.take(wakeup),
            }
        }
        // Incoming batches are still accepted: the tail that sends them may be what the reports wait for.
        shell.draining = true;
        let drain = shell.runner.limits.drain.std();
        let drained = async {
            while shell.is_busy() {
                shell.hand_out();
                let wakeup = shell.next(&mut incoming).await;
                shell.take(wakeup);
                shell.publish();
            }
        };
        // What is left is in the journal, whether or not the time was enough.
        let _ = tokio::time::timeout(drain, drained).await;
        shell.runner.outbox
    }
}

struct Shell<C> {
    runner: Runner<C>,
    /// Whether no further attempt begins.
    draining: bool,
    intake_open: bool,
    /// Number of effects that were taken in.
    taken: u64,
    attempts: FuturesUnordered<LocalBoxFuture<'static, (DeliveryKey, &'static str, AttemptResult)>>,
    attestations: FuturesUnordered<LocalBoxFuture<'static, (EffectKey, Finding)>>,
    reports: BTreeMap<u32, (Vec<Report>, ReportsUnderWay)>,
    reports_waiting: usize,
    handing_out: FuturesUnordered<LocalBoxFuture<'static, u32>>,
    partitions_busy: BTreeSet<u32>,
}

impl<C: Fn() -> Timestamp> Shell<C> {
    fn new(runner: Runner<C>) -> Self {
        Self {
            runner,
            draining: false,
            intake_open: true,
            taken: 0,
            attempts: FuturesUnordered::new(),
            attestations: FuturesUnordered::new(),
            reports: BTreeMap::new(),
            reports_waiting: 0,
            handing_out: FuturesUnordered::new(),
            partitions_busy: BTreeSet::new(),
        }
    }

    fn learn_resend_safety(&mut self) {
        for lane in Lane::all() {
            let safety = self.runner.providers.of(lane).resend_safety();
            self.runner.outbox.set_resend_safety(lane, safety);
        }
    }

    /// Waits for whichever wakes the runner first. Cancel-safe: dropping the future loses nothing.
    async fn next(&mut self, incoming: &mut Receiver<Incoming>) -> Wakeup {
        let wait = self.wait();
        tokio::select! {
            batch = incoming.recv(), if self.intake_open => Wakeup::Incoming(batch),
            Some((key, kind, result)) = self.attempts.next() => Wakeup::Ended(key, kind, result),
            Some((key, finding)) = self.attestations.next() => Wakeup::Read(key, finding),
            Some(partition) = self.handing_out.next() => Wakeup::HandedOut(partition),
            () = tokio::time::sleep(wait.unwrap_or_default().std()), if wait.is_some() => Wakeup::Due,
            else => std::future::pending().await,
        }
    }

    fn take(&mut self, wakeup: Wakeup) {
        let now = (self.runner.clock)();
        match wakeup {
            Wakeup::Incoming(Some(batch)) => {
                self.taken += batch.effect_count() as u64;
                self.runner.outbox.take_in(now, batch);
            }
            Wakeup::Incoming(None) => self.intake_open = false,
            Wakeup::Ended(key, kind, result) => {
                effect_attempts(kind, result.name()).increment(1);
                if let Some(report) = self.runner.outbox.settle(now, &key, result) {
                    self.keep(key.partition(), report);
                }
            }
            Wakeup::Read(key, finding) => {
                effect_attempts("attest", finding.name()).increment(1);
                if let Some(report) = self.runner.outbox.settle_attestation(now, key, finding) {
                    self.keep(key.partition, report);
                }
            }
            Wakeup::HandedOut(partition) => {
                self.partitions_busy.remove(&partition);
            }
            Wakeup::Due => {}
        }
    }

    fn begin_due(&mut self) {
        let now = (self.runner.clock)();
        while self.may_begin() {
            let Some((key, heard)) = self.runner.outbox.take_attestation(now) else { break };
            self.attest(key, heard);
        }
        for lane in Lane::all() {
            while self.may_begin() {
                let Some(attempt) = self.runner.outbox.take_due(now, lane) else { break };
                self.begin(now, lane, attempt);
            }
        }
        while self.may_begin() {
            let Some((partition, report)) = self.runner.outbox.take_report(now) else { break };
            self.keep(partition, report);
        }
    }

    /// Keeps a report until its partition takes it.
    fn keep(&mut self, partition: u32, report: Report) {
        let none = || (Vec::new(), self.runner.status.no_reports());
        let (reports, under_way) = self.reports.entry(partition).or_insert_with(none);
        reports.push(report);
        under_way.add();
        self.reports_waiting += 1;
    }

    /// Whether another attempt may begin. Attempts under way count as reports, because each may bring one
    /// more.
    fn may_begin(&self) -> bool {
        let under_way = self.attempts.len() + self.attestations.len();
        !self.draining && self.reports_waiting + under_way < self.runner.limits.reports_waiting
    }

    fn begin(&mut self, at: Timestamp, lane: Lane, attempt: Attempt) {
        let (key, kind) = (attempt.key.clone(), attempt.effect.kind());
        let offering = (self.runner.offerings)(key.partition(), attempt.effect.offer());
        let provider = self.runner.providers.of(lane);
        let most = self.runner.limits.attempt.std();
        let address = match Address::of(&attempt.effect, &*self.runner.addresses) {
            Some(Address::Known(address)) => Ok(Some(address)),
            Some(Address::None) if is_unaddressed(&attempt.effect) => {
                Err(AttemptResult::Unaddressed { left_at: at })
            }
            Some(Address::Unproven) if attempt.effect.prompts_by_email().is_none() => {
                Err(AttemptResult::Unaddressed { left_at: at })
            }
            Some(Address::None | Address::Unproven) | None => Ok(None),
            Some(Address::Erased) => Err(AttemptResult::Erased { left_at: at }),
            // As a provider that gives no answer: nobody can tell which letters it would be about.
            Some(Address::Unavailable(why)) => Err(AttemptResult::Failed { error: why, permanent: false }),
        };
        self.attempts.push(Box::pin(async move {
            let Some(offering) = offering else { return (key, kind, AttemptResult::failed("no such offer")) };
            let address = match address {
                Ok(address) => address,
                Err(result) => return (key, kind, result),
            };
            let delivery = Delivery { attempt, offering, at, address };
            let result = tokio::time::timeout(most, provider.deliver(&delivery)).await;
            let result = result.unwrap_or_else(|_| AttemptResult::unknown("no answer in time"));
            let is_letter = delivery.address.is_some();
            (key, kind, if is_letter { without_address(result) } else { result })
        }));
    }

    fn attest(&mut self, key: EffectKey, heard: HeardPosts) {
        let attestor = Rc::clone(&self.runner.attestor);
        let most = self.runner.limits.attestation.std();
        self.attestations.push(Box::pin(async move {
            let read = tokio::time::timeout(most, attestor.attest(&heard.posts)).await;
            (key, read.unwrap_or(Finding::Unreachable))
        }));
    }

    /// Hands each partition its reports, unless it has not yet accepted the earlier ones.
    fn hand_out(&mut self) {
        let busy = &self.partitions_busy;
        let free: Vec<u32> = self.reports.keys().copied().filter(|each| !busy.contains(each)).collect();
        for partition in free {
            let Some((reports, under_way)) = self.reports.remove(&partition) else { continue };
            self.reports_waiting -= reports.len();
            self.partitions_busy.insert(partition);
            let handing = (self.runner.sink)(partition, merge(reports), under_way);
            self.handing_out.push(Box::pin(async move {
                handing.await;
                partition
            }));
        }
    }

    fn publish(&self) {
        self.runner.status.show(&self.runner.outbox, self.taken, (self.runner.clock)());
    }

    /// How long until something is due; `None` if only a result or a batch can change anything.
    fn wait(&self) -> Option<Millis> {
        let due = self.runner.outbox.next_due().filter(|_| self.may_begin())?;
        // Bounded, because the wall clock may be set while the runner sleeps.
        Some(due.since((self.runner.clock)()).min(Millis::from_secs(1)))
    }

    fn is_busy(&self) -> bool {
        !self.attempts.is_empty() || !self.reports.is_empty() || !self.handing_out.is_empty()
    }

    fn is_done(&self) -> bool {
        !self.intake_open && !self.is_busy() && self.runner.outbox.is_idle()
    }
}

/// Whether this letter was asked for although its account had no address. A prompt is none of them: its reservation waits
/// for what becomes of it.
fn is_unaddressed(effect: &Effect) -> bool {
    matches!(effect, Effect::Email { to, .. } if !to.is_yes()) && effect.prompts_by_email().is_none()
}
