//! A naive model of a statement-credit offer: a list of all that was heard, walked from its front again
//! for every question. Shares are found by trying amounts, the largest first. The real offer must give
//! the same answers and have paid the same whatever arrives, and in whatever order.

use std::collections::BTreeMap;

use flashtag::domain::answer::Answer;
use flashtag::domain::credit::{CreditAsk, CreditTerms, Reward};
use flashtag::domain::money::{Money, Rate};
use flashtag::domain::transaction::{Transaction, TransactionKind};
use proptest::prelude::*;

use super::credit_world::{CreditWorld, Paid, enrolling, id, money, refused, terms, told};
use super::world::{account, link, ms};

/// Everybody below is enrolled, each by a post of that many seconds after midnight.
const ENROLLED: [(u32, i64); 3] = [(1, 100), (2, 100), (3, 160)];
const OPENS: i64 = 50;
const VALID_UNTIL: i64 = 300;

/// A transaction: purchases and refunds share their numbers, so a number may come again as anything.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    number: u32,
    who: u32,
    of: Option<u32>,
    minor: i64,
    usd: bool,
    listed: bool,
    at: i64,
}

impl Heard {
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

/// Two decimals, as US money has.
fn usd(minor: i64) -> String {
    format!("{}.{:02} USD", minor / 100, minor % 100)
}

/// What an offer gives: the same always, or a share of so many millionths and at most so much.
#[derive(Debug, Clone, Copy)]
enum Gives {
    Fixed(i64),
    Share(i64, i64),
}

struct Model {
    gives: Gives,
    least: i64,
    uses: usize,
    /// All that mattered, in the order of arrival.
    heard: Vec<Heard>,
    /// The last word on each number.
    words: BTreeMap<u32, String>,
    /// The purchases that counted, with what they earned.
    credits: Vec<(Heard, i64)>,
}

impl Model {
    fn credit(&self, spent: i64) -> i64 {
        match self.gives {
            Gives::Fixed(credit) => credit,
            Gives::Share(ppm, most) => {
                (0..=most).rev().find(|credit| credit * 1_000_000 <= spent * ppm).unwrap_or(0)
            }
        }
    }

    fn left(&self, who: u32) -> usize {
        self.uses - self.credits.iter().filter(|(purchase, _)| purchase.who == who).count()
    }

    /// The refunds of a purchase that were heard, in order.
    fn refunds(&self, purchase: &Heard) -> Vec<Heard> {
        let of = |heard: &&Heard| heard.of == Some(purchase.number) && heard.who == purchase.who;
        self.heard.iter().filter(of).cloned().collect()
    }

    /// What these refunds take back of a credit.
    fn taken(purchase: &Heard, credit: i64, refunds: &[Heard]) -> i64 {
        let sum: i64 = refunds.iter().filter(|refund| refund.usd).map(|refund| refund.minor).sum();
        let sum = sum.min(purchase.minor);
        (0..=credit).rev().find(|taken| taken * purchase.minor <= credit * sum).unwrap_or(0)
    }

    /// The word on the last of these refunds of a purchase.
    fn word_on_last(&self, purchase: &Heard, refunds: &[Heard]) -> String {
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

    /// What is answered when this arrives at second `now`.
    fn hear(&mut self, now: i64, heard: &Heard) -> String {
        if let Some(word) = self.words.get(&heard.number) {
            return format!("duplicate: {word}");
        }
        let enrolled = ENROLLED.iter().find(|(who, _)| *who == heard.who);
        let Some(&(_, enrolled_at)) = enrolled else { return "refused: not_relevant".to_owned() };
        if !heard.listed {
            return "refused: not_relevant".to_owned();
        }
        if heard.at > now + 1 {
            return "refused: future".to_owned();
        }
        match heard.of {
            None => self.purchase(heard, enrolled_at),
            Some(of) => self.refund(heard, of),
        }
    }

    fn purchase(&mut self, heard: &Heard, enrolled_at: i64) -> String {
        let reason = if heard.at < OPENS {
            "not_open"
        } else if heard.at > VALID_UNTIL {
            "closed"
        } else if heard.at <= enrolled_at {
            "not_enrolled"
        } else if !heard.usd {
            "wrong_currency"
        } else if heard.minor < self.least {
            "below_minimum"
        } else if self.left(heard.who) == 0 {
            "limit_reached"
        } else {
            "credited"
        };
        let credit = self.credit(heard.minor);
        let earned = if reason == "credited" { format!(" {}", usd(credit)) } else { String::new() };
        if reason == "credited" {
            self.credits.push((heard.clone(), credit));
        }
        let mut words = vec![format!("n-{} {reason}{earned} ({} left)", heard.number, self.left(heard.who))];
        self.heard.push(heard.clone());
        self.words.insert(heard.number, words[0].clone());
        let refunds = self.refunds(heard);
        for last in 1..=refunds.len() {
            let word = self.word_on_last(heard, &refunds[..last]);
            self.words.insert(refunds[last - 1].number, word.clone());
            words.push(word);
        }
        words.join(", ")
    }

    fn refund(&mut self, heard: &Heard, of: u32) -> String {
        let purchase = self.heard.iter().find(|earlier| earlier.number == of).cloned();
        let foreign = |earlier: &Heard| earlier.of.is_some() || earlier.who != heard.who;
        if of == heard.number || purchase.as_ref().is_some_and(foreign) {
            return "refused: not_relevant".to_owned();
        }
        self.heard.push(heard.clone());
        let word = match purchase {
            Some(purchase) => self.word_on_last(&purchase, &self.refunds(&purchase)),
            None => format!("n-{} nothing_to_confirm", heard.number),
        };
        self.words.insert(heard.number, word.clone());
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

fn offer(gives: Gives, least: i64, uses: usize) -> (CreditTerms, Model) {
    let cents = |minor| Money { minor, ..money("0 USD") };
    let reward = match gives {
        Gives::Fixed(credit) => Reward::Fixed(cents(credit)),
        Gives::Share(ppm, most) => {
            Reward::Share { rate: Rate { ppm: u32::try_from(ppm).expect("a rate") }, most: cents(most) }
        }
    };
    let terms = CreditTerms {
        reward,
        min_spend: cents(least),
        uses_per_card: u32::try_from(uses).expect("a few"),
        opens: ms(OPENS * 1000),
        valid_until: ms(VALID_UNTIL * 1000),
        ..terms()
    };
    let model = Model { gives, least, uses, heard: Vec::new(), words: BTreeMap::new(), credits: Vec::new() };
    (terms, model)
}

/// The world at second 200, when all are enrolled.
fn world(terms: CreditTerms) -> CreditWorld {
    let mut world = CreditWorld::new(ms(0), terms);
    world.advance(ms(200_000));
    for (who, posted) in ENROLLED {
        let said = enrolling(&account(who), Some(link(&account(who))), u64::from(who), ms(posted * 1000));
        world.step(CreditAsk::Enroll(&said)).expect("nothing to object to");
    }
    world
}

fn answered(world: &mut CreditWorld, heard: &Heard) -> String {
    match world.transact(&heard.transaction()) {
        Err(refusal) => refused(&refusal),
        Ok(decision) => {
            let answers = Answer::to_decision(world.now, &decision.events);
            answers.iter().map(told).collect::<Vec<_>>().join(", ")
        }
    }
}

fn paid(world: &CreditWorld) -> BTreeMap<String, Paid> {
    world.paid.iter().map(|(purchase, paid)| (purchase.to_string(), *paid)).collect()
}

fn gives() -> impl Strategy<Value = (Gives, i64, usize)> {
    let fixed = (1..=2500_i64, 1..=2500_i64).prop_map(|(credit, least)| (Gives::Fixed(credit), least));
    let share =
        (1..=100_i64, 1..=900_i64).prop_map(|(percent, most)| (Gives::Share(percent * 10_000, most), 100));
    (prop_oneof![fixed, share], 1..=3_usize).prop_map(|((gives, least), uses)| (gives, least, uses))
}

/// One transaction of so many numbers; person 4 is not enrolled. Most are sound, so that refunds find
/// their purchases.
fn heard(numbers: u32) -> impl Strategy<Value = Heard> {
    let minor = prop_oneof![1..=3000_i64, Just(2499_i64), Just(2500_i64), Just(3120_i64)];
    let at = prop_oneof![6 => 161..=201_i64, 1 => 40..=310_i64, 1 => prop_oneof![Just(50_i64), Just(100), Just(300)]];
    let of = prop_oneof![3 => Just(None), 4 => (0..numbers).prop_map(Some)];
    let (usd, listed) = (proptest::bool::weighted(0.9), proptest::bool::weighted(0.9));
    (0..numbers, prop_oneof![8 => 1..=2_u32, 1 => 3..=4_u32], of, minor, usd, listed, at).prop_map(
        |(number, who, of, minor, usd, listed, at)| Heard { number, who, of, minor, usd, listed, at },
    )
}

/// Transactions whose numbers are their places, in an order of their own and in another.
fn reordered() -> impl Strategy<Value = (Vec<Heard>, Vec<Heard>)> {
    let numbered = proptest::collection::vec(heard(16), 1..16).prop_map(|mut all| {
        for (heard, number) in all.iter_mut().zip(0..) {
            heard.number = number;
        }
        all
    });
    numbered.prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn the_offer_agrees_with_the_naive_model(
        (gives, least, uses) in gives(),
        arrivals in proptest::collection::vec((0..=20_i64, heard(10)), 1..40),
    ) {
        let (terms, mut model) = offer(gives, least, uses);
        let mut world = world(terms);
        let mut now = 200;
        for (pause, heard) in arrivals {
            now += pause;
            world.advance(ms(now * 1000));
            prop_assert_eq!(answered(&mut world, &heard), model.hear(now, &heard), "{:?}", heard);
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
    fn what_is_paid_in_the_end_does_not_depend_on_the_order_of_arrival(
        (gives, least, _) in gives(),
        (one, other) in reordered(),
    ) {
        let run = |order: &[Heard], uses| {
            let mut world = world(offer(gives, least, uses).0);
            world.advance(ms(400_000));
            order.iter().for_each(|heard| { answered(&mut world, heard); });
            world.assert_replays();
            world
        };
        // With uses for all, every purchase has its credit and its reversal.
        prop_assert_eq!(paid(&run(&one, 100)), paid(&run(&other, 100)));
        // With too few, which of them count depends on who comes first, but not how many do.
        prop_assert_eq!(run(&one, 2).offer.counts().credits, run(&other, 2).offer.counts().credits);
    }

    #[test]
    fn refunds_take_the_same_back_however_they_are_cut(
        credit in 1..=5000_i64,
        spent in 2500..=9000_i64,
        mut parts in proptest::collection::vec(1..=1500_i64, 1..12),
    ) {
        let refunded = |parts: &[i64]| {
            let mut world = world(offer(Gives::Fixed(credit), 2500, 1).0);
            let sound = Heard { number: 0, who: 1, of: None, minor: spent, usd: true, listed: true, at: 170 };
            answered(&mut world, &sound);
            for (&minor, number) in parts.iter().zip(1..) {
                answered(&mut world, &Heard { number, of: Some(0), minor, ..sound.clone() });
            }
            world.offer.counts().reversed.minor
        };
        let in_parts = refunded(&parts);
        prop_assert_eq!(in_parts, refunded(&[parts.iter().sum()]));
        parts.reverse();
        prop_assert_eq!(in_parts, refunded(&parts));
        prop_assert!(in_parts <= credit);
        if parts.iter().sum::<i64>() >= spent {
            prop_assert_eq!(in_parts, credit, "all of it went back");
        }
    }
}
