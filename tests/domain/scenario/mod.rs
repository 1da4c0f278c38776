//! Scenario tables of a sale, one step a line.
//!
//! ```text
//! # The heading is the rule that the table shows
//! offer kindle: 1 unit, window 15m, grace 30s
//! account eve: prepaid
//! 12:00     ana claims   -> reserved until 12:15 => authorize ana 164.99 USD
//! 12:15:30  time         -> ana expired
//! 12:16     ana claims x2 -> reserved until 12:31
//! 12:17     shop restocks 3 -> nothing
//! kindle: 1 available, 0 reserved, 0 sold, 0 waiting
//! ```
//! After `->` come all answers of the step, those of deadlines on the way first. After `=>`, which is
//! optional, come all effects.
//!
//! `given`, `posts`, `orders` and `reports` read a line by its subject, `told` writes what came of it.

mod given;
mod orders;
mod posts;
mod reports;
mod time;
mod told;

use std::collections::BTreeMap;

use flashtag::domain::command::{Command, PostCommand};
use flashtag::domain::id::{Account, OfferNo, ReservationId};
use flashtag::domain::link::Link;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Timestamp;

pub(super) use self::given::funding;
pub(super) use self::time::clock;
use self::told::{StepResults, compare, refused};
use super::tables::assert_every_table;
use super::world::{World, ms, terms};

const TABLES: [(&str, &str); 17] = [
    ("objections.txt", include_str!("../scenarios/objections.txt")),
    ("relays.txt", include_str!("../scenarios/relays.txt")),
    ("reminders.txt", include_str!("../scenarios/reminders.txt")),
    ("linking.txt", include_str!("../scenarios/linking.txt")),
    ("window.txt", include_str!("../scenarios/window.txt")),
    ("waiting.txt", include_str!("../scenarios/waiting.txt")),
    ("parking.txt", include_str!("../scenarios/parking.txt")),
    ("words.txt", include_str!("../scenarios/words.txt")),
    ("passing_on.txt", include_str!("../scenarios/passing_on.txt")),
    ("money.txt", include_str!("../scenarios/money.txt")),
    ("edges.txt", include_str!("../scenarios/edges.txt")),
    ("quantities.txt", include_str!("../scenarios/quantities.txt")),
    ("pauses.txt", include_str!("../scenarios/pauses.txt")),
    ("stock.txt", include_str!("../scenarios/stock.txt")),
    ("draws.txt", include_str!("../scenarios/draws.txt")),
    ("second_thoughts.txt", include_str!("../scenarios/second_thoughts.txt")),
    ("brakes.txt", include_str!("../scenarios/brakes.txt")),
];

/// One run of one table.
struct Play {
    world: Option<World>,
    offers: Vec<(String, Terms)>,
    people: BTreeMap<String, (Account, Option<Link>)>,
    /// The age of an account, if its posts state one.
    since: BTreeMap<String, Timestamp>,
    /// The last post of an account by kind, to be repeated or deleted.
    posts: BTreeMap<(String, String), PostCommand>,
    next_id: u32,
    cards_approve: bool,
}

/// What is wrong with a line, or what it says and is not so.
pub(super) type Fault = String;

impl Play {
    fn new() -> Self {
        Self {
            world: None,
            offers: Vec::new(),
            people: BTreeMap::new(),
            since: BTreeMap::new(),
            posts: BTreeMap::new(),
            next_id: 1,
            cards_approve: false,
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn person(&mut self, name: &str) -> (Account, Option<Link>) {
        if !self.people.contains_key(name) {
            self.account_line(&format!("{name}: brand amex")).expect("the account is valid");
        }
        self.people.get(name).expect("it was just added").clone()
    }

    fn name(&self, account: &Account) -> String {
        let known = self.people.iter().find(|(_, (known, _))| known == account);
        known.map_or_else(|| account.to_string(), |(name, _)| name.clone())
    }

    fn offer_no(&self, words: &str) -> OfferNo {
        let named = self.offers.iter().position(|(name, _)| words.split(' ').any(|word| word == name));
        OfferNo(u32::try_from(named.unwrap_or(0)).expect("a few offers"))
    }

    fn world(&mut self) -> &mut World {
        if self.world.is_none() {
            if self.offers.is_empty() {
                self.offers.push(("kindle".to_owned(), terms("kindle")));
            }
            let offers = self.offers.iter().map(|(_, terms)| terms.clone());
            let mut world = World::new(ms(0), offers);
            world.cards_approve = self.cards_approve;
            self.world = Some(world);
        }
        self.world.as_mut().expect("just made")
    }

    fn held_by(&mut self, name: &str, words: &str) -> Result<ReservationId, Fault> {
        let (account, _) = self.person(name);
        let no = self.offer_no(words);
        let campaign = &self.world().campaign;
        let offer = campaign.offer(no).ok_or("no such offer")?;
        let holding = campaign.session(&account).and_then(|session| session.holding(no));
        let held = holding.and_then(|holding| offer.reservation_of(holding)).map(|(id, _)| id);
        // An order can be addressed after its reservation has ended.
        let orders = (1..).map_while(|ordinal| Some((ordinal, offer.order(ordinal)?)));
        let order = orders.filter(|(_, order)| order.claim.account == account).last();
        let held = held.or_else(|| order.map(|(ordinal, _)| ReservationId { offer: no, ordinal }));
        held.ok_or_else(|| format!("{name} has no reservation"))
    }

    fn step(&mut self, line: &str) -> Result<(), Fault> {
        let (given, expected) =
            line.split_once(" -> ").ok_or("a step ends with -> and the expected answers")?;
        let (time, words) = given.trim().split_once(' ').ok_or("a step has a time and an action")?;
        let (now, words) = (clock(time)?, words.trim().to_owned());
        let mut results = StepResults::default();
        for decision in self.world().advance(now) {
            self.collect(&mut results, None, &decision);
        }
        let (actor, verb) = words.split_once(' ').unwrap_or((&words, ""));
        let outcome = match actor {
            "time" => Ok(Vec::new()),
            "shop" if ["pauses", "resumes", "closes"].iter().any(|order| verb.starts_with(order)) => {
                self.change_sale(verb)?
            }
            "shop" => self.change_stock(verb)?,
            _ if verb == "unfreezes" => {
                let (account, _) = self.person(actor);
                self.world().unfreeze(&account);
                Ok(Vec::new())
            }
            "bank" => {
                let note = self.objection(verb, now)?;
                self.world().change(&Command::NoteObjection(Box::new(note)))
            }
            "prompt" | "letter" | "card" | "posts" => {
                let report = self.report(&words)?;
                self.world().report(report)
            }
            _ => {
                let command = self.post(actor, verb, now)?;
                self.world().submit(command)
            }
        };
        match outcome {
            Ok(decisions) => {
                decisions.iter().for_each(|decision| self.collect(&mut results, Some(actor), decision))
            }
            Err(refusal) => results.answers.push(refused(&refusal)),
        }
        compare(expected, &results)
    }

    fn counts(&mut self, name: &str, expected: &str) -> Result<(), Fault> {
        let no = self.offer_no(name);
        let counts = self.world().counts(no.0);
        let real = format!(
            "{} available, {} reserved, {} sold, {} waiting",
            counts.available, counts.reserved, counts.sold, counts.waiting
        );
        if real == expected.trim() { Ok(()) } else { Err(format!("but there are {real}")) }
    }
}

/// Runs one table. Returns the number of steps, or the line that went otherwise and the reason.
fn play(lines: &[(usize, &str)]) -> Result<usize, (usize, Fault)> {
    let mut play = Play::new();
    let mut steps = 0;
    for &(number, line) in lines {
        let done = match line.split_once(' ') {
            Some(("offer", rest)) => play.offer_line(rest),
            Some(("account", rest)) => play.account_line(rest),
            Some(("cards", "approve")) => {
                play.cards_approve = true;
                Ok(())
            }
            _ if line.starts_with(|first: char| first.is_ascii_digit()) => {
                steps += 1;
                play.step(line)
            }
            Some((name, counts)) if name.ends_with(':') => play.counts(name.trim_end_matches(':'), counts),
            _ => Err(format!("unknown line `{line}`")),
        };
        done.map_err(|fault| (number, fault))?;
    }
    play.world().assert_replays();
    Ok(steps)
}

#[test]
fn every_table_runs_as_written() {
    assert_every_table(&TABLES, 200, play);
}

#[test]
fn a_wrong_table_fails() {
    let wrong = [
        (vec!["12:00 ana claims -> refused: sold_out"], "reserved until 12:15"),
        (vec!["12:00 ana claims -> reserved until 12:15 => nothing"], "reply ana reserved"),
        (
            vec![
                "12:00 ana claims -> reserved until 12:15",
                "kindle: 1 available, 0 reserved, 0 sold, 0 waiting",
            ],
            "0 available",
        ),
        (vec!["12:00 ana dances -> nothing"], "unknown action"),
        (vec!["12:xx ana claims -> nothing"], "no time of day"),
        (vec!["noon ana claims -> nothing"], "unknown line"),
    ];
    for (lines, hint) in wrong {
        let numbered: Vec<(usize, &str)> = lines.into_iter().enumerate().collect();
        let (_, fault) = play(&numbered).expect_err("the table is wrong");
        assert!(fault.contains(hint), "{fault}");
    }
}
