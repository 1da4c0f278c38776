//! Scenario tables of statement-credit offers, one step a line.
//!
//! ```text
//! # The heading is the rule that the table shows
//! offer small: 25.00 USD back, from 25.00 USD, 1 use, 3 cards, closes 20:00, valid until 22:00
//! account ben: shares ana's card
//! 12:00  ana enrolls                                -> enrolled => reply ana enrolled
//! 12:10  ana spends 31.20 USD as t-1                -> t-1 credited 25.00 USD (0 left)
//! 12:20  ana is refunded 10.00 USD of t-1 as r-1    -> r-1 credit_reversed 8.01 USD
//! 12:30  the feed repeats t-1                       -> duplicate: t-1 credited 25.00 USD (0 left)
//! small: 1 enrolled, 1 credits, 25.00 USD credited, 8.01 USD reversed
//! ```
//! Posts may be `posted 11:58` and transactions `made 11:58`, which is their own time; a transaction is with
//! merchant m-100 unless it is `at m-101`. After `->` come all answers of the step, those of deadlines on the
//! way first. After `=>`, which is optional, come all effects.

use std::collections::BTreeMap;

use flashtag::domain::answer::Answer;
use flashtag::domain::credit::{CreditAsk, CreditTerms, PARKED_PER_CARD_MAX, Reward};
use flashtag::domain::decision::Decision;
use flashtag::domain::effect::{About, CardUse, Effect, ReplyRequest};
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, Network};
use flashtag::domain::left::Left;
use flashtag::domain::link::Link;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::refusal::Refusal;
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::{Transaction, TransactionKind};

use super::credit_world::{CreditWorld, OFFER, answer_text, enrolling, id, money, refused, terms};
use super::scenario::{Fault, clock, funding};
use super::tables::assert_every_table;
use super::world::{account, link, ms};

const TABLES: [(&str, &str); 4] = [
    ("enrolling.txt", include_str!("credits/enrolling.txt")),
    ("purchases.txt", include_str!("credits/purchases.txt")),
    ("refunds.txt", include_str!("credits/refunds.txt")),
    ("reordering.txt", include_str!("credits/reordering.txt")),
];

/// One run of one table.
struct Play {
    terms: CreditTerms,
    world: Option<CreditWorld>,
    people: BTreeMap<String, (Account, Option<Link>)>,
    transactions: BTreeMap<String, Transaction>,
    next_id: u32,
}

/// The results of a step, in the words of the tables.
#[derive(Default)]
struct StepResults {
    answers: Vec<String>,
    effects: Vec<String>,
}

impl Play {
    fn new() -> Self {
        let (people, transactions) = (BTreeMap::new(), BTreeMap::new());
        Self { terms: terms(), world: None, people, transactions, next_id: 1 }
    }

    fn offer_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, words) = rest.split_once(':').ok_or("an offer has a name and a colon")?;
        if name != "small" {
            return Err("the only offer is called small".to_owned());
        }
        let terms = &mut self.terms;
        let (mut back, mut most) = (None, None);
        for word in words.split(',').map(str::trim) {
            let number = |text: &str| text.parse::<u32>().map_err(|fault| fault.to_string());
            let amount = |text: &str| text.parse().map_err(|_| format!("`{text}` is no amount"));
            match word.split_once(' ').unwrap_or((word, "")) {
                _ if word.ends_with(" back") => back = word.strip_suffix(" back"),
                ("at", value) => most = Some(amount(value.trim_start_matches("most "))?),
                ("from", value) => terms.min_spend = amount(value)?,
                (uses, "use" | "uses") => terms.uses_per_card = number(uses)?,
                (cards, "card" | "cards") => terms.enrollments = number(cards)?,
                ("opens", value) => terms.opens = clock(value)?,
                ("closes", value) => terms.closes = clock(value)?.into(),
                ("valid", value) => terms.valid_until = clock(value.trim_start_matches("until "))?.into(),
                ("grace", value) => terms.late_grace = value.parse().map_err(|_| "no grace")?,
                ("brand", value) => terms.brands.push(value.into()),
                ("funding", value) => terms.fundings.push(funding(value)?),
                _ => return Err(format!("an offer has no `{word}`")),
            }
        }
        match (back, most) {
            (None, _) => {}
            (Some(rate), Some(most)) => {
                terms.reward = Reward::Share { rate: rate.parse().map_err(|_| "no rate")?, most };
            }
            (Some(fixed), None) => terms.reward = Reward::Fixed(fixed.parse().map_err(|_| "no credit")?),
        }
        Ok(())
    }

    fn account_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, word) = rest.split_once(": ").ok_or("an account has a name and a colon")?;
        let shared = word.strip_prefix("shares ").and_then(|whose| whose.strip_suffix("'s card"));
        let shared = shared.map(|whose| self.person(whose));
        let (account, _) = self.person(name);
        let usual = link(&account);
        let mut card = usual.card();
        match word.split_once(' ').unwrap_or((word, "")) {
            ("not", "linked") => {
                self.people.insert(name.to_owned(), (account, None));
                return Ok(());
            }
            ("is", kind) => card.funding = funding(kind)?,
            ("brand", brand) => card.brand = brand.into(),
            ("card", token) => card.token = token.into(),
            ("shares", _) => {
                let (_, other) = shared.ok_or("a card is shared as: shares ana's card")?;
                card = other.ok_or("there is no card to share")?.card();
            }
            _ => return Err(format!("an account has no `{word}`")),
        }
        let linked = Link::new(&card, usual.email().unwrap_or_default(), usual.region());
        self.people.insert(name.to_owned(), (account, Some(linked)));
        Ok(())
    }

    fn person(&mut self, name: &str) -> (Account, Option<Link>) {
        if let Some(known) = self.people.get(name) {
            return known.clone();
        }
        let account = account(self.id());
        let known = (account.clone(), Some(link(&account)));
        self.people.insert(name.to_owned(), known.clone());
        known
    }

    fn name(&self, account: &Account) -> &str {
        let known = self.people.iter().find(|(_, (known, _))| known == account);
        known.map_or("unknown", |(name, _)| name)
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn world(&mut self) -> &mut CreditWorld {
        let terms = &self.terms;
        self.world.get_or_insert_with(|| CreditWorld::new(ms(0), terms.clone()))
    }

    fn enroll(
        &mut self,
        name: &str,
        now: Timestamp,
        words: &str,
    ) -> Result<Result<Decision, Refusal>, Fault> {
        let posted_at = words.strip_prefix("posted ").map_or(Ok(now), clock)?;
        let (account, link) = self.person(name);
        let command = enrolling(&account, link, u64::from(5_000_000 + self.id()), posted_at);
        Ok(self.world().step(CreditAsk::Enroll(&command)))
    }

    /// Parses `31.20 USD as t-1`, with the optional parts `of t-0`, `at m-101` and `made 11:58`.
    fn transaction(&mut self, name: &str, now: Timestamp, words: &str) -> Result<Transaction, Fault> {
        let (account, linked) = self.person(name);
        let card = linked.unwrap_or_else(|| link(&account)).token().into();
        let mut words = words.split(' ');
        let mut pair = || Some((words.next()?, words.next().unwrap_or("")));
        let (number, currency) = pair().ok_or("how much?")?;
        let amount = format!("{number} {currency}").parse().map_err(|_| "no amount")?;
        let (mut name, mut merchant, mut at, mut kind) = (None, "m-100", now, TransactionKind::Purchase);
        while let Some((word, value)) = pair() {
            match word {
                "as" => name = Some(value),
                "at" => merchant = value,
                "made" => at = clock(value)?,
                "of" => kind = TransactionKind::Refund { of: id(value) },
                _ => return Err(format!("a transaction has no `{word}`")),
            }
        }
        let name = name.ok_or("a transaction has an id: as t-1")?;
        let transaction = Transaction { id: id(name), card, merchant: merchant.into(), amount, at, kind };
        self.transactions.entry(name.to_owned()).or_insert_with(|| transaction.clone());
        Ok(transaction)
    }

    fn act(&mut self, words: &str, now: Timestamp) -> Result<Result<Decision, Refusal>, Fault> {
        if words == "time" {
            return Ok(Ok(Decision::default()));
        }
        if let Some(name) = words.strip_prefix("the feed repeats ") {
            let earlier = self.transactions.get(name).ok_or("there was no such transaction")?.clone();
            return Ok(self.world().transact(&earlier));
        }
        let (name, action) = words.split_once(' ').ok_or("a step has an account and an action")?;
        let (verb, rest) = action.split_once(' ').unwrap_or((action, ""));
        let transaction = match verb {
            "enrolls" => return self.enroll(name, now, rest),
            "spends" => self.transaction(name, now, rest)?,
            "is" => {
                let rest = rest.strip_prefix("refunded ").ok_or("`is` needs `refunded`")?;
                let refund = self.transaction(name, now, rest)?;
                if refund.kind == TransactionKind::Purchase {
                    return Err("a refund has a purchase: of t-1".to_owned());
                }
                refund
            }
            _ => return Err(format!("unknown action `{verb}`")),
        };
        Ok(self.world().transact(&transaction))
    }

    fn step(&mut self, line: &str) -> Result<(), Fault> {
        let (given, expected) =
            line.split_once(" -> ").ok_or("a step ends with -> and the expected answers")?;
        let (time, words) = given.trim().split_once(' ').ok_or("a step has a time and an action")?;
        let now = clock(time)?;
        let mut results = StepResults::default();
        for decision in self.world().advance(now) {
            self.collect(&mut results, &decision);
        }
        match self.act(words.trim(), now)? {
            Ok(decision) => self.collect(&mut results, &decision),
            Err(refusal) => results.answers.push(refused(&refusal)),
        }
        let (answers, effects) = match expected.split_once(" => ") {
            Some((answers, effects)) => (answers, Some(effects)),
            None => (expected, None),
        };
        agree("the answer is", answers, &results.answers)?;
        effects.map_or(Ok(()), |effects| agree("the effects are", effects, &results.effects))
    }

    fn collect(&self, results: &mut StepResults, decision: &Decision) {
        let now = self.world.as_ref().expect("a decision has its world").now;
        let StepResults { answers, effects } = results;
        answers.extend(Answer::to_decision(now, &decision.events).iter().map(answer_text));
        answers.extend(decision.events.iter().filter_map(|event| match event {
            Event::OfferOpened { .. } => Some("small opened".to_owned()),
            Event::OfferSoldOut { .. } => Some("small full".to_owned()),
            Event::OfferClosed { .. } => Some("small closed".to_owned()),
            _ => None,
        }));
        effects.extend(decision.effects.iter().map(|effect| self.effect(effect)));
    }

    fn effect(&self, effect: &Effect) -> String {
        let (kind, name) = (effect.kind(), effect.account().map_or("", |account| self.name(account)));
        match effect {
            Effect::Reply(request) => format!("{kind} {name} {}", request.outcome),
            Effect::Email { request: ReplyRequest { outcome, about, .. }, .. } => match about {
                Some(About::Purchase(used)) => format!("{kind} {name} {outcome} {}", used.transaction),
                about => format!("{kind} {name} {outcome} about {about:?}"),
            },
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => {
                format!("{kind} {name} {} for {}", grant.amount, grant.purchase)
            }
            Effect::Announce { network, announcement, .. } => format!("{kind} on {network} {announcement:?}"),
            other => format!("{other:?}"),
        }
    }

    fn counts(&mut self, expected: &str) -> Result<(), Fault> {
        let counts = self.world().offer.counts();
        let real = format!(
            "{} enrolled, {} credits, {} credited, {} reversed",
            counts.enrolled, counts.credits, counts.credited, counts.reversed
        );
        if real == expected.trim() { Ok(()) } else { Err(format!("but there are {real}")) }
    }
}

fn agree(what: &str, expected: &str, real: &[String]) -> Result<(), Fault> {
    let real = if real.is_empty() { "nothing".to_owned() } else { real.join(", ") };
    if real == expected.trim() { Ok(()) } else { Err(format!("but {what}: {real}")) }
}

/// Runs one table. Returns the number of steps, or the line that went otherwise and the reason.
fn play(lines: &[(usize, &str)]) -> Result<usize, (usize, Fault)> {
    let mut play = Play::new();
    let mut steps = 0;
    for &(number, line) in lines {
        let done = match line.split_once(' ') {
            Some(("offer", rest)) => play.offer_line(rest),
            Some(("account", rest)) => play.account_line(rest),
            Some(("small:", counts)) => play.counts(counts),
            _ if line.starts_with(|first: char| first.is_ascii_digit()) => {
                steps += 1;
                play.step(line)
            }
            _ => Err(format!("unknown line `{line}`")),
        };
        done.map_err(|fault| (number, fault))?;
    }
    play.world().assert_replays();
    Ok(steps)
}

#[test]
fn every_table_of_credits_runs_as_written() {
    assert_every_table(&TABLES, 120, play);
}

#[test]
fn a_wrong_table_of_credits_fails() {
    let enrolls = "12:00 ana enrolls -> enrolled";
    let wrong = [
        (vec!["12:00 ana enrolls -> refused: sold_out"], "the answer is: enrolled"),
        (vec!["12:00 ana enrolls -> enrolled => nothing"], "the effects are: reply ana enrolled"),
        (vec![enrolls, "small: 0 enrolled, 0 credits, 0.00 USD credited, 0.00 USD reversed"], "1 enrolled"),
        (vec![enrolls, "12:01 ana spends 31.20 USD as t-1 -> t-1 credited 24.99 USD (0 left)"], "25.00 USD"),
        (vec![enrolls, "12:01 ana spends 31.20 USD -> nothing"], "has an id"),
        (vec!["12:00 ana is refunded 1.00 USD as r-1 -> nothing"], "a refund has a purchase"),
        (vec!["12:00 the feed repeats t-1 -> nothing"], "no such transaction"),
        (vec!["12:00 ana dances -> nothing"], "unknown action"),
        (vec!["offer small: 5 legs"], "has no `5 legs`"),
        (vec!["noon ana enrolls -> nothing"], "unknown line"),
    ];
    for (lines, hint) in wrong {
        let numbered: Vec<(usize, &str)> = lines.into_iter().enumerate().collect();
        let (_, fault) = play(&numbered).expect_err("the table is wrong");
        assert!(fault.contains(hint), "{fault}");
    }
}

fn spent(name: &str, amount: &str, kind: TransactionKind) -> Transaction {
    let card = link(&account(1)).token().into();
    Transaction { id: id(name), card, merchant: "m-100".into(), amount: money(amount), at: ms(2000), kind }
}

fn refund_of(of: &str) -> TransactionKind {
    TransactionKind::Refund { of: id(of) }
}

/// A world created 1 s after midnight in which post 7 enrolled account 1; the time is 10 s after midnight.
fn enrolled(terms: CreditTerms) -> CreditWorld {
    let mut world = CreditWorld::new(ms(0), terms);
    world.advance(ms(1000));
    let command = enrolling(&account(1), Some(link(&account(1))), 7, ms(1000));
    world.step(CreditAsk::Enroll(&command)).expect("it is accepted");
    world.advance(ms(10_000));
    world
}

#[test]
fn the_letter_about_a_purchase_names_amount_merchant_and_uses_left() {
    let mut world = enrolled(terms());
    let letter = |decision: Decision| {
        decision.effects.into_iter().find_map(|effect| match effect {
            Effect::Email { to, request } => Some((to, request)),
            _ => None,
        })
    };
    let about = |name: &str, amount: &str, uses_left| {
        let (transaction, merchant, amount) = (id(name), "m-100".into(), money(amount));
        About::Purchase(Box::new(CardUse { transaction, merchant, amount, uses_left }))
    };
    let request = |outcome, amount: Option<&str>, about| ReplyRequest {
        account: account(1),
        post: super::world::post(7),
        offer: OFFER,
        outcome,
        reservation: None,
        place: None,
        deadline: None,
        amount: amount.map(money),
        units: 0,
        about: Some(about),
        left: Left::Untold,
    };
    let table = [
        (
            spent("t-1", "3.00 USD", TransactionKind::Purchase),
            request(Outcome::BelowMinimum, None, about("t-1", "3.00 USD", 1)),
        ),
        (
            spent("t-2", "31.20 USD", TransactionKind::Purchase),
            request(Outcome::Credited, Some("25.00 USD"), about("t-2", "31.20 USD", 0)),
        ),
        (
            spent("r-2", "10.00 USD", refund_of("t-2")),
            request(Outcome::CreditReversed, Some("8.01 USD"), about("r-2", "10.00 USD", 0)),
        ),
    ];
    for (transaction, expected) in table {
        let decision = world.transact(&transaction).expect("it is judged");
        assert_eq!(letter(decision), Some(("1@example.com".into(), expected)));
    }
}

#[test]
fn refunds_without_purchases_are_parked_up_to_a_bound_per_card() {
    let mut world = enrolled(terms());
    for number in 0..PARKED_PER_CARD_MAX {
        let refund = spent(&format!("r-{number}"), "0.10 USD", refund_of("t-1"));
        world.transact(&refund).expect("there is room");
    }
    let one_more = spent("r-more", "0.10 USD", refund_of("t-1"));
    assert_eq!(world.transact(&one_more), Err(Outcome::Overloaded.into()));
    // Those that other merchants made leave half of the room to the offer's own.
    let elsewhere =
        |name: &str| Transaction { merchant: "m-999".into(), ..spent(name, "0.10 USD", refund_of("t-9")) };
    assert_eq!(world.transact(&elsewhere("r-else")), Err(Outcome::NotRelevant.into()));
    // Another card has its own bound.
    let other = enrolling(&account(2), Some(link(&account(2))), 8, ms(1000));
    world.step(CreditAsk::Enroll(&other)).expect("it is accepted");
    let others = Transaction {
        card: link(&account(2)).token().into(),
        ..spent("r-other", "0.10 USD", refund_of("t-1"))
    };
    world.transact(&others).expect("there is room");
    // The purchase frees the parked refunds, and reverses all 64 x 0.10 = 6.40 of 32.00: a fifth.
    let purchase = spent("t-1", "32.00 USD", TransactionKind::Purchase);
    let decision = world.transact(&purchase).expect("it counts");
    assert_eq!(decision.events.len(), 1 + PARKED_PER_CARD_MAX);
    assert_eq!(world.offer.counts().reversed, money("5.00 USD"));
    world.transact(&one_more).expect("nothing was decided before");
    world.assert_replays();
}

/// A refund takes its credit back in whatever order enrollment, purchase and refund are delivered; a refund at
/// another merchant may also come before its purchase once the card is enrolled.
#[test]
fn a_refund_takes_back_in_every_order_of_arrival() {
    let orders = ["epr", "erp", "per", "pre", "rep", "rpe"];
    let elsewhere = ["epr", "erp", "per", "pre"];
    let merchants = [("m-100", &orders[..]), ("m-999", &elsewhere[..])];
    for (merchant, order) in
        merchants.iter().flat_map(|(merchant, orders)| orders.iter().map(move |o| (merchant, o)))
    {
        let mut world = CreditWorld::new(ms(0), terms());
        let refund = Transaction {
            merchant: (*merchant).into(),
            at: ms(3000),
            ..spent("r-1", "16.00 USD", refund_of("t-1"))
        };
        for (arrival, at) in order.chars().zip([5000, 6000, 7000]) {
            world.advance(ms(at));
            match arrival {
                'e' => {
                    let command = enrolling(&account(1), Some(link(&account(1))), 7, ms(1000));
                    drop(world.step(CreditAsk::Enroll(&command)).expect("it is accepted"));
                }
                'p' => world.transact_of_linked(&spent("t-1", "32.00 USD", TransactionKind::Purchase)),
                _ => world.transact_of_linked(&refund),
            }
        }
        let counts = world.offer.counts();
        assert_eq!((counts.credits, counts.reversed), (1, money("12.50 USD")), "{order} at {merchant}");
        world.assert_replays();
    }
}

#[test]
fn an_offer_that_was_never_woken_while_open_is_only_closed() {
    let mut world =
        CreditWorld::new(ms(0), CreditTerms { opens: ms(1000), closes: ms(2000).into(), ..terms() });
    world.now = ms(100_000);
    let decision = world.step(CreditAsk::ExpireDue).expect("time is never refused");
    assert_eq!(*decision.events, [Event::OfferClosed { offer: OFFER }]);
    assert_eq!(world.offer.next_deadline(), None);
    assert_eq!(world.step(CreditAsk::ExpireDue), Ok(Decision::default()));
    assert!(!world.offer.is_pending());
}

#[test]
fn an_announcement_goes_to_every_network_of_the_shop() {
    let mut world = CreditWorld::new(
        ms(0),
        CreditTerms { opens: ms(1000), enrollments: 1, networks: Network::ALL.to_vec(), ..terms() },
    );
    let networks = |decision: &Decision| -> Vec<Network> {
        let announced = decision.effects.iter().filter_map(|effect| match effect {
            Effect::Announce { network, .. } => Some(*network),
            _ => None,
        });
        announced.collect()
    };
    assert_eq!(networks(&world.advance(ms(1000))[0]), Network::ALL);
    let command = enrolling(&account(1), Some(link(&account(1))), 7, ms(1000));
    assert_eq!(networks(&world.step(CreditAsk::Enroll(&command)).expect("it is accepted")), Network::ALL);
}

#[test]
fn a_zero_amount_moves_no_money() {
    let mut world = enrolled(terms());
    world.transact(&spent("t-1", "31.20 USD", TransactionKind::Purchase)).expect("it counts");
    for (name, amount) in [("r-1", "0.00 USD"), ("r-2", "-5.00 USD")] {
        let refund = spent(name, amount, refund_of("t-1"));
        assert_eq!(world.transact(&refund), Err(Outcome::NotRelevant.into()), "{amount}");
        let purchase = spent(name, amount, TransactionKind::Purchase);
        assert_eq!(world.transact(&purchase), Err(Outcome::NotRelevant.into()), "{amount}");
    }
}

#[test]
fn a_credit_of_less_than_a_minor_unit_requests_no_payment() {
    let share = Reward::Share { rate: "1%".parse().expect("a rate"), most: money("5.00 USD") };
    let mut world = enrolled(CreditTerms { reward: share, min_spend: money("0.01 USD"), ..terms() });
    let decision = world.transact(&spent("t-1", "0.99 USD", TransactionKind::Purchase)).expect("it counts");
    assert!(decision.effects.iter().all(|effect| matches!(effect, Effect::Email { .. })), "{decision:?}");
    assert_eq!(world.offer.counts().credits, 1);
}
