//! A naive twin of an offer: vectors, walked from the front, one rule per line. It is slow and obviously
//! right; the real campaign must give the same answers and counts.

use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Command, Intent, PostCommand, Report};
use flashtag::domain::decision::Decision;
use flashtag::domain::event::Event;
use flashtag::domain::id::{OfferNo, PostId, ReservationId};
use flashtag::domain::refusal::Refusal;
use flashtag::domain::reservation::Stage;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};
use proptest::prelude::*;

use super::reached::Reached;
use super::world::{World, account, ms, post, post_command, prompt, terms};

const OFFER: OfferNo = OfferNo(0);

/// A reservation, or a waiter (without deadline and prompt).
#[derive(Debug, Clone)]
struct Entry {
    who: u32,
    claim: u64,
    claimed: i64,
    deadline: i64,
    stage: Stage,
    prompt: Option<PostId>,
    ahead: Option<u64>,
}

/// Times are in milliseconds after the day's beginning.
struct Twin {
    terms: Terms,
    now: i64,
    held: Vec<(u32, Entry)>,
    line: Vec<Entry>,
    sold: Vec<u32>,
    expired: Vec<(u32, i64)>,
    parked: Vec<(u32, u64, i64, i64)>,
    /// Cancellations that wait for their claims, as `parked`.
    cancels: Vec<(u32, u64, i64, i64)>,
    answered: Vec<(u32, u64, String)>,
    next: u32,
    closed: bool,
    answers: Vec<String>,
}

impl Twin {
    fn free(&self) -> usize {
        self.terms.units as usize - self.held.len() - self.sold.len()
    }

    /// Records the outcome of a post, or of a deadline if there is no post.
    fn record(&mut self, who: u32, post: Option<u64>, outcome: &str) {
        self.answers.push(format!("{who} {} {outcome}", post.unwrap_or(0)));
        if let Some(post) = post {
            self.answered.retain(|(_, answered, _)| *answered != post);
            self.answered.push((who, post, outcome.to_owned()));
        }
    }

    fn grant(&mut self, entry: Entry, outcome: &str, post: Option<u64>) {
        let window = self.terms.prompt_patience.ms() + self.terms.confirm_within.ms();
        let (who, ordinal) = (entry.who, self.next);
        self.held.push((ordinal, Entry { deadline: self.now + window, ..entry }));
        self.next += 1;
        self.expired.retain(|(expired, _)| *expired != who);
        self.record(who, post, outcome);
    }

    fn hand_on(&mut self) {
        while self.free() > 0 && !self.line.is_empty() {
            let first = self.line.remove(0);
            let (who, ahead) = (first.who, first.ahead);
            self.grant(first, "promoted", None);
            if ahead.is_some() || self.terms.one_step() {
                self.stage(who, Stage::Confirmed);
                self.record(who, None, "confirmed");
            }
        }
    }

    fn of(&mut self, who: u32) -> Option<&mut Entry> {
        self.held.iter_mut().map(|(_, entry)| entry).find(|entry| entry.who == who)
    }

    fn stage(&mut self, who: u32, stage: Stage) {
        if let Some(entry) = self.of(who) {
            entry.stage = stage;
        }
    }

    /// Advances to `now` and does what is due: reservations before parked confirmations.
    fn time(&mut self, now: i64) {
        self.now = now;
        let grace = self.terms.late_grace.ms();
        let due = |entry: &Entry| entry.stage == Stage::Held && entry.deadline + grace <= now;
        let mut over: Vec<(i64, u32, u32)> = self
            .held
            .iter()
            .filter(|(_, e)| due(e))
            .map(|(ordinal, e)| (e.deadline, *ordinal, e.who))
            .collect();
        over.sort_unstable();
        for &(_, _, who) in &over {
            self.held.retain(|(_, entry)| entry.who != who);
            self.expired.push((who, now));
            self.record(who, None, "expired");
        }
        self.hand_on();
        self.closed |= now >= self.terms.ends().since(ms(0)).ms();
        if self.closed && self.held.is_empty() {
            for waiter in std::mem::take(&mut self.line) {
                self.record(waiter.who, None, "sold_out");
            }
        }
        // The accounts in the order of their first deadlines; of each, its confirmations before its cancellations.
        loop {
            let all = self.parked.iter().chain(&self.cancels).filter(|(.., until)| *until <= now);
            let Some(&(first, ..)) = all.min_by_key(|(who, .., until)| (*until, *who)) else { break };
            for (who, post, _, until) in [self.parked.clone(), self.cancels.clone()].concat() {
                if who == first && until <= now {
                    self.parked.retain(|(_, parked, ..)| *parked != post);
                    self.cancels.retain(|(_, parked, ..)| *parked != post);
                    self.record(who, Some(post), "nothing_to_confirm");
                }
            }
        }
    }

    fn refuse(&mut self, who: u32, post: u64, outcome: &str) {
        self.record(who, Some(post), outcome);
    }

    fn submit(&mut self, who: u32, post: u64, posted: i64, action: Action) {
        let own = match action {
            Action::Repost(of) => self.of(who).is_some_and(|e| e.prompt == Some(prompt(of))),
            _ => false,
        };
        if action == Action::Delete {
            return self.delete(who, post);
        }
        if let Some((_, _, first)) =
            self.answered.iter().find(|(by, answered, _)| *by == who && *answered == post).cloned()
        {
            return self.answers.push(format!("{who} {post} duplicate {first}"));
        }
        if matches!(action, Action::Repost(_)) && !own {
            return self.refuse(who, post, "repost");
        }
        if posted > self.now + 10_000 {
            // It may come again when its time has come.
            return self.answers.push(format!("{who} {post} future"));
        }
        if self.now - posted > self.terms.max_lateness.ms() {
            return self.refuse(who, post, "stale");
        }
        match action {
            Action::Claim => self.claim(who, post, posted),
            Action::Cancel => self.cancel(who, post, posted),
            _ => self.confirm(who, post, posted),
        }
    }

    fn claim(&mut self, who: u32, post: u64, raw: i64) {
        let posted = raw.min(self.now);
        let time = |at: Timestamp| at.since(ms(0)).ms();
        let bought = self.sold.iter().filter(|buyer| **buyer == who).count();
        let place = self.line.iter().position(|waiter| waiter.who == who);
        let refusal = if posted < time(self.terms.opens) {
            Some("not_open".to_owned())
        } else if posted >= time(self.terms.closes.after()) || self.closed {
            Some("closed".to_owned())
        } else if self.of(who).is_some() {
            Some("already_reserved".to_owned())
        } else if let Some(ahead) = place {
            Some(format!("already_waiting {}", ahead + 1))
        } else if bought >= self.terms.limit_per_account as usize {
            Some("limit_reached".to_owned())
        } else if self.free() > 0 {
            None
        } else if self.held.is_empty() {
            Some("sold_out".to_owned())
        } else if !self.terms.waitlist || self.line.len() >= self.terms.waitlist_max as usize {
            Some("fully_reserved".to_owned())
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return self.refuse(who, post, &refusal);
        }
        // A claim that was cancelled before it came gets nothing.
        let cancel = self.cancels.iter().find(|(by, _, at, _)| *by == who && *at >= posted);
        if let Some(&(_, cancel, ..)) = cancel {
            self.cancels.retain(|(_, parked, ..)| *parked != cancel);
            return self.record(who, Some(post), "released");
        }
        let parked =
            self.parked.iter().find(|(by, _, at, _)| *by == who && *at >= raw).map(|parked| parked.1);
        let entry = Entry {
            who,
            claim: post,
            claimed: posted,
            deadline: 0,
            stage: Stage::Held,
            prompt: None,
            ahead: parked,
        };
        if self.free() > 0 {
            self.grant(entry, "reserved", Some(post));
            if self.terms.one_step() {
                self.stage(who, Stage::Confirmed);
                self.answers.pop();
                return self.record(who, Some(post), "confirmed");
            }
            if let Some(parked) = parked {
                self.stage(who, Stage::Confirmed);
                self.record(who, Some(parked), "confirmed");
            }
        } else {
            self.line.push(entry);
            let outcome = format!("waitlisted {}", self.line.len());
            self.record(who, Some(post), &outcome);
            if let Some(parked) = parked {
                self.record(who, Some(parked), &outcome);
            }
        }
        if let Some(used) = parked {
            self.parked.retain(|(_, parked, ..)| *parked != used);
        }
    }

    fn confirm(&mut self, who: u32, post: u64, raw: i64) {
        let posted = raw.min(self.now);
        if let Some(entry) = self.of(who) {
            return if entry.stage != Stage::Held || posted < entry.claimed {
                self.refuse(who, post, "nothing_to_confirm");
            } else if posted >= entry.deadline {
                self.refuse(who, post, "confirm_late");
            } else {
                self.stage(who, Stage::Confirmed);
                self.record(who, Some(post), "confirmed");
            };
        }
        if let Some(ahead) = self.line.iter().position(|waiter| waiter.who == who) {
            let waiter = self.line.get_mut(ahead).expect("just found");
            return if waiter.ahead.is_some() {
                self.refuse(who, post, &format!("already_waiting {}", ahead + 1));
            } else if posted < waiter.claimed {
                self.refuse(who, post, "nothing_to_confirm");
            } else {
                waiter.ahead = Some(post);
                self.record(who, Some(post), &format!("waitlisted {}", ahead + 1));
            };
        }
        if self.expired.iter().any(|(expired, _)| *expired == who) {
            return self.refuse(who, post, "confirm_late");
        }
        let parks = self.awaits_claim(who, raw)
            && !self.terms.one_step()
            && self.parked.iter().all(|(by, ..)| *by != who);
        if parks {
            self.parked.push((who, post, raw, self.now + 30_000));
        }
        self.record(who, Some(post), "nothing_to_confirm");
    }

    /// Whether a claim of that account may still arrive and get something.
    fn awaits_claim(&self, who: u32, raw: i64) -> bool {
        let has_something = self.held.iter().any(|(_, entry)| entry.who == who)
            || self.line.iter().any(|waiter| waiter.who == who);
        let bought = self.sold.iter().filter(|buyer| **buyer == who).count();
        let may_buy =
            bought < self.terms.limit_per_account as usize && self.sold.len() < self.terms.units as usize;
        !has_something && may_buy && !self.closed && raw >= self.terms.opens.since(ms(0)).ms()
    }

    fn cancel(&mut self, who: u32, post: u64, posted: i64) {
        let parks =
            self.awaits_claim(who, posted) && self.cancels.iter().filter(|(by, ..)| *by == who).count() < 4;
        let entry = self.of(who).filter(|entry| entry.stage == Stage::Held).cloned();
        let waiter = self.line.iter().find(|waiter| waiter.who == who).cloned();
        match entry.or(waiter).filter(|entry| posted >= entry.claimed) {
            Some(_) => self.release(who, post),
            None => {
                if parks {
                    self.cancels.push((who, post, posted, self.now + 30_000));
                }
                self.refuse(who, post, "nothing_to_confirm");
            }
        }
    }

    fn delete(&mut self, who: u32, post: u64) {
        let entry = self.of(who).filter(|entry| entry.stage == Stage::Held).cloned();
        let waiter = self.line.iter().find(|waiter| waiter.who == who).cloned();
        match entry.or(waiter).filter(|entry| entry.claim == post) {
            Some(_) => self.release(who, post),
            // A deletion that concerns no claim is not remembered.
            None => self.answers.push(format!("{who} {post} not_relevant")),
        }
    }

    fn release(&mut self, who: u32, post: u64) {
        self.held.retain(|(_, entry)| entry.who != who);
        self.line.retain(|waiter| waiter.who != who);
        self.record(who, Some(post), "released");
        self.hand_on();
    }

    fn card(&mut self, who: u32, approve: bool) {
        match self.of(who).map(|entry| entry.stage) {
            Some(Stage::Confirmed) if approve => self.stage(who, Stage::Authorized),
            Some(Stage::Authorized) if approve => {
                self.held.retain(|(_, entry)| entry.who != who);
                self.sold.push(who);
                self.record(who, None, "sold");
            }
            Some(Stage::Confirmed | Stage::Authorized) => {
                self.held.retain(|(_, entry)| entry.who != who);
                self.record(who, None, "declined");
                self.hand_on();
            }
            _ => {}
        }
    }

    fn prompt(&mut self, who: u32, at: i64) {
        let (within, patience) = (self.terms.confirm_within.ms(), self.terms.prompt_patience.ms());
        let ordinal = self.held.iter().find(|(_, e)| e.who == who).map_or(0, |(ordinal, _)| *ordinal);
        if let Some(entry) = self.of(who).filter(|e| e.stage == Stage::Held && e.prompt.is_none()) {
            // A prompt never counts as delivered before its reservation was made.
            let made = entry.deadline - within - patience;
            entry.deadline = entry.deadline.min(at.max(made) + within);
            entry.prompt = Some(prompt(ReservationId { offer: OFFER, ordinal }));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Claim,
    Confirm,
    Cancel,
    Delete,
    Repost(ReservationId),
}

/// A step of a run. Accounts are numbered from 1; `of` counts backwards through an account's posts.
#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Say { who: u32, action: u8, posted: i64 },
    Again { who: u32, of: usize },
    Delete { who: u32, of: usize },
    Repost { who: u32, whose: u32 },
    Card { who: u32, approve: bool },
    Prompt { who: u32, ago: i64 },
}

const ACCOUNTS: u32 = 5;
const LATENESS_MS: i64 = 60_000;

fn step() -> impl Strategy<Value = Step> {
    let who = 1..=ACCOUNTS;
    // Posts are mostly current, sometimes late, sometimes ahead, sometimes not credible.
    let posted = prop_oneof![
        6 => Just(0_i64),
        3 => -9_000..=0_i64,
        1 => 1..=15_000_i64,
        1 => -70_000..=-10_000_i64,
    ];
    let wait = prop_oneof![Just(1_i64), Just(500), Just(1000), Just(3000), Just(10_000), 1..=40_000_i64];
    prop_oneof![
        4 => wait.prop_map(Step::Wait),
        8 => (who.clone(), 0..5_u8, posted).prop_map(|(who, action, posted)| Step::Say { who, action, posted }),
        1 => (who.clone(), 0..4_usize).prop_map(|(who, of)| Step::Again { who, of }),
        1 => (who.clone(), 0..3_usize).prop_map(|(who, of)| Step::Delete { who, of }),
        1 => (who.clone(), who.clone()).prop_map(|(who, whose)| Step::Repost { who, whose }),
        5 => (who.clone(), prop::bool::weighted(0.8)).prop_map(|(who, approve)| Step::Card { who, approve }),
        2 => (who, 0..=4_000_i64).prop_map(|(who, ago)| Step::Prompt { who, ago }),
    ]
}

fn sale() -> impl Strategy<Value = Terms> {
    let sizes = (1..=3_u32, 1..=2_u32, 1..=3_u32, prop::bool::weighted(0.85));
    let window = prop_oneof![1 => Just(0_i64), 4 => Just(10_000)];
    (sizes, window, prop_oneof![Just(0_i64), Just(2_000), Just(5_000)], 60_000..=400_000_i64).prop_map(
        |((units, limit_per_account, waitlist_max, waitlist), window, patience, closes)| Terms {
            units,
            limit_per_account,
            waitlist,
            waitlist_max,
            prompt_patience: Millis::from_ms(patience),
            opens: ms(5_000),
            closes: ms(closes).into(),
            confirm_within: Millis::from_ms(window),
            late_grace: Millis::from_secs(3),
            max_lateness: Millis::from_ms(LATENESS_MS),
            ..terms("twin")
        },
    )
}

/// The real campaign and the twin.
struct Pair {
    world: World,
    twin: Twin,
    /// Posts with their author and time of arrival.
    posts: Vec<(u32, PostCommand, Action, Timestamp)>,
    answers: Vec<String>,
}

impl Pair {
    fn new(terms: Terms) -> Self {
        let twin = Twin {
            terms: terms.clone(),
            now: 0,
            held: Vec::new(),
            line: Vec::new(),
            sold: Vec::new(),
            expired: Vec::new(),
            parked: Vec::new(),
            cancels: Vec::new(),
            answered: Vec::new(),
            next: 1,
            closed: false,
            answers: Vec::new(),
        };
        Self { world: World::new(ms(0), [terms]), twin, posts: Vec::new(), answers: Vec::new() }
    }

    fn observe(&mut self, decisions: &[Decision]) {
        for decision in decisions {
            for answer in Answer::to_decision(self.world.now, &decision.events) {
                let post = answer.post.as_ref().map_or_else(|| "0".into(), PostId::to_string);
                let place = answer.place.map_or(String::new(), |place| format!(" {place}"));
                self.answers.push(format!("{} {post} {}{place}", answer.account.author, answer.outcome));
            }
        }
    }

    fn submit(&mut self, who: u32, command: PostCommand, action: Action) {
        let number: u64 = command.post.text().parse().expect("posts are numbered");
        self.twin.submit(who, number, command.posted_at.since(ms(0)).ms(), action);
        match self.world.submit(command) {
            Ok(decisions) => self.observe(&decisions),
            Err(Refusal::AlreadyWaiting { place }) => {
                self.answers.push(format!("{who} {number} already_waiting {place}"));
            }
            Err(Refusal::Duplicate(first)) => {
                let place = first.place.map_or(String::new(), |place| format!(" {place}"));
                self.answers.push(format!("{who} {number} duplicate {}{place}", first.outcome));
            }
            Err(refusal) => self.answers.push(format!("{who} {number} {}", refusal.outcome())),
        }
    }

    fn held_by(&self, who: u32) -> Option<ReservationId> {
        let offer = self.world.campaign.offer(OFFER).expect("the offer is there");
        let holding = self.world.campaign.session(&account(who))?.holding(OFFER)?;
        offer.reservation_of(holding).map(|(id, _)| id)
    }

    fn report(&mut self, report: Report) {
        if let Ok(decision) = self.world.step(&Command::Report(report)) {
            self.observe(&[decision]);
        }
    }

    /// A post that is still remembered. A scenario table covers how posts are forgotten.
    fn earlier(&self, who: u32, of: usize) -> Option<(PostCommand, Action)> {
        let (_, command, action, at) = self.posts.iter().rev().filter(|(by, ..)| *by == who).nth(of)?;
        (self.world.now.since(*at).ms() <= LATENESS_MS).then(|| (command.clone(), *action))
    }

    fn apply_step(&mut self, step: &Step) {
        let now = self.world.now.since(ms(0)).ms();
        // Deadlines first, as the partition does.
        let decisions = self.world.expire();
        self.observe(&decisions);
        self.twin.time(now);
        match *step {
            Step::Wait(length) => {
                let decisions = self.world.jump(ms(now + length));
                self.observe(&decisions);
                self.twin.time(now + length);
            }
            Step::Say { who, action, posted } => {
                let (action, intent) = match action {
                    0 | 1 => (Action::Claim, Intent::Buy(OFFER)),
                    2 | 3 => (Action::Confirm, Intent::Confirm(OFFER)),
                    _ => (Action::Cancel, Intent::Cancel(OFFER)),
                };
                let command = post_command(
                    who,
                    post(1000 + self.posts.len() as u64),
                    ms((now + posted).max(0)),
                    intent,
                );
                self.posts.push((who, command.clone(), action, self.world.now));
                self.submit(who, command, action);
            }
            Step::Again { who, of } => {
                if let Some((command, action)) = self.earlier(who, of) {
                    self.submit(who, command, action);
                }
            }
            Step::Delete { who, of } => {
                if let Some((command, _)) = self.earlier(who, of) {
                    self.submit(who, PostCommand { intent: Intent::Delete, ..command }, Action::Delete);
                }
            }
            Step::Repost { who, whose } => {
                let Some(id) = self.held_by(whose) else { return };
                let intent = Intent::Repost { of: prompt(id), tagged: Some(OFFER) };
                let command = post_command(who, post(1000 + self.posts.len() as u64), self.world.now, intent);
                self.posts.push((who, command.clone(), Action::Repost(id), self.world.now));
                self.submit(who, command, Action::Repost(id));
            }
            Step::Card { who, approve } => {
                if let Some(id) = self.held_by(who) {
                    let key = "0/9/9".parse().expect("a key");
                    let stage = self.twin.of(who).map(|entry| entry.stage);
                    self.report(match (approve, stage) {
                        (true, Some(Stage::Authorized)) => Report::Captured { id, key },
                        (true, _) => Report::Authorized { id, key, reference: None },
                        (false, _) => Report::Declined { id, key, reason: "no".into() },
                    });
                }
                self.twin.card(who, approve);
            }
            Step::Prompt { who, ago } => {
                let at = (now - ago).max(0);
                if let Some(id) = self.held_by(who) {
                    self.report(World::prompt_report(id, ms(at)));
                }
                self.twin.prompt(who, at);
            }
        }
    }

    /// The order of parked confirmations that end together is undefined, so they are sorted.
    fn compare(&mut self) {
        let sorted = |answers: &mut Vec<String>| {
            answers.sort_by_key(|line| line.ends_with("nothing_to_confirm"));
            let first = answers.partition_point(|line| !line.ends_with("nothing_to_confirm"));
            answers.get_mut(first..).expect("a part").sort();
            std::mem::take(answers)
        };
        assert_eq!(sorted(&mut self.answers), sorted(&mut self.twin.answers));
        let counts = self.world.counts(0);
        let twin = [self.twin.free(), self.twin.held.len(), self.twin.sold.len(), self.twin.line.len()];
        let real =
            [counts.available, counts.reserved, counts.sold, counts.waiting].map(|count| count as usize);
        assert_eq!(real, twin, "available, reserved, sold, waiting");
        let real: Vec<_> = self
            .world
            .campaign
            .offer(OFFER)
            .expect("the offer is there")
            .reservations()
            .map(|(id, kept)| (id.ordinal, kept.stage, kept.deadline))
            .collect();
        let mut twin: Vec<_> =
            self.twin.held.iter().map(|(ordinal, e)| (*ordinal, e.stage, ms(e.deadline))).collect();
        twin.sort_by_key(|(ordinal, ..)| *ordinal);
        assert_eq!(real, twin, "reservations");
    }
}

/// The default number of cases, or `PROPTEST_CASES` if that is larger.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.max(1000), failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_campaign_and_its_naive_twin_agree(terms in sale(), steps in prop::collection::vec(step(), 1..120)) {
        let mut pair = Pair::new(terms);
        for step in &steps {
            pair.apply_step(step);
            pair.compare();
        }
        pair.world.assert_replays();
    }
}

#[test]
fn the_random_commands_reach_every_outcome_of_a_sale() {
    let reached = Reached::by_runs(sale, step, |reached, terms, run| {
        let mut pair = Pair::new(terms);
        for step in &run {
            pair.apply_step(step);
            reached.note_answers(&std::mem::take(&mut pair.answers));
        }
        let events = pair.world.history.iter().flat_map(|record| &record.decision.events);
        let ended = events.filter(|event| matches!(event, Event::ParkingEnded { .. }));
        ended.for_each(|_| reached.note("parking ended"));
    });
    let needed = "reserved waitlisted promoted confirmed sold declined expired released not_open closed sold_out \
        fully_reserved limit_reached already_reserved already_waiting nothing_to_confirm confirm_late repost \
        duplicate future stale not_relevant";
    reached.assert_each_of(needed.split_whitespace());
}
