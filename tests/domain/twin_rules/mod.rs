//! A naive twin of the optional rules of an offer: claims for several units, whole or in part, a changing
//! allotment, orders taken back, shared cards, frozen accounts, draws. Claims may be late here; the first
//! twin covers all else about late and early posts.

mod model;

use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Command, Intent, PostCommand, Report, StockChange};
use flashtag::domain::decision::Decision;
use flashtag::domain::event::Event;
use flashtag::domain::id::{OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Card, Link};
use flashtag::domain::reservation::Stage;
use flashtag::domain::rules::{DrawRule, Rules};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use proptest::prelude::*;

use self::model::{Lot, SEED, Twin, card, sum};
use super::reached::Reached;
use super::world::{World, account, link, ms, post, post_command, terms};

const OFFER: OfferNo = OfferNo(0);
const ACCOUNTS: u32 = 6;

#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    /// The account, the units, and how long the post was in transit.
    Claim(u32, u32, i64),
    Confirm(u32),
    Cancel(u32),
    Delete(u32),
    Freeze(u32),
    Unfreeze(u32),
    Card(u32, bool),
    Restock(u32),
    Withdraw(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 1..=ACCOUNTS;
    let late = prop_oneof![2 => Just(0_i64), 1 => 1..=5_000_i64];
    let wait = prop_oneof![Just(500_i64), Just(3_000), Just(10_000), 1..=20_000_i64];
    prop_oneof![
        3 => wait.prop_map(Step::Wait),
        8 => (who(), 1..=3_u32, late).prop_map(|(who, units, late)| Step::Claim(who, units, late)),
        6 => who().prop_map(Step::Confirm),
        4 => who().prop_map(Step::Cancel),
        1 => who().prop_map(Step::Delete),
        1 => who().prop_map(Step::Freeze),
        2 => who().prop_map(Step::Unfreeze),
        8 => (who(), prop::bool::weighted(0.85)).prop_map(|(who, yes)| Step::Card(who, yes)),
        1 => (1..=3_u32).prop_map(Step::Restock),
        1 => (1..=2_u32).prop_map(Step::Withdraw),
    ]
}

fn sale() -> impl Strategy<Value = Terms> {
    let sizes = (1..=6_u32, 1..=4_u32, 1..=4_u32);
    let window = prop_oneof![1 => Just(0_i64), 4 => Just(10_000)];
    let take_back = prop::option::weighted(0.8, 1..=30_000_i64);
    let per_card = prop::option::of(2..=5_u32);
    let (drawn, closes) = (prop::option::weighted(0.3, 1..=50_000_i64), 60_000..=250_000_i64);
    (sizes, window, any::<bool>(), take_back, per_card, drawn, closes).prop_map(
        |(
            (units, limit_per_account, waitlist_max),
            window,
            partial,
            take_back,
            limit_per_card,
            drawn,
            closes,
        )| {
            let take_back = take_back.map(Millis::from_ms);
            let seed = SEED.parse().expect("64 digits");
            let draw = drawn.map(|window| DrawRule { window: Millis::from_ms(window), seed });
            Terms {
                units,
                limit_per_account,
                waitlist_max,
                closes: ms(closes).into(),
                confirm_within: Millis::from_ms(window),
                late_grace: Millis::from_secs(3),
                rules: Rules { partial, take_back, limit_per_card, draw, ..Rules::default() },
                ..terms("twin")
            }
        },
    )
}

/// The real campaign and the twin.
struct Pair {
    world: World,
    twin: Twin,
    posts: u64,
    /// The last claim of each account.
    claims: [u64; ACCOUNTS as usize + 1],
    /// The time of each account's last post: an account's posts arrive in order.
    silent_since: [i64; ACCOUNTS as usize + 1],
    answers: Vec<String>,
}

impl Pair {
    fn new(terms: Terms) -> Self {
        let (twin, claims) = (Twin::new(terms.clone()), [999; ACCOUNTS as usize + 1]);
        let silent_since = [0; ACCOUNTS as usize + 1];
        Self {
            world: World::new(ms(0), [terms]),
            twin,
            posts: 1000,
            claims,
            silent_since,
            answers: Vec::new(),
        }
    }

    fn observe(&mut self, decisions: &[Decision]) {
        let parking = |event: &Event| matches!(event, Event::ParkingEnded { .. });
        for decision in decisions.iter().filter(|decision| !decision.events.iter().any(parking)) {
            for answer in Answer::to_decision(self.world.now, &decision.events) {
                let mut words = vec![answer.account.author.to_string()];
                words.push(answer.post.as_ref().map_or_else(|| "0".into(), PostId::to_string));
                words.push(answer.outcome.to_string());
                // A parked confirmation counts as a refused one.
                words.extend(answer.parked_until.is_none().then(|| answer.units.to_string()));
                words.extend(answer.place.map(|place| place.to_string()));
                self.answers.push(words.join(" "));
            }
        }
    }

    fn post_now(&mut self, who: u32, number: u64, intent: Intent) {
        self.post_at(who, number, self.twin.now, intent, 1);
    }

    fn post_at(&mut self, who: u32, number: u64, posted: i64, intent: Intent, units: u32) {
        self.silent_since[who as usize] = self.twin.now;
        let mine = account(who);
        let own = link(&mine);
        let shared = Card { token: format!("tok_{}", card(who)).into(), ..own.card() };
        let link = Some(Link::new(&shared, own.email().unwrap_or_default(), own.region()));
        let status = self.world.status_of(&mine);
        let command =
            PostCommand { link, status, units, ..post_command(who, post(number), ms(posted), intent) };
        match self.world.submit(command) {
            Ok(decisions) => self.observe(&decisions),
            Err(refusal) => {
                use flashtag::domain::refusal::Refusal::AlreadyWaiting;
                let place =
                    if let AlreadyWaiting { place } = refusal { format!(" {place}") } else { String::new() };
                self.answers.push(format!("{who} {number} {}{place}", refusal.outcome()));
            }
        }
    }

    fn report(&mut self, lot: Lot, approve: bool) {
        let id = ReservationId { offer: OFFER, ordinal: lot.ordinal };
        let key = "0/9/9".parse().expect("a key");
        let report = match lot.stage {
            Stage::Returning => Report::Refunded { id, key },
            Stage::Confirmed if approve => Report::Authorized { id, key, reference: None },
            _ if approve => Report::Captured { id, key },
            _ => Report::Declined { id, key, reason: "no".into() },
        };
        let decision = self.world.step(&Command::Report(report)).expect("it was asked for");
        self.observe(&[decision]);
        self.twin.card_result(lot, approve);
    }

    fn restock(&mut self, units: u32) {
        let change = StockChange { offer: OFFER, units, key: format!("k{}", self.posts).into() };
        let changed = self.world.change(&Command::Restock(change));
        assert_eq!(changed.is_ok(), !self.twin.closed, "no units are added after the closing");
        if let Ok(decisions) = changed {
            self.observe(&decisions);
            self.twin.allotment += units;
            self.twin.hand_on();
        }
    }

    fn withdraw(&mut self, units: u32) {
        let change = StockChange { offer: OFFER, units, key: format!("k{}", self.posts).into() };
        let changed = self.world.change(&Command::Withdraw(change));
        assert_eq!(changed.is_ok(), units <= self.twin.free(), "only available units can be withdrawn");
        if let Ok(decisions) = changed {
            self.observe(&decisions);
            self.twin.allotment -= units;
        }
    }

    fn pass(&mut self, length: i64) {
        let now = self.twin.now + length;
        let decisions = self.world.jump(ms(now));
        self.observe(&decisions);
        self.twin.time(now);
    }

    fn apply_step(&mut self, step: Step) {
        self.posts += 1;
        let number = self.posts;
        self.pass(1);
        match step {
            Step::Wait(length) => self.pass(length),
            Step::Claim(who, units, late) => {
                self.claims[who as usize] = number;
                let posted = (self.twin.now - late).max(self.silent_since[who as usize] + 1);
                self.post_at(who, number, posted, Intent::Buy(OFFER), units);
                self.twin.claim(who, number, posted, units);
            }
            Step::Confirm(who) => {
                self.post_now(who, number, Intent::Confirm(OFFER));
                self.twin.confirm(who, number);
            }
            Step::Cancel(who) => {
                self.post_now(who, number, Intent::Cancel(OFFER));
                self.twin.cancel(who, number);
            }
            Step::Delete(who) => {
                let claim = self.claims[who as usize];
                self.post_now(who, claim, Intent::Delete);
                if !self.twin.pass_on(who, claim, Some(claim)) {
                    self.twin.record(who, claim, "not_relevant");
                }
            }
            Step::Freeze(who) => {
                self.post_now(who, number, Intent::Freeze);
                if !self.twin.pass_on(who, number, None) {
                    self.twin.record(who, number, "not_relevant");
                }
                self.twin.frozen.push(who);
            }
            Step::Unfreeze(who) => {
                self.world.unfreeze(&account(who));
                self.twin.frozen.retain(|frozen| *frozen != who);
            }
            Step::Card(who, approve) => {
                if let Some(lot) = self.twin.asked(who) {
                    self.report(lot, approve);
                }
            }
            Step::Restock(units) => self.restock(units),
            Step::Withdraw(units) => self.withdraw(units),
        }
        self.pass(0);
    }

    fn compare(&mut self) {
        assert_eq!(self.answers, self.twin.answers);
        let twin = [self.twin.free(), sum(&self.twin.lots), sum(&self.twin.sold)];
        let counts = self.world.counts(0);
        assert_eq!([counts.available, counts.reserved, counts.sold], twin, "available, reserved, sold");
        assert_eq!((counts.allotment, counts.waiting as usize), (self.twin.allotment, self.twin.line.len()));
        let offer = self.world.campaign.offer(OFFER).expect("the offer is there");
        let real: Vec<_> =
            offer.reservations().map(|(id, kept)| (id.ordinal, kept.claim.units, kept.stage)).collect();
        let mut twin: Vec<_> = self.twin.lots.iter().map(|lot| (lot.ordinal, lot.units, lot.stage)).collect();
        twin.sort_by_key(|(ordinal, ..)| *ordinal);
        assert_eq!(real, twin, "reservations");
        self.answers.clear();
        self.twin.answers.clear();
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
    fn the_rules_and_their_naive_twin_agree(terms in sale(), steps in prop::collection::vec(step(), 1..120)) {
        let mut pair = Pair::new(terms);
        for &step in &steps {
            pair.apply_step(step);
            pair.compare();
        }
        pair.world.assert_replays();
    }
}

#[test]
fn the_random_commands_reach_every_outcome_of_the_rules() {
    let reached = Reached::by_runs(sale, step, |reached, terms, run| {
        let mut pair = Pair::new(terms);
        for step in run {
            pair.apply_step(step);
            reached.note_answers(&std::mem::take(&mut pair.answers));
        }
        for event in pair.world.history.iter().flat_map(|record| &record.decision.events) {
            let rule = match event {
                Event::TakeBackNoted { .. } => "take back noted",
                Event::Restocked { .. } => "restocked",
                Event::Withdrawn { .. } => "withdrawn",
                Event::Entered { .. } => "entered",
                Event::Drawn { .. } => "drawn",
                _ => continue,
            };
            reached.note(rule);
        }
    });
    let needed = "reserved,waitlisted,promoted,confirmed,sold,declined,expired,released,refunded,frozen,closed,\
        sold_out,fully_reserved,limit_reached,already_reserved,already_waiting,nothing_to_confirm,\
        confirm_late,take back noted,restocked,withdrawn,entered,drawn";
    reached.assert_each_of(needed.split(','));
}
