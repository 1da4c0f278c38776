//! A naive twin of an offer: vectors, walked from the front, one rule a line. It is slow and obviously
//! right; the real campaign must give the same answers and counts whatever happens.

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

use super::world::{World, account, ms, post, prompt, said, terms};

const OFFER: OfferNo = OfferNo(0);

/// A reservation, or a waiter (who has neither deadline nor prompt yet).
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

/// Times are milliseconds after the day's beginning.
struct Twin {
    terms: Terms,
    now: i64,
    held: Vec<(u32, Entry)>,
    line: Vec<Entry>,
    sold: Vec<u32>,
    expired: Vec<(u32, i64)>,
    parked: Vec<(u32, u64, i64, i64)>,
    said: Vec<(u32, u64, String)>,
    next: u32,
    closed: bool,
    told: Vec<String>,
}

impl Twin {
    fn free(&self) -> usize {
        self.terms.units as usize - self.held.len() - self.sold.len()
    }

    /// Tells an outcome of a post, or of a turn where there is no post.
    fn tell(&mut self, who: u32, post: Option<u64>, outcome: &str) {
        self.told.push(format!("{who} {} {outcome}", post.unwrap_or(0)));
        if let Some(post) = post {
            self.said.retain(|(_, said, _)| *said != post);
            self.said.push((who, post, outcome.to_owned()));
        }
    }

    fn grant(&mut self, entry: Entry, outcome: &str, post: Option<u64>) {
        let window = self.terms.prompt_patience.ms() + self.terms.confirm_within.ms();
        let (who, ordinal) = (entry.who, self.next);
        self.held.push((ordinal, Entry { deadline: self.now + window, ..entry }));
        self.next += 1;
        self.expired.retain(|(expired, _)| *expired != who);
        self.tell(who, post, outcome);
    }

    fn hand_on(&mut self) {
        while self.free() > 0 && !self.line.is_empty() {
            let first = self.line.remove(0);
            let (who, ahead) = (first.who, first.ahead);
            self.grant(first, "promoted", None);
            if ahead.is_some() || self.terms.one_step() {
                self.stage(who, Stage::Confirmed);
                self.tell(who, None, "confirmed");
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

    /// Time comes to `now`: what is due is done there, reservations before parked confirmations.
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
            self.tell(who, None, "expired");
        }
        self.hand_on();
        self.closed |= now >= self.terms.ends().since(ms(0)).ms();
        if self.closed && self.held.is_empty() {
            for waiter in std::mem::take(&mut self.line) {
                self.tell(waiter.who, None, "sold_out");
            }
        }
        for (who, post, _, until) in self.parked.clone() {
            if until <= now {
                self.parked.retain(|(_, parked, ..)| *parked != post);
                self.tell(who, Some(post), "nothing_to_confirm");
            }
        }
    }

    fn refuse(&mut self, who: u32, post: u64, outcome: &str) {
        self.tell(who, Some(post), outcome);
    }

    fn say(&mut self, who: u32, post: u64, posted: i64, deed: Deed) {
        let own = match deed {
            Deed::Repost(of) => self.of(who).is_some_and(|e| e.prompt == Some(prompt(of))),
            _ => false,
        };
        if deed == Deed::Delete {
            return self.delete(who, post);
        }
        if let Some((_, _, first)) =
            self.said.iter().find(|(by, said, _)| *by == who && *said == post).cloned()
        {
            return self.told.push(format!("{who} {post} duplicate {first}"));
        }
        if matches!(deed, Deed::Repost(_)) && !own {
            return self.refuse(who, post, "repost");
        }
        if posted > self.now + 1000 {
            return self.refuse(who, post, "future");
        }
        if self.now - posted > self.terms.max_lateness.ms() {
            return self.refuse(who, post, "stale");
        }
        match deed {
            Deed::Claim => self.claim(who, post, posted),
            Deed::Cancel => self.cancel(who, post, posted),
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
        } else if posted >= time(self.terms.closes) || self.closed {
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
                self.told.pop();
                return self.tell(who, Some(post), "confirmed");
            }
            if let Some(parked) = parked {
                self.stage(who, Stage::Confirmed);
                self.tell(who, Some(parked), "confirmed");
            }
        } else {
            self.line.push(entry);
            let outcome = format!("waitlisted {}", self.line.len());
            self.tell(who, Some(post), &outcome);
            if let Some(parked) = parked {
                self.tell(who, Some(parked), &outcome);
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
                self.tell(who, Some(post), "confirmed");
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
                self.tell(who, Some(post), &format!("waitlisted {}", ahead + 1));
            };
        }
        if self.expired.iter().any(|(expired, _)| *expired == who) {
            return self.refuse(who, post, "confirm_late");
        }
        let opens = self.terms.opens.since(ms(0)).ms();
        let bought = self.sold.iter().filter(|buyer| **buyer == who).count();
        let may_buy =
            bought < self.terms.limit_per_account as usize && self.sold.len() < self.terms.units as usize;
        let parks = may_buy
            && !self.terms.one_step()
            && !self.closed
            && raw >= opens
            && self.parked.iter().all(|(by, ..)| *by != who);
        if parks {
            self.parked.push((who, post, raw, self.now + 30_000));
        }
        self.tell(who, Some(post), "nothing_to_confirm");
    }

    fn cancel(&mut self, who: u32, post: u64, posted: i64) {
        let entry = self.of(who).filter(|entry| entry.stage == Stage::Held).cloned();
        let waiter = self.line.iter().find(|waiter| waiter.who == who).cloned();
        match entry.or(waiter).filter(|entry| posted >= entry.claimed) {
            Some(_) => self.release(who, post),
            None => self.refuse(who, post, "nothing_to_confirm"),
        }
    }

    fn delete(&mut self, who: u32, post: u64) {
        let entry = self.of(who).filter(|entry| entry.stage == Stage::Held).cloned();
        let waiter = self.line.iter().find(|waiter| waiter.who == who).cloned();
        match entry.or(waiter).filter(|entry| entry.claim == post) {
            Some(_) => self.release(who, post),
            // Nothing is remembered of a deletion that concerns nobody.
            None => self.told.push(format!("{who} {post} not_relevant")),
        }
    }

    fn release(&mut self, who: u32, post: u64) {
        self.held.retain(|(_, entry)| entry.who != who);
        self.line.retain(|waiter| waiter.who != who);
        self.tell(who, Some(post), "released");
        self.hand_on();
    }

    fn card(&mut self, who: u32, approve: bool) {
        match self.of(who).map(|entry| entry.stage) {
            Some(Stage::Confirmed) if approve => self.stage(who, Stage::Authorized),
            Some(Stage::Authorized) if approve => {
                self.held.retain(|(_, entry)| entry.who != who);
                self.sold.push(who);
                self.tell(who, None, "sold");
            }
            Some(Stage::Confirmed | Stage::Authorized) => {
                self.held.retain(|(_, entry)| entry.who != who);
                self.tell(who, None, "declined");
                self.hand_on();
            }
            _ => {}
        }
    }

    fn prompt(&mut self, who: u32, at: i64) {
        let (within, patience) = (self.terms.confirm_within.ms(), self.terms.prompt_patience.ms());
        let ordinal = self.held.iter().find(|(_, e)| e.who == who).map_or(0, |(ordinal, _)| *ordinal);
        if let Some(entry) = self.of(who).filter(|e| e.stage == Stage::Held && e.prompt.is_none()) {
            // No prompt counts as delivered before its reservation was made.
            let made = entry.deadline - within - patience;
            entry.deadline = entry.deadline.min(at.max(made) + within);
            entry.prompt = Some(prompt(ReservationId { offer: OFFER, ordinal }));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Claim,
    Confirm,
    Cancel,
    Delete,
    Repost(ReservationId),
}

/// What happens in a run. People are numbered from 1; `of` counts back among a person's posts.
#[derive(Debug, Clone)]
enum Happening {
    Wait(i64),
    Say { who: u32, deed: u8, posted: i64 },
    Again { who: u32, of: usize },
    Delete { who: u32, of: usize },
    Repost { who: u32, whose: u32 },
    Card { who: u32, approve: bool },
    Prompt { who: u32, ago: i64 },
}

const PEOPLE: u32 = 5;
const LATENESS_MS: i64 = 60_000;

fn happening() -> impl Strategy<Value = Happening> {
    let who = 1..=PEOPLE;
    // Posts are mostly of now, sometimes late, sometimes ahead, sometimes not to be believed.
    let posted = prop_oneof![
        6 => Just(0_i64),
        3 => -9_000..=0_i64,
        1 => 1..=1_500_i64,
        1 => -70_000..=-10_000_i64,
    ];
    let wait = prop_oneof![Just(1_i64), Just(500), Just(1000), Just(3000), Just(10_000), 1..=40_000_i64];
    prop_oneof![
        4 => wait.prop_map(Happening::Wait),
        8 => (who.clone(), 0..5_u8, posted).prop_map(|(who, deed, posted)| Happening::Say { who, deed, posted }),
        1 => (who.clone(), 0..4_usize).prop_map(|(who, of)| Happening::Again { who, of }),
        1 => (who.clone(), 0..3_usize).prop_map(|(who, of)| Happening::Delete { who, of }),
        1 => (who.clone(), who.clone()).prop_map(|(who, whose)| Happening::Repost { who, whose }),
        5 => (who.clone(), prop::bool::weighted(0.8)).prop_map(|(who, approve)| Happening::Card { who, approve }),
        2 => (who, 0..=4_000_i64).prop_map(|(who, ago)| Happening::Prompt { who, ago }),
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
            closes: ms(closes),
            confirm_within: Millis::from_ms(window),
            late_grace: Millis::from_secs(3),
            max_lateness: Millis::from_ms(LATENESS_MS),
            ..terms("twin")
        },
    )
}

/// Both of them, side by side.
struct Pair {
    world: World,
    twin: Twin,
    /// Who said what, and when it arrived.
    posts: Vec<(u32, PostCommand, Deed, Timestamp)>,
    told: Vec<String>,
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
            said: Vec::new(),
            next: 1,
            closed: false,
            told: Vec::new(),
        };
        Self { world: World::new(ms(0), [terms]), twin, posts: Vec::new(), told: Vec::new() }
    }

    fn hear(&mut self, decisions: &[Decision]) {
        for decision in decisions {
            for answer in Answer::to_decision(self.world.now, &decision.events) {
                let post = answer.post.as_ref().map_or_else(|| "0".into(), PostId::to_string);
                let place = answer.place.map_or(String::new(), |place| format!(" {place}"));
                self.told.push(format!("{} {post} {}{place}", answer.account.author, answer.outcome));
            }
        }
    }

    fn say(&mut self, who: u32, said: PostCommand, deed: Deed) {
        let number: u64 = said.post.text().parse().expect("posts are numbered");
        self.twin.say(who, number, said.posted_at.since(ms(0)).ms(), deed);
        match self.world.say(said) {
            Ok(decisions) => self.hear(&decisions),
            Err(Refusal::AlreadyWaiting { place }) => {
                self.told.push(format!("{who} {number} already_waiting {place}"));
            }
            Err(Refusal::Duplicate(first)) => {
                let place = first.place.map_or(String::new(), |place| format!(" {place}"));
                self.told.push(format!("{who} {number} duplicate {}{place}", first.outcome));
            }
            Err(refusal) => self.told.push(format!("{who} {number} {}", refusal.outcome())),
        }
    }

    fn held_by(&self, who: u32) -> Option<ReservationId> {
        let offer = self.world.campaign.offer(OFFER).expect("the offer is there");
        let holding = self.world.campaign.session(&account(who))?.holding(OFFER)?;
        offer.reservation_of(holding).map(|(id, _)| id)
    }

    fn report(&mut self, report: Report) {
        if let Ok(decision) = self.world.step(&Command::Report(report)) {
            self.hear(&[decision]);
        }
    }

    /// A post that is surely remembered; how posts are forgotten, a table tells.
    fn earlier(&self, who: u32, of: usize) -> Option<(PostCommand, Deed)> {
        let (_, said, deed, at) = self.posts.iter().rev().filter(|(by, ..)| *by == who).nth(of)?;
        (self.world.now.since(*at).ms() <= LATENESS_MS).then(|| (said.clone(), *deed))
    }

    fn happen(&mut self, happening: &Happening) {
        let now = self.world.now.since(ms(0)).ms();
        // Time first, as the shell does.
        let decisions = self.world.expire();
        self.hear(&decisions);
        self.twin.time(now);
        match *happening {
            Happening::Wait(length) => {
                let decisions = self.world.jump(ms(now + length));
                self.hear(&decisions);
                self.twin.time(now + length);
            }
            Happening::Say { who, deed, posted } => {
                let (deed, intent) = match deed {
                    0 | 1 => (Deed::Claim, Intent::Buy(OFFER)),
                    2 | 3 => (Deed::Confirm, Intent::Confirm(OFFER)),
                    _ => (Deed::Cancel, Intent::Cancel(OFFER)),
                };
                let said = said(who, post(1000 + self.posts.len() as u64), ms((now + posted).max(0)), intent);
                self.posts.push((who, said.clone(), deed, self.world.now));
                self.say(who, said, deed);
            }
            Happening::Again { who, of } => {
                if let Some((said, deed)) = self.earlier(who, of) {
                    self.say(who, said, deed);
                }
            }
            Happening::Delete { who, of } => {
                if let Some((said, _)) = self.earlier(who, of) {
                    self.say(who, PostCommand { intent: Intent::Delete, ..said }, Deed::Delete);
                }
            }
            Happening::Repost { who, whose } => {
                let Some(id) = self.held_by(whose) else { return };
                let intent = Intent::Repost { of: prompt(id), tagged: Some(OFFER) };
                let said = said(who, post(1000 + self.posts.len() as u64), self.world.now, intent);
                self.posts.push((who, said.clone(), Deed::Repost(id), self.world.now));
                self.say(who, said, Deed::Repost(id));
            }
            Happening::Card { who, approve } => {
                if let Some(id) = self.held_by(who) {
                    let key = "0/9/9".parse().expect("a key");
                    let stage = self.twin.of(who).map(|entry| entry.stage);
                    self.report(match (approve, stage) {
                        (true, Some(Stage::Authorized)) => Report::Captured { id, key },
                        (true, _) => Report::Authorized { id, key },
                        (false, _) => Report::Declined { id, key, reason: "no".into() },
                    });
                }
                self.twin.card(who, approve);
            }
            Happening::Prompt { who, ago } => {
                let at = (now - ago).max(0);
                if let Some(id) = self.held_by(who) {
                    self.report(World::prompt_report(id, ms(at)));
                }
                self.twin.prompt(who, at);
            }
        }
    }

    /// Parked confirmations end in the order of people where they end together; that order is nobody's.
    fn compare(&mut self) {
        let sorted = |told: &mut Vec<String>| {
            told.sort_by_key(|line| line.ends_with("nothing_to_confirm"));
            let first = told.partition_point(|line| !line.ends_with("nothing_to_confirm"));
            told.get_mut(first..).expect("a part").sort();
            std::mem::take(told)
        };
        assert_eq!(sorted(&mut self.told), sorted(&mut self.twin.told));
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

/// So many cases, or as many as `PROPTEST_CASES` asks for above that.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.max(1000), failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_campaign_and_its_naive_twin_agree(terms in sale(), happenings in prop::collection::vec(happening(), 1..120)) {
        let mut pair = Pair::new(terms);
        for happening in &happenings {
            pair.happen(happening);
            pair.compare();
        }
        pair.world.assert_replays();
    }
}

#[test]
fn the_random_commands_reach_every_outcome_of_a_sale() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..300 {
        let terms = sale().new_tree(&mut runner).expect("a sale").current();
        let run = prop::collection::vec(happening(), 100).new_tree(&mut runner).expect("a run").current();
        let mut pair = Pair::new(terms);
        for happening in &run {
            pair.happen(happening);
            for line in std::mem::take(&mut pair.told) {
                let outcome = line.split(' ').nth(2).unwrap_or("").to_owned();
                *seen.entry(outcome).or_default() += 1;
            }
        }
        let parked = |record: &std::sync::Arc<flashtag::domain::decision::Record>| {
            record.decision.events.iter().any(|event| matches!(event, Event::ParkingEnded { .. }))
        };
        *seen.entry("parking ended".to_owned()).or_default() +=
            pair.world.history.iter().filter(|record| parked(record)).count() as u32;
    }
    println!("{seen:?}");
    let needed = "reserved waitlisted promoted confirmed sold declined expired released not_open closed sold_out \
        fully_reserved limit_reached already_reserved already_waiting nothing_to_confirm confirm_late repost \
        duplicate future stale not_relevant";
    for outcome in needed.split_whitespace() {
        assert!(seen.get(outcome).copied().unwrap_or(0) >= 10, "{outcome} is hardly ever reached: {seen:?}");
    }
}
