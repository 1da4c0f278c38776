//! A naive model of the limits on an account: what it may spend in a day, how fast it may post, how old it
//! must be. It keeps lists of all posts and answers, and walks them from the front for each post. The twins
//! cover what else decides about a claim.

use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Intent, PostCommand};
use flashtag::domain::decision::Decision;
use flashtag::domain::id::{OfferNo, ReservationId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::rules::{PostRate, Rules};
use flashtag::domain::terms::{Tax, Terms};
use flashtag::domain::time::Millis;
use proptest::prelude::*;

use super::world::{CardResult, World, ms, post, post_command, terms};

const PEOPLE: u32 = 3;
const DAY_MS: i64 = 86_400_000;
/// The price of a unit of each offer, in dollars; there is no tax.
const PRICES: [i64; 2] = [10, 7];

/// Units that an account claimed and neither ordered nor passed on.
struct Open {
    who: u32,
    offer: u32,
    units: u32,
}

/// An order that was not taken back.
struct Ordered {
    id: ReservationId,
    who: u32,
    day: i64,
    units: u32,
}

fn price(offer: u32, units: u32) -> i64 {
    PRICES[offer as usize] * i64::from(units)
}

/// Times are in milliseconds after the first midnight.
#[derive(Default)]
struct Model {
    /// The author and time of each post that was not too fast.
    posts: Vec<(u32, i64)>,
    open: Vec<Open>,
    ordered: Vec<Ordered>,
}

impl Model {
    /// A leaky bucket for each account: each post adds its share of the period, and time drains it.
    fn is_too_fast(&self, who: u32, now: i64, pace: PostRate) -> bool {
        let share = pace.per.ms() / i64::from(pace.posts);
        let (mut level, mut since) = (0, 0);
        for (_, at) in self.posts.iter().filter(|(by, _)| *by == who) {
            level = (level - (at - since)).max(0) + share;
            since = *at;
        }
        (level - (now - since)).max(0) + share > pace.per.ms()
    }

    fn dollars(&self, who: u32, now: i64) -> i64 {
        let today = self.ordered.iter().filter(|order| order.who == who && order.day == now / DAY_MS);
        let ordered: i64 = today.map(|order| price(order.id.offer.0, order.units)).sum();
        let open = self.open.iter().filter(|open| open.who == who);
        ordered + open.map(|open| price(open.offer, open.units)).sum::<i64>()
    }

    /// Takes `units` off what is open; a no-op if the account has none open.
    fn close(&mut self, who: u32, offer: u32, units: u32) {
        for open in self.open.iter_mut().filter(|open| (open.who, open.offer) == (who, offer)) {
            open.units = open.units.checked_sub(units).expect("no more is open than was claimed");
        }
        self.open.retain(|open| open.units > 0);
    }

    fn observe(&mut self, now: i64, answer: &Answer) {
        let who: u32 = answer.account.author.text().parse().expect("people are numbered");
        let (id, units) = (answer.reservation, answer.units);
        let offer = answer.offer.expect("a purchase has an offer").0;
        match answer.outcome {
            Outcome::Confirmed => {
                self.close(who, offer, units);
                let id = id.expect("an order is a reservation's");
                self.ordered.push(Ordered { id, who, day: now / DAY_MS, units });
            }
            Outcome::Released | Outcome::Declined
                if self.ordered.iter().any(|order| Some(order.id) == id) =>
            {
                self.ordered.retain(|order| Some(order.id) != id);
            }
            Outcome::Released | Outcome::Expired | Outcome::SoldOut => self.close(who, offer, units),
            _ => {}
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    Claim {
        who: u32,
        offer: u32,
        units: u32,
        age: Option<i64>,
    },
    /// With the card provider's result for the order.
    Confirm(u32, u32, CardResult),
    Cancel(u32, u32),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 1..=PEOPLE;
    let offer = || 0..=1_u32;
    let minute = 60_000_i64;
    let waits = [1, minute / 2, 5 * minute, 15 * minute, 130 * minute, 8 * 60 * minute];
    let result = prop_oneof![4 => Just(CardResult::Approve), 1 => Just(CardResult::Decline)];
    let age = prop::option::of(0..=2 * minute);
    prop_oneof![
        5 => prop::sample::select(waits.to_vec()).prop_map(Step::Wait),
        8 => (who(), offer(), 1..=3_u32, age)
            .prop_map(|(who, offer, units, age)| Step::Claim { who, offer, units, age }),
        6 => (who(), offer(), result).prop_map(|(who, offer, result)| Step::Confirm(who, offer, result)),
        3 => (who(), offer()).prop_map(|(who, offer)| Step::Cancel(who, offer)),
    ]
}

/// One offer with plenty of units, and one with a waitlist.
fn sale() -> impl Strategy<Value = Rules> {
    let cap = (15..=60_i64).prop_map(|dollars| format!("{dollars}.00 USD").parse().expect("an amount"));
    let pace = (1..=4_u32, prop::sample::select(vec![60_000_i64, 600_000, 3 * 3_600_000]));
    let pace = pace.prop_map(|(posts, per)| PostRate { posts, per: Millis::from_ms(per) });
    (prop::option::weighted(0.8, cap), prop::option::of(pace), any::<bool>()).prop_map(
        |(spend_cap, pace, partial)| {
            let (take_back, age) = (Some(Millis::from_secs(3600)), Some(Millis::from_secs(60)));
            Rules { spend_cap, pace, partial, take_back, account_age: age, ..Rules::default() }
        },
    )
}

fn offer(no: usize, units: u32, rules: &Rules) -> Terms {
    Terms {
        units,
        price: format!("{}.00 USD", PRICES[no]).parse().expect("a price"),
        tax: Tax::Flat("0%".parse().expect("a rate")),
        closes: ms(5 * DAY_MS).into(),
        limit_per_account: 100,
        rules: rules.clone(),
        ..terms(["plenty", "scarce"][no])
    }
}

/// The real campaign and the model.
struct Pair {
    world: World,
    model: Model,
    rules: Rules,
    posts: u64,
    /// The outcome of each post that a limit was asked about.
    outcomes: Vec<Outcome>,
}

impl Pair {
    fn new(rules: Rules) -> Self {
        let mut world = World::new(ms(0), [offer(0, 1000, &rules), offer(1, 3, &rules)]);
        world.cards_approve = true;
        Self { world, model: Model::default(), rules, posts: 100, outcomes: Vec::new() }
    }

    fn now(&self) -> i64 {
        self.world.now.since(ms(0)).ms()
    }

    fn observe(&mut self, decisions: &[Decision]) {
        for decision in decisions {
            for answer in Answer::to_decision(self.world.now, &decision.events) {
                // A parked confirmation buys nothing.
                if answer.outcome != Outcome::NothingToConfirm {
                    self.model.observe(self.now(), &answer);
                }
            }
        }
    }

    /// Advances the time, and stops at each deadline on the way.
    fn wait(&mut self, length: i64) {
        let until = self.world.now.plus(Millis::from_ms(length));
        while let Some(due) = self.world.campaign.next_deadline().filter(|due| *due <= until) {
            let decisions = self.world.advance(due.max(self.world.now));
            self.observe(&decisions);
        }
        let decisions = self.world.advance(until);
        self.observe(&decisions);
    }

    /// Posts, and compares the answer with the model's pace.
    fn submit(
        &mut self,
        who: u32,
        intent: Intent,
        change: impl FnOnce(PostCommand) -> PostCommand,
    ) -> (Outcome, Vec<Decision>) {
        self.posts += 1;
        let (number, now) = (post(self.posts), self.now());
        let too_fast = self.rules.pace.is_some_and(|pace| self.model.is_too_fast(who, now, pace));
        let command = change(post_command(who, number.clone(), self.world.now, intent));
        let (outcome, decisions) = match self.world.submit(command) {
            Ok(decisions) => {
                let events = &decisions.first().expect("a decision on the post").events;
                let answers = Answer::to_decision(self.world.now, events);
                let own = answers.iter().find(|answer| answer.post.as_ref() == Some(&number));
                (own.expect("a post is answered").outcome, decisions)
            }
            Err(refusal) => (refusal.outcome(), Vec::new()),
        };
        assert_eq!(outcome == Outcome::RateLimited, too_fast, "{who} at {now} got {outcome}");
        if !too_fast {
            self.model.posts.push((who, now));
        }
        self.outcomes.push(outcome);
        (outcome, decisions)
    }

    /// Claims, and compares the answer with the model's spend cap and account age.
    fn claim(&mut self, who: u32, offer: u32, units: u32, age: Option<i64>) {
        let now = self.now();
        let dollars = self.model.dollars(who, now) + price(offer, units);
        let too_much = self.rules.spend_cap.is_some_and(|cap| dollars * 100 > cap.minor);
        let asked_age = self.rules.account_age.expect("every sale of this test has an age limit");
        let too_new = age.is_some_and(|age| age < asked_age.ms());
        let (outcome, decisions) = self.submit(who, Intent::Buy(OfferNo(offer)), |command| {
            let account_since = age.map(|age| ms(now - age));
            PostCommand { units, account_since, ..command }
        });
        match outcome {
            Outcome::SpendCap => assert!(too_much, "{who} may spend {dollars} dollars"),
            Outcome::AccountTooNew => assert!(too_new, "{who} is {age:?} old"),
            Outcome::Reserved | Outcome::Waitlisted => {
                assert!(!too_much, "{who} may not spend {dollars} dollars");
                assert!(!too_new, "{who} is only {age:?} old");
                self.model.open.push(Open { who, offer, units });
            }
            _ => {}
        }
        self.observe(&decisions);
    }

    fn confirm(&mut self, who: u32, offer: u32, result: CardResult) {
        self.world.cards_approve = result == CardResult::Approve;
        let (_, decisions) = self.submit(who, Intent::Confirm(OfferNo(offer)), |command| command);
        self.observe(&decisions);
        while let Some(decision) = self.world.card(result) {
            self.observe(&[decision]);
        }
        self.world.cards_approve = true;
    }

    fn apply_step(&mut self, step: Step) {
        self.wait(1);
        match step {
            Step::Wait(length) => self.wait(length),
            Step::Claim { who, offer, units, age } => self.claim(who, offer, units, age),
            Step::Confirm(who, offer, result) => self.confirm(who, offer, result),
            Step::Cancel(who, offer) => {
                let (_, decisions) = self.submit(who, Intent::Cancel(OfferNo(offer)), |command| command);
                self.observe(&decisions);
            }
        }
    }
}

/// The default number of cases, or `PROPTEST_CASES` if that is larger.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.max(500), failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_brakes_and_their_naive_model_agree(rules in sale(), steps in prop::collection::vec(step(), 1..120)) {
        let mut pair = Pair::new(rules);
        for &step in &steps {
            pair.apply_step(step);
        }
        pair.world.assert_replays();
    }
}

#[test]
fn the_random_posts_reach_every_brake() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<Outcome, u32>::new();
    for _ in 0..200 {
        let rules = sale().new_tree(&mut runner).expect("a sale").current();
        let run = prop::collection::vec(step(), 100).new_tree(&mut runner).expect("a run").current();
        let mut pair = Pair::new(rules);
        run.iter().for_each(|&step| pair.apply_step(step));
        for outcome in pair.outcomes {
            *seen.entry(outcome).or_default() += 1;
        }
    }
    let needed = [
        Outcome::Reserved,
        Outcome::Waitlisted,
        Outcome::Confirmed,
        Outcome::Released,
        Outcome::SpendCap,
        Outcome::RateLimited,
        Outcome::AccountTooNew,
    ];
    for outcome in needed {
        assert!(
            seen.get(&outcome).copied().unwrap_or(0) >= 100,
            "{outcome} is hardly ever reached: {seen:?}"
        );
    }
}
