//! Drives the demo's crowd: claims and noise in a burst, then reactions to prompts.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Arc;

use crowd::{Arrival, ArrivalKind, Burst, BurstPlan, Crowd, Noise, PostIds, PostPlan, precedent};
use tokio::sync::Semaphore;

use super::args::Args;
use super::screen::Screen;
use super::stage::{Prompt, prompts_in};
use super::totals::Totals;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::engine::live::{Format, LiveSale};
use crate::engine::replay::Input;
use crate::subscribers::memory::MemorySubscriber;

/// Upper bound on lines in one intake.
const LINES_AT_ONCE: usize = 256;

/// Upper bound on intakes in progress. The crowd waits here when it is faster than the engine.
const INTAKES_AT_ONCE: usize = 16;

/// How often the crowd checks for prompts and due posts.
const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(2);

/// A post that an account will make, ordered by its time.
type Reaction = Reverse<(u64, PostPlan)>;

/// Everything that the crowd posts, and when.
pub(super) struct Storm {
    sale: Rc<LiveSale>,
    crowd: Crowd,
    noise: Noise,
    /// What was decided.
    records: MemorySubscriber,
    clock: Clock,
    plan: BurstPlan,
    reactions: BinaryHeap<Reaction>,
    ids: PostIds,
    permits: Arc<Semaphore>,
    totals: Rc<RefCell<Totals>>,
    /// The time of the opening, in microseconds of the clock.
    opened_us: u64,
    body: Vec<u8>,
    body_lines: usize,
}

impl Storm {
    pub(super) fn new(
        sale: Rc<LiveSale>,
        crowd: Crowd,
        records: MemorySubscriber,
        clock: Clock,
        args: &Args,
    ) -> Self {
        let noise = Noise::new(&crowd.plan().targets, args.seed);
        let opened_us = clock.elapsed_us();
        let plan =
            BurstPlan { claims: crowd.plan().accounts, span_ms: args.seconds * 1000, ..BurstPlan::default() };
        Self {
            sale,
            crowd,
            noise,
            records,
            clock,
            plan,
            reactions: BinaryHeap::new(),
            ids: PostIds::snowflake(2),
            permits: Arc::new(Semaphore::new(INTAKES_AT_ONCE)),
            totals: Rc::new(RefCell::new(Totals::new())),
            opened_us,
            body: Vec::new(),
            body_lines: 0,
        }
    }

    fn elapsed_ms(&self) -> u64 {
        (self.clock.elapsed_us() - self.opened_us) / 1000
    }

    /// Runs the burst: submits each post when it is due, or as soon afterwards as the engine accepts it.
    pub(super) async fn run(&mut self, screen: &mut Screen) {
        let plan = self.plan.clone();
        let crowd = self.crowd.clone();
        let base_ms = self.clock.now().ms();
        let mut arrivals = Burst::new(&crowd, &plan, base_ms, PostIds::snowflake(1)).peekable();
        while let Some(next) = arrivals.peek() {
            let now_ms = self.elapsed_ms();
            if next.at_ms <= now_ms {
                if let Some(arrival) = arrivals.next() {
                    self.write(&arrival);
                }
            } else {
                self.react().await;
                self.submit().await;
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            if self.body_lines >= LINES_AT_ONCE {
                self.submit().await;
                self.react().await;
            }
            self.show(screen).await;
        }
        self.submit().await;
        let mut totals = self.totals.borrow_mut();
        totals.burst_ms = self.elapsed_ms();
    }

    /// Lets accounts react until nothing is pending, for at most `patience`.
    pub(super) async fn settle(&mut self, screen: &mut Screen, patience: Millis) {
        let until_ms = self.elapsed_ms() + patience.ms().unsigned_abs();
        while self.elapsed_ms() < until_ms {
            self.react().await;
            self.submit().await;
            self.show(screen).await;
            let quiet = self.reactions.is_empty() && self.permits.available_permits() == INTAKES_AT_ONCE;
            if quiet && !self.sale.is_pending().await.unwrap_or(true) {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL * 5).await;
        }
    }

    /// Waits for the answers in progress, and returns the totals.
    pub(super) async fn finish(self) -> Totals {
        let all = u32::try_from(INTAKES_AT_ONCE).unwrap_or(u32::MAX);
        let closed = self.permits.acquire_many(all).await;
        drop(closed);
        let Self { totals, sale, .. } = self;
        drop(sale);
        Rc::try_unwrap(totals).map_or_else(|_| unreachable!("every intake has ended"), RefCell::into_inner)
    }

    fn write(&mut self, arrival: &Arrival) {
        match arrival.what {
            ArrivalKind::Post(post) => {
                self.crowd.write_post(&mut self.body, &post, arrival.post_id, arrival.posted_at_ms);
            }
            ArrivalKind::Noise => self.noise.write(&mut self.body, arrival.post_id, arrival.posted_at_ms),
        }
        self.body_lines += 1;
    }

    /// Takes new prompts, and writes the posts that are due.
    async fn react(&mut self) {
        let records = self.records.take_records();
        let now_ms = self.elapsed_ms();
        let prompts = (0..).zip(&records).flat_map(|(partition, records)| prompts_in(partition, records));
        for prompt in prompts {
            if let Some((delay_ms, post)) = self.reaction(&prompt) {
                self.reactions.push(Reverse((now_ms + delay_ms, post)));
            }
        }
        while self.reactions.peek().is_some_and(|Reverse((due_ms, _))| *due_ms <= now_ms) {
            let Some(Reverse((_, post))) = self.reactions.pop() else { return };
            let posted_at_ms = self.clock.now().ms();
            let id = self.ids.next(posted_at_ms);
            self.crowd.write_post(&mut self.body, &post, id, posted_at_ms);
            self.body_lines += 1;
            if self.body_lines >= LINES_AT_ONCE {
                self.submit().await;
            }
        }
    }

    fn reaction(&self, prompt: &Prompt) -> Option<(u64, PostPlan)> {
        let catalog = self.sale.node.catalog();
        let listing = catalog.listing(prompt.partition, prompt.offer)?;
        let id = listing.offering.id().as_str();
        let target = precedent::OFFERS.iter().position(|offer| offer.id == id)?;
        let person = self.crowd.person(prompt.account.author.text().parse().ok()?)?;
        self.crowd.reaction(person, target, prompt.answer)
    }

    /// Submits the posts written so far, without waiting for the answers.
    async fn submit(&mut self) {
        if self.body_lines == 0 {
            return;
        }
        let (body, lines) = (std::mem::take(&mut self.body), std::mem::take(&mut self.body_lines));
        let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let (sale, totals, clock) = (Rc::clone(&self.sale), Rc::clone(&self.totals), self.clock.clone());
        let submitted_us = clock.elapsed_us();
        tokio::task::spawn_local(async move {
            let result = sale.ingest(Format::Flashtag, &body, &mut Input::default()).await;
            let mut totals = totals.borrow_mut();
            totals.lines += lines as u64;
            match result {
                Ok(relevant) => {
                    totals.relevant += relevant as u64;
                    let waited_us = clock.elapsed_us() - submitted_us;
                    totals.latency_us.saturating_record_n(waited_us, relevant as u64);
                }
                Err(_) => totals.overloaded += lines as u64,
            }
            drop(permit);
        });
    }

    async fn show(&self, screen: &mut Screen) {
        if !screen.is_due(self.elapsed_ms()) {
            return;
        }
        let offers = self.sale.offers().await.unwrap_or_default();
        let lanes = self.sale.node.lanes();
        screen.show(self.elapsed_ms(), &offers, &lanes, &self.totals.borrow());
    }
}
