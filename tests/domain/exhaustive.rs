//! Explores a small sale exhaustively: two units, three accounts, every sequence of commands up to a length.
//! Sequences that lead to the same state are continued together.
//!
//! The ledger checks every state against the promises: no unit is lost or created, and none is available
//! while a waiter could have it.

use std::collections::{HashMap, HashSet};

use flashtag::domain::command::{Command, Intent, PostCommand, Report, StockChange};
use flashtag::domain::effect::Effect;
use flashtag::domain::event::Event;
use flashtag::domain::id::{EffectKey, OfferNo, PostId, ReservationId};
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::{Millis, Timestamp};

use super::world::{CardResult, World, ms, post, post_command, prompt, terms};
use crate::run_budget;

const OFFER: OfferNo = OfferNo(0);
const PEOPLE: u32 = 3;
const RESTOCKS_MOST: usize = 1;

/// A step of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Claim(u32),
    Confirm(u32),
    Cancel(u32),
    /// The time advances to the next deadline.
    Wait,
    Card(CardResult),
    /// The oldest prompt in flight is delivered.
    Prompt,
    /// The shop adds a unit.
    Restock,
}

fn alphabet() -> Vec<Move> {
    let people = (1..=PEOPLE).flat_map(|who| [Move::Claim(who), Move::Confirm(who), Move::Cancel(who)]);
    let world = [Move::Wait, Move::Card(CardResult::Approve), Move::Card(CardResult::Decline), Move::Prompt];
    people.chain(world).collect()
}

/// The initial state: the offer, and how many units each account claims.
#[derive(Clone)]
struct Start {
    terms: Terms,
    wants: [u32; PEOPLE as usize],
    alphabet: Vec<Move>,
}

impl Start {
    fn singles(terms: Terms) -> Self {
        Self { terms, wants: [1; PEOPLE as usize], alphabet: alphabet() }
    }
}

/// A state, and the number of sequences that lead to it.
#[derive(Clone)]
struct State {
    world: World,
    /// The number of accepted posts by account.
    posts: [u64; PEOPLE as usize],
    wants: [u32; PEOPLE as usize],
    ways: u64,
}

impl State {
    /// The next post of an account. Its number identifies the account and the post.
    fn command(&self, who: u32, intent: Intent) -> PostCommand {
        let nth = who as usize - 1;
        let (made, units) = (self.posts[nth], self.wants[nth]);
        PostCommand { units, ..post_command(who, post(u64::from(who) * 1000 + made), self.world.now, intent) }
    }

    /// The state after the step; `None` if it is refused or impossible.
    fn after(&self, step: Move) -> Option<Self> {
        let (who, intent) = match step {
            Move::Claim(who) => (who, Intent::Buy(OFFER)),
            Move::Confirm(who) => (who, Intent::Confirm(OFFER)),
            Move::Cancel(who) => (who, Intent::Cancel(OFFER)),
            Move::Wait => {
                let due = self.world.campaign.next_deadline()?;
                return Some(self.with(|world| drop(world.advance(due))));
            }
            Move::Card(result) => {
                self.world.cards.front()?;
                return Some(self.with(|world| drop(world.card(result))));
            }
            Move::Prompt => {
                let report = World::prompt_report(self.unprompted()?, self.world.now);
                return Some(self.with(|world| drop(world.report(report).expect("a delivery is accepted"))));
            }
            Move::Restock => {
                let made = self.world.history.iter().flat_map(|record| &record.decision.events);
                let made = made.filter(|event| matches!(event, Event::Restocked { .. })).count();
                let key = format!("k{made}").into();
                let command = Command::Restock(StockChange { offer: OFFER, units: 1, key });
                self.world.campaign.decide(self.world.now, &command).ok().filter(|_| made < RESTOCKS_MOST)?;
                return Some(self.with(|world| drop(world.change(&command).expect("judged the same again"))));
            }
        };
        let command = Command::Say(self.command(who, intent));
        self.world.campaign.decide(self.world.now, &command).ok()?;
        let mut after = self.with(|world| drop(world.step(&command).expect("judged the same again")));
        *after.posts.get_mut(who as usize - 1).expect("one of the people") += 1;
        Some(after)
    }

    fn with(&self, change: impl FnOnce(&mut World)) -> Self {
        let mut after = self.clone();
        change(&mut after.world);
        after
    }

    fn unprompted(&self) -> Option<ReservationId> {
        let offer = self.world.campaign.offer(OFFER).expect("the offer is there");
        offer.reservations().find(|(_, reservation)| reservation.prompt.is_none()).map(|(id, _)| id)
    }

    /// What distinguishes states: the campaign, the time, and the pending effects.
    fn key(&self) -> (u64, Timestamp, Vec<EffectKey>, [u64; PEOPLE as usize]) {
        // A key's sequence depends on the length of the history; only the order of the effects matters.
        let asked = self.world.cards.iter().map(|(_, effect)| match effect {
            Effect::Authorize(payment) => EffectKey { partition: 0, sequence: 0, index: payment.id.ordinal },
            Effect::Capture(payment) => EffectKey { partition: 1, sequence: 0, index: payment.id.ordinal },
            _ => panic!("only payments are pending"),
        });
        (self.world.digest(), self.world.now, asked.collect(), self.posts)
    }
}

/// Unusual commands: each is judged, and a decision on one applies.
fn odd_commands(state: &State) -> Vec<Command> {
    let now = state.world.now;
    let key = EffectKey { partition: 7, sequence: 7, index: 7 };
    let mut odd = vec![Command::ExpireDue];
    for who in 1..=PEOPLE {
        let made = u64::from(who) * 1000;
        let say =
            |post: PostId, at: Timestamp, intent: Intent| Command::Say(post_command(who, post, at, intent));
        let reposts = [prompt(ReservationId { offer: OFFER, ordinal: who }), post(77)];
        odd.extend(reposts.map(|of| say(post(99), now, Intent::Repost { of, tagged: Some(OFFER) })));
        odd.extend([
            say(post(made), now, Intent::Delete),
            say(post(made), now, Intent::Buy(OFFER)),
            say(post(98), now, Intent::Buy(OfferNo(9))),
            say(post(98), now.plus(Millis::from_ms(1001)), Intent::Buy(OFFER)),
            say(post(98), Timestamp::MIN, Intent::Confirm(OFFER)),
            say(post(98), now.plus(Millis::from_ms(1000)), Intent::Cancel(OFFER)),
        ]);
    }
    for ordinal in 0..=4 {
        let id = ReservationId { offer: OFFER, ordinal };
        odd.extend(
            [
                Report::Authorized { id, key, reference: None },
                Report::Captured { id, key },
                Report::Declined { id, key, reason: "no".into() },
                Report::Prompted { id, key, prompt: post(5), at: Timestamp::MIN },
                Report::Prompted { id, key, prompt: post(5), at: Timestamp::MAX },
                Report::PromptMailDelivered { id, key },
                Report::PromptMailBounced { id, key },
            ]
            .map(Command::Report),
        );
    }
    odd.push(Command::Report(Report::Captured { id: ReservationId { offer: OfferNo(9), ordinal: 1 }, key }));
    odd.push(Command::Report(Report::Delivered(Vec::new().into())));
    odd
}

/// Explores every sequence up to `length`. Returns the number of states and of sequences.
fn explore(start: Start, length: usize) -> (usize, u64) {
    let Start { terms, wants, alphabet } = start;
    let start = State { world: World::new(ms(0), [terms]), posts: [0; PEOPLE as usize], wants, ways: 1 };
    let (mut layer, mut known, mut sequences) = (vec![start], HashSet::new(), 0);
    for step in 0..=length {
        let mut next: HashMap<_, State> = HashMap::new();
        for mut state in layer {
            if known.insert(state.key()) {
                state.world.assert_replays();
                assert_odd_commands_break_nothing(&state);
            }
            if step == length {
                sequences += state.ways;
                continue;
            }
            let mut idle = 0;
            for &step in &alphabet {
                let Some(after) = state.after(step) else {
                    idle += 1;
                    continue;
                };
                let ways = after.ways;
                next.entry(after.key()).and_modify(|same| same.ways += ways).or_insert(after);
            }
            state.ways *= idle;
            let ways = state.ways;
            next.entry(state.key()).and_modify(|same| same.ways += ways).or_insert(state);
        }
        layer = next.into_values().collect();
    }
    (known.len(), sequences)
}

fn assert_odd_commands_break_nothing(state: &State) {
    for command in odd_commands(state) {
        if state.world.campaign.decide(state.world.now, &command).is_ok() {
            state.world.clone().step(&command).expect("judged the same again");
        }
    }
}

fn small(confirm_within: u32) -> Terms {
    Terms {
        units: 2,
        confirm_within: Millis::from_secs(confirm_within),
        late_grace: Millis::from_secs(5),
        prompt_patience: Millis::from_secs(10),
        limit_per_account: 2,
        closes: ms(100_000).into(),
        ..terms("small")
    }
}

/// Explores up to a length; a long run goes one command further, which takes some ten times as long.
fn explore_all(name: &str, start: Start, usual: usize) {
    let length = usual + usize::from(run_budget::is_long());
    let letters = start.alphabet.len() as u64;
    let (states, sequences) = explore(start, length);
    println!("{name}: all {sequences} sequences of {length} commands, {states} states");
    let all = letters.pow(u32::try_from(length).expect("a short length"));
    assert_eq!(sequences, all, "every sequence was followed");
}

#[test]
fn every_short_history_of_a_small_sale_keeps_the_promises() {
    explore_all("a sale of two units to three people", Start::singles(small(60)), 5);
}

#[test]
fn every_short_history_of_a_one_step_sale_keeps_the_promises() {
    explore_all("a one-step sale of two units to three people", Start::singles(small(0)), 6);
}

#[test]
fn every_short_history_of_a_single_unit_keeps_the_promises() {
    let one_unit = Terms { units: 1, ..small(60) };
    explore_all("a sale of one unit to three people", Start::singles(one_unit), 5);
}

/// Two accounts claim two units each and one claims one, while the shop adds a unit.
fn pairs(partial: bool) -> Start {
    let rules = Rules { partial, ..Rules::default() };
    let alphabet = [alphabet(), vec![Move::Restock]].concat();
    Start { terms: Terms { rules, ..small(60) }, wants: [2, 2, 1], alphabet }
}

#[test]
fn every_short_history_of_partial_claims_keeps_the_promises() {
    explore_all("a sale of two units, in parts", pairs(true), 4);
}

#[test]
fn every_short_history_of_all_or_nothing_claims_keeps_the_promises() {
    explore_all("a sale of two units, all or nothing", pairs(false), 5);
}
