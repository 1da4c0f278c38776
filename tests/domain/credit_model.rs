//! A naive model of a statement-credit offer: a list of all transactions, walked from its front for each
//! question. It finds shares by trying amounts, the largest first. The real offer must give the same answers
//! and pay the same, whatever arrives in whatever order.

use std::collections::BTreeMap;

use flashtag::domain::answer::Answer;
use flashtag::domain::credit::{CreditAsk, CreditTerms, Reward};
use flashtag::domain::money::{Money, Rate};
use flashtag::domain::transaction::{Transaction, TransactionKind};
use proptest::prelude::*;

use super::credit_world::{CreditWorld, Paid, answer_text, enrolling, id, money, refused, terms};
use super::world::{account, link, ms};

/// The enrolled accounts, each with the time of its post in seconds after midnight.
const ENROLLED: [(u32, i64); 3] = [(1, 100), (2, 100), (3, 160)];
const OPENS: i64 = 50;
const VALID_UNTIL: i64 = 300;

/// A transaction. Purchases and refunds share their numbers, so a number may repeat as either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Incoming {
    number: u32,
    who: u32,
    of: Option<u32>,
    minor: i64,
    usd: bool,
    listed: bool,
    at: i64,
}

impl Incoming {
    fn transaction(&self) -> Transaction {
        let currency = if self.usd { "USD" } else { "EUR" };
        Transaction {
            id: number_id(self.number),
            card: link(&account(self.who)).token().into(),
            merchant: if self.listed { "m-101" } else { "m-9" }.into(),
            amount: Money { minor: self.minor, ..money(&format!("0 {currency}")) },
            at: ms(self.at * 1000),
            kind: match self.of {
                None => TransactionKind::Purchase,
                Some(of) => TransactionKind::Refund { of: number_id(of) },
            },
        }
    }
}

fn number_id(number: u32) -> flashtag::domain::transaction::TransactionId {
    id(&format!("n-{number}"))
}

/// Formats US dollars with two decimals.
fn usd(minor: i64) -> String {
    format!("{}.{:02} USD", minor / 100, minor % 100)
}

/// The reward of an offer: a fixed amount, or a share in millionths with an upper bound.
#[derive(Debug, Clone, Copy)]
enum RewardKind {
    Fixed(i64),
    Share(i64, i64),
}

struct Model {
    reward: RewardKind,
    least: i64,
    uses: usize,
    /// All relevant transactions, in the order of arrival.
    incoming: Vec<Incoming>,
    /// The last answer by number.
    words: BTreeMap<u32, String>,
    /// The purchases that counted, with what they earned.
    credits: Vec<(Incoming, i64)>,
}

impl Model {
    fn credit(&self, spent: i64) -> i64 {
        match self.reward {
            RewardKind::Fixed(credit) => credit,
            RewardKind::Share(ppm, most) => {
                (0..=most).rev().find(|credit| credit * 1_000_000 <= spent * ppm).unwrap_or(0)
            }
        }
    }

    fn left(&self, who: u32) -> usize {
        self.uses - self.credits.iter().filter(|(purchase, _)| purchase.who == who).count()
    }

    /// The refunds of a purchase, in the order of arrival.
    fn refunds(&self, purchase: &Incoming) -> Vec<Incoming> {
        // What waited for its purchase waited at the card to which the money went.
        let of = |incoming: &&Incoming| {
            let waited =
                self.words.get(&incoming.number).is_some_and(|word| word.ends_with("nothing_to_confirm"));
            incoming.of == Some(purchase.number) && (incoming.who == purchase.who || !waited)
        };
        self.incoming.iter().filter(of).cloned().collect()
    }

    /// The part of a credit that these refunds reverse.
    fn taken(purchase: &Incoming, credit: i64, refunds: &[Incoming]) -> i64 {
        let sum: i64 = refunds.iter().filter(|refund| refund.usd).map(|refund| refund.minor).sum();
        let sum = sum.min(purchase.minor);
        (0..=credit).rev().find(|taken| taken * purchase.minor <= credit * sum).unwrap_or(0)
    }

    /// The answer to the last of these refunds of a purchase.
    fn answer_to_last(&self, purchase: &Incoming, refunds: &[Incoming]) -> String {
        let (last, earlier) = refunds.split_last().expect("one at least");
        let number = last.number;
        let counted = self.credits.iter().find(|(counted, _)| counted == purchase);
        match counted {
            None => {
                let word = self.words[&purchase.number].split(' ').nth(1).expect("a reason").to_owned();
                format!("n-{number} {word} ({} left)", self.left(purchase.who))
            }
            Some(_) if !last.usd => format!("n-{number} wrong_currency ({} left)", self.left(purchase.who)),
            Some((_, credit)) => {
                let taken = Self::taken(purchase, *credit, refunds) - Self::taken(purchase, *credit, earlier);
                format!("n-{number} credit_reversed {}", usd(taken))
            }
        }
    }

    /// The answer to a transaction that arrives at second `now`.
    fn answer_to(&mut self, now: i64, incoming: &Incoming) -> String {
        if let Some(word) = self.words.get(&incoming.number) {
            return format!("duplicate: {word}");
        }
        // A refund belongs to the card of the purchase that it names, and may come from any merchant.
        let purchase = self.incoming.iter().find(|earlier| Some(earlier.number) == incoming.of);
        let who = purchase.map_or(incoming.who, |purchase| purchase.who);
        let enrolled = ENROLLED.iter().find(|(enrolled, _)| *enrolled == who);
        let Some(&(_, enrolled_at)) = enrolled else { return "refused: not_relevant".to_owned() };
        if !incoming.listed && incoming.of.is_none() {
            return "refused: not_relevant".to_owned();
        }
        let itself = incoming.of == Some(incoming.number);
        if itself || purchase.is_some_and(|named| named.of.is_some()) {
            return "refused: not_relevant".to_owned();
        }
        if incoming.at > now + 10 {
            return "refused: future".to_owned();
        }
        match incoming.of {
            None => self.purchase(incoming, enrolled_at),
            Some(of) => self.refund(incoming, of),
        }
    }

    fn purchase(&mut self, incoming: &Incoming, enrolled_at: i64) -> String {
        let reason = if incoming.at < OPENS {
            "not_open"
        } else if incoming.at > VALID_UNTIL {
            "closed"
        } else if incoming.at <= enrolled_at {
            "not_enrolled"
        } else if !incoming.usd {
            "wrong_currency"
        } else if incoming.minor < self.least {
            "below_minimum"
        } else if self.left(incoming.who) == 0 {
            "limit_reached"
        } else {
            "credited"
        };
        let credit = self.credit(incoming.minor);
        let earned = if reason == "credited" { format!(" {}", usd(credit)) } else { String::new() };
        if reason == "credited" {
            self.credits.push((incoming.clone(), credit));
        }
        let mut words =
            vec![format!("n-{} {reason}{earned} ({} left)", incoming.number, self.left(incoming.who))];
        self.incoming.push(incoming.clone());
        self.words.insert(incoming.number, words[0].clone());
        let refunds = self.refunds(incoming);
        for last in 1..=refunds.len() {
            let word = self.answer_to_last(incoming, &refunds[..last]);
            self.words.insert(refunds[last - 1].number, word.clone());
            words.push(word);
        }
        words.join(", ")
    }

    fn refund(&mut self, incoming: &Incoming, of: u32) -> String {
        let purchase = self.incoming.iter().find(|earlier| earlier.number == of).cloned();
        self.incoming.push(incoming.clone());
        let word = match purchase {
            Some(purchase) => self.answer_to_last(&purchase, &self.refunds(&purchase)),
            None => format!("n-{} nothing_to_confirm", incoming.number),
        };
        self.words.insert(incoming.number, word.clone());
        word
    }

    fn paid(&self) -> BTreeMap<u32, Paid> {
        let paid = self.credits.iter().map(|(purchase, credit)| {
            let reversed = Self::taken(purchase, *credit, &self.refunds(purchase));
            (purchase.number, Paid { credited: *credit, reversed })
        });
        paid.collect()
    }
}

fn offer(reward: RewardKind, least: i64, uses: usize) -> (CreditTerms, Model) {
    let cents = |minor| Money { minor, ..money("0 USD") };
    let terms_reward = match reward {
        RewardKind::Fixed(credit) => Reward::Fixed(cents(credit)),
        RewardKind::Share(ppm, most) => {
            Reward::Share { rate: Rate { ppm: u32::try_from(ppm).expect("a rate") }, most: cents(most) }
        }
    };
    let terms = CreditTerms {
        reward: terms_reward,
        min_spend: cents(least),
        uses_per_card: u32::try_from(uses).expect("a few"),
        opens: ms(OPENS * 1000),
        valid_until: ms(VALID_UNTIL * 1000).into(),
        ..terms()
    };
    let model =
        Model { reward, least, uses, incoming: Vec::new(), words: BTreeMap::new(), credits: Vec::new() };
    (terms, model)
}

/// A world at second 200, in which all accounts are enrolled.
fn world(terms: CreditTerms) -> CreditWorld {
    let mut world = CreditWorld::new(ms(0), terms);
    world.advance(ms(200_000));
    for (who, posted) in ENROLLED {
        let command = enrolling(&account(who), Some(link(&account(who))), u64::from(who), ms(posted * 1000));
        world.step(CreditAsk::Enroll(&command)).expect("it is accepted");
    }
    world
}

fn answered(world: &mut CreditWorld, incoming: &Incoming) -> String {
    match world.transact(&incoming.transaction()) {
        Err(refusal) => refused(&refusal),
        Ok(decision) => {
            let answers = Answer::to_decision(world.now, &decision.events);
            answers.iter().map(answer_text).collect::<Vec<_>>().join(", ")
        }
    }
}

fn paid(world: &CreditWorld) -> BTreeMap<String, Paid> {
    world.paid.iter().map(|(purchase, paid)| (purchase.to_string(), *paid)).collect()
}

fn reward() -> impl Strategy<Value = (RewardKind, i64, usize)> {
    let fixed = (1..=2500_i64, 1..=2500_i64).prop_map(|(credit, least)| (RewardKind::Fixed(credit), least));
    let share = (1..=100_i64, 1..=900_i64)
        .prop_map(|(percent, most)| (RewardKind::Share(percent * 10_000, most), 100));
    (prop_oneof![fixed, share], 1..=3_usize).prop_map(|((reward, least), uses)| (reward, least, uses))
}

/// A random transaction with a number below `numbers`; account 4 is not enrolled. Most purchases are valid,
/// so that refunds find their purchases.
fn incoming(numbers: u32) -> impl Strategy<Value = Incoming> {
    let minor = prop_oneof![1..=3000_i64, Just(2499_i64), Just(2500_i64), Just(3120_i64)];
    let at = prop_oneof![6 => 161..=201_i64, 1 => 40..=310_i64, 1 => prop_oneof![Just(50_i64), Just(100), Just(300)]];
    let of = prop_oneof![3 => Just(None), 4 => (0..numbers).prop_map(Some)];
    let (usd, listed) = (proptest::bool::weighted(0.9), proptest::bool::weighted(0.9));
    (0..numbers, prop_oneof![8 => 1..=2_u32, 1 => 3..=4_u32], of, minor, usd, listed, at).prop_map(
        |(number, who, of, minor, usd, listed, at)| Incoming { number, who, of, minor, usd, listed, at },
    )
}

/// Transactions whose numbers are their indices, in their order and in another.
fn reordered() -> impl Strategy<Value = (Vec<Incoming>, Vec<Incoming>)> {
    let numbered = proptest::collection::vec(incoming(16), 1..16).prop_map(|mut all| {
        for (incoming, number) in all.iter_mut().zip(0..) {
            incoming.number = number;
        }
        // A refund waits at its own card: another one must find its purchase there.
        let cards: Vec<u32> = all.iter().map(|incoming| incoming.who).collect();
        for incoming in &mut all {
            let purchase = incoming.of.and_then(|of| cards.get(of as usize));
            incoming.who = purchase.copied().unwrap_or(incoming.who);
        }
        all
    });
    numbered.prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn the_offer_agrees_with_the_naive_model(
        (reward, least, uses) in reward(),
        arrivals in proptest::collection::vec((0..=20_i64, incoming(10)), 1..40),
    ) {
        let (terms, mut model) = offer(reward, least, uses);
        let mut world = world(terms);
        let mut now = 200;
        for (pause, incoming) in arrivals {
            now += pause;
            world.advance(ms(now * 1000));
            prop_assert_eq!(answered(&mut world, &incoming), model.answer_to(now, &incoming), "{:?}", incoming);
        }
        let modelled = model.paid().into_iter().map(|(number, paid)| (number_id(number).to_string(), paid));
        let modelled: BTreeMap<_, _> = modelled.collect();
        prop_assert_eq!(paid(&world), modelled);
        for (who, _) in ENROLLED {
            let left = world.offer.uses_left(link(&account(who)).token());
            prop_assert_eq!(left.map(|left| left as usize), Some(model.left(who)));
        }
        world.assert_replays();
    }

    #[test]
    fn the_final_amounts_do_not_depend_on_the_order_of_arrival(
        (reward, least, _) in reward(),
        (one, other) in reordered(),
    ) {
        let run = |order: &[Incoming], uses| {
            let mut world = world(offer(reward, least, uses).0);
            world.advance(ms(400_000));
            order.iter().for_each(|incoming| { answered(&mut world, incoming); });
            world.assert_replays();
            world
        };
        // With enough uses, every purchase has its credit and its reversal.
        prop_assert_eq!(paid(&run(&one, 100)), paid(&run(&other, 100)));
        // With too few uses, the order decides which purchases count, but not how many.
        prop_assert_eq!(run(&one, 2).offer.counts().credits, run(&other, 2).offer.counts().credits);
    }

    #[test]
    fn refunds_in_parts_reverse_the_same_amount_as_one_refund(
        credit in 1..=5000_i64,
        spent in 2500..=9000_i64,
        mut parts in proptest::collection::vec(1..=1500_i64, 1..12),
    ) {
        let refunded = |parts: &[i64]| {
            let mut world = world(offer(RewardKind::Fixed(credit), 2500, 1).0);
            let sound = Incoming { number: 0, who: 1, of: None, minor: spent, usd: true, listed: true, at: 170 };
            answered(&mut world, &sound);
            for (&minor, number) in parts.iter().zip(1..) {
                answered(&mut world, &Incoming { number, of: Some(0), minor, ..sound.clone() });
            }
            world.offer.counts().reversed.minor
        };
        let in_parts = refunded(&parts);
        prop_assert_eq!(in_parts, refunded(&[parts.iter().sum()]));
        parts.reverse();
        prop_assert_eq!(in_parts, refunded(&parts));
        prop_assert!(in_parts <= credit);
        if parts.iter().sum::<i64>() >= spent {
            prop_assert_eq!(in_parts, credit, "the whole credit is reversed");
        }
    }
}
