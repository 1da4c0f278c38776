//! A partition and every command that it accepts, in any order: the bytes are a list of turns.
//!
//! After every turn, units are conserved. At the end, a replay of the records has the same state, and an
//! auditor that knows only the promises finds all of them kept.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::{CompactString, format_compact};
use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::api::history_line::write_history;
use flashtag::config::offers::parse_offers;
use flashtag::domain::arrival::Arrival;
use flashtag::domain::command::{Command, Intent, PostCommand, Report, StockChange};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::money::Money;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};
use flashtag::partition::codec;
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::verify::{Checker, Ending};

/// Offers with every rule, in three campaigns.
pub const OFFERS: &str = r#"
[shop]
name = "Shop"
accounts = { x = "9001" }
handles = { x = "Shop" }
time_zone = "America/New_York"

[[offer]]
id = "two-steps"
campaign = "one"
kind = "purchase"
title = "Two steps"
tags = { buy = "BuyTwo", confirm = "ConfirmTwo", cancel = "CancelTwo" }
price = "149.99 USD"
tax = { "US-NY" = "8.875%", "*" = "0%" }
units = 3
limit_per_account = 2
opens = "2026-01-01T00:00:10Z"
closes = "2026-01-03T00:00:00Z"
confirm_within = "15m"
late_grace = "30s"
waitlist_max = 3
take_back = "10m"
terms_url = "https://shop.example/terms"

[[offer]]
id = "one-step"
campaign = "one"
kind = "purchase"
title = "One step"
tags = { buy = "BuyOne" }
price = "10.00 USD"
units = 2
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
confirm_within = "0s"
waitlist = false
limit_per_account = 2
limit_per_card = 2
spend_cap = "25.00 USD"
account_pace = "4 per 1m"
partial = false

[[offer]]
id = "drawn"
campaign = "two"
kind = "purchase"
title = "Drawn"
tags = { buy = "BuyDrawn", confirm = "ConfirmDrawn" }
price = "1 JPY"
units = 2
opens = "2026-01-01T00:01:00Z"
closes = "2026-01-02T00:00:00Z"
confirm_within = "1m"
account_age = "30d"
draw_window = "5m"
draw_seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

[[offer]]
id = "fixed"
campaign = "three"
kind = "credit"
tags = { enroll = "AmexFixed" }
credit = "5.00 USD"
min_spend = "10.00 USD"
merchants = ["m-0", "m-1"]
uses_per_card = 2
enrollments = 2
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
valid_until = "2026-01-03T00:00:00Z"

[[offer]]
id = "share"
campaign = "one"
kind = "credit"
tags = { enroll = "AmexShare" }
credit = "12.5%"
credit_max = "3.00 USD"
min_spend = "1.00 USD"
merchants = ["m-1", "m-2"]
enrollments = 3
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
valid_until = "2026-01-03T00:00:00Z"
"#;

const OFFERS_COUNT: u8 = 5;

/// 2026-01-01T00:00:00Z, the start of every run.
const BEGIN_MS: i64 = 1_767_225_600_000;

/// Waits between turns in milliseconds, from none to longer than any sale.
const WAITS_MS: [i64; 8] = [0, 1, 1_000, 20_000, 60_000, 931_000, 7_200_000, 200_000_000];

/// Upper bound on turns; more turns find nothing that fewer do not.
const TURNS_MAX: usize = 400;

/// Bytes as a source of choices. Once they are used up, every choice is 0.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// Makes choices from these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether no bytes are left.
    #[must_use]
    pub fn are_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `count`, or 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number % count.max(1)
    }
}

/// A partition, its records, and the effects that are not done yet.
struct World {
    partition: PartitionState,
    now: Timestamp,
    records: Vec<(u64, Record)>,
    pending: PendingEffects,
    /// The command of each post, because a network uses no id twice.
    asked: BTreeMap<(Account, PostId), PostCommand>,
    /// The reservations whose prompts went by e-mail: only they have a signed link.
    mailed: BTreeSet<ReservationId>,
    /// Whether a provider reported on something that it was not asked. The auditor's promises do not cover
    /// such reports.
    lied: bool,
}

impl World {
    fn new() -> Self {
        let now = Timestamp::from_ms(BEGIN_MS);
        let (partition, records, pending) = (PartitionState::new(0), Vec::new(), PendingEffects::default());
        let (asked, mailed) = (BTreeMap::new(), BTreeSet::new());
        let mut world = Self { partition, now, records, pending, asked, mailed, lied: false };
        let file = parse_offers(OFFERS, "offers.toml").expect("the offers are sound");
        for terms in file.offers {
            let offer = world.partition.next_offer();
            world.turn(&Command::AddOffer { offer, terms: Box::new(terms) });
        }
        for terms in file.credits {
            let offer = world.partition.next_offer();
            world.turn(&Command::AddCreditOffer { offer, terms: Box::new(terms) });
        }
        world
    }

    fn turn(&mut self, command: &Command) {
        let mut batch = DecisionBatch::default();
        match command {
            Command::Restock(_) | Command::Withdraw(_) | Command::Operate(_) => {
                drop(self.partition.change_offer(self.now, command, &mut batch));
            }
            _ => drop(self.partition.turn(self.now, command, &mut batch)),
        }
        self.keep(batch);
    }

    fn keep(&mut self, batch: DecisionBatch) {
        for (sequence, record) in batch.records {
            self.mailed.extend(record.decision.effects.iter().filter_map(Effect::prompts_by_email));
            self.pending.read(0, sequence, KeyForm::Bare, record.clone());
            self.records.push((sequence, record));
        }
        for (no, offer) in self.partition.offers() {
            let counts = offer.counts();
            let sum = u64::from(counts.available) + u64::from(counts.reserved) + u64::from(counts.sold);
            assert_eq!(sum, u64::from(counts.allotment), "units of offer {} are not conserved", no.0);
        }
        for (_, credit) in self.partition.credits() {
            let counts = credit.counts();
            assert!(counts.enrolled <= counts.enrollments, "more cards than the offer has room for");
            assert!(counts.reversed.minor <= counts.credited.minor, "more is taken back than was given");
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.byte() % 16 {
            0..=5 => self.say(choices),
            6 | 7 => self.wait(choices),
            8..=10 => self.answer(choices),
            11 => self.lie(choices),
            12 => self.change(choices),
            13 => self.turn(&Command::Unfreeze(account(choices.byte()))),
            _ => self.transact(choices),
        }
    }

    fn wait(&mut self, choices: &mut Choices<'_>) {
        let wait = WAITS_MS.get(choices.below(WAITS_MS.len())).copied().unwrap_or(0);
        self.now = self.now.plus(Millis::from_ms(wait));
        self.turn(&Command::ExpireDue);
    }

    fn say(&mut self, choices: &mut Choices<'_>) {
        let author = choices.byte();
        let late = [0, 0, 0, 500, 40_000, 4_000_000].get(choices.below(6)).copied().unwrap_or(0);
        let ahead = if choices.byte() == 7 { 5_000 } else { 0 };
        let (intent, post) = (self.intent(choices), post(choices.byte()));
        let posted_at = Timestamp::from_ms(self.now.ms() - late + ahead);
        let said = PostCommand {
            link: link(author),
            units: u32::from(choices.byte() % 3) + 1,
            account_since: Some(Timestamp::from_ms(if author.is_multiple_of(5) { BEGIN_MS } else { 0 })),
            ..PostCommand::plain(account(author), post, posted_at, intent)
        };
        let said = match said.intent {
            Intent::Delete => said,
            _ => self.asked.entry((said.account.clone(), said.post.clone())).or_insert(said).clone(),
        };
        self.turn(&Command::Say(said));
    }

    fn intent(&self, choices: &mut Choices<'_>) -> Intent {
        let offer = OfferNo(u32::from(choices.byte() % (OFFERS_COUNT + 1)));
        match choices.byte() % 16 {
            0..=5 if offer.0 < 3 => Intent::Buy(offer),
            0..=5 => Intent::Enroll(offer),
            6..=8 => Intent::Confirm(offer),
            9 => Intent::Cancel(offer),
            10 => Intent::Repost {
                of: prompt(choices.byte()),
                tagged: Some(offer).filter(|_| choices.byte() > 99),
            },
            11 => Intent::Delete,
            12 => self.link(choices).map_or(Intent::Confirm(offer), Intent::Accept),
            13 => Intent::Stop,
            14 => Intent::Start,
            _ => Intent::Freeze,
        }
    }

    /// The reservation of one of the signed links that were sent.
    fn link(&self, choices: &mut Choices<'_>) -> Option<ReservationId> {
        self.mailed.iter().nth(choices.below(self.mailed.len())).copied()
    }

    /// Reports a result, good or bad, for one pending effect.
    fn answer(&mut self, choices: &mut Choices<'_>) {
        let asked = self.pending.keys();
        let Some(&key) = asked.iter().nth(choices.below(asked.len())) else { return };
        let Some(effect) = self.pending.get(key) else { return };
        let good = choices.byte() % 4;
        let (reason, at) = (CompactString::from("no"), self.now);
        let report = match effect {
            Effect::Authorize(payment) if good > 0 => {
                Report::Authorized { id: payment.id, key, reference: None }
            }
            Effect::Capture(payment) if good > 0 => Report::Captured { id: payment.id, key },
            Effect::Authorize(payment) | Effect::Capture(payment) => {
                Report::Declined { id: payment.id, key, reason }
            }
            Effect::Refund(payment) if good > 0 => Report::Refunded { id: payment.id, key },
            effect => match effect.prompts() {
                Some(id) if good > 1 => {
                    Report::Prompted { id, key, prompt: prompt(u8::try_from(id.ordinal).unwrap_or(0)), at }
                }
                Some(id) if good == 1 => Report::Undeliverable { id, key },
                _ if good == 0 => Report::DeadLettered { key, reason },
                _ => Report::Delivered(vec![key].into()),
            },
        };
        self.turn(&Command::Report(report));
    }

    /// Reports a result that no provider was asked for, or reports one again.
    fn lie(&mut self, choices: &mut Choices<'_>) {
        self.lied = true;
        let offer = OfferNo(u32::from(choices.byte() % (OFFERS_COUNT + 1)));
        let id = ReservationId { offer, ordinal: u32::from(choices.byte() % 8) };
        let key = EffectKey {
            partition: 0,
            sequence: u64::from(choices.byte()),
            index: u32::from(choices.byte() % 3),
        };
        let (reason, at) = (CompactString::from("no"), self.now);
        let report = match choices.byte() % 9 {
            0 => Report::Prompted { id, key, prompt: prompt(choices.byte()), at },
            1 => Report::Authorized { id, key, reference: None },
            2 => Report::Captured { id, key },
            3 => Report::Declined { id, key, reason },
            4 => Report::Delivered(vec![key, key].into()),
            5 => Report::Refunded { id, key },
            6 => Report::Undeliverable { id, key },
            7 => Report::Dropped(vec![key]),
            _ => Report::DeadLettered { key, reason },
        };
        self.turn(&Command::Report(report));
    }

    fn change(&mut self, choices: &mut Choices<'_>) {
        let offer = OfferNo(u32::from(choices.byte() % (OFFERS_COUNT + 1)));
        let units = [1, 2, 3, 1_000_000, u32::MAX - 3, u32::MAX].get(choices.below(6)).copied().unwrap_or(1);
        let change = StockChange { offer, units, key: format_compact!("k{}", choices.byte() % 8) };
        let more = choices.byte().is_multiple_of(2);
        self.turn(&if more { Command::Restock(change) } else { Command::Withdraw(change) });
    }

    fn transact(&mut self, choices: &mut Choices<'_>) {
        let id = |number: u8| TransactionId::parse(&format!("t-{}", number % 16)).expect("it is an id");
        let amounts =
            ["10.00 USD", "0.01 USD", "33.33 USD", "92233720368547758.07 USD", "10.00 EUR", "7 JPY"];
        let amount: Money =
            amounts.get(choices.below(6)).and_then(|text| text.parse().ok()).expect("an amount");
        let refund = choices.byte().is_multiple_of(3);
        let kind = if refund {
            TransactionKind::Refund { of: id(choices.byte()) }
        } else {
            TransactionKind::Purchase
        };
        let back = [0, 1_000, 90_000, -60_000].get(choices.below(4)).copied().unwrap_or(0);
        let transaction = Transaction {
            id: id(choices.byte()),
            card: card(choices.byte()),
            merchant: format_compact!("m-{}", choices.byte() % 4),
            amount,
            at: Timestamp::from_ms(self.now.ms() - back),
            kind,
        };
        let mut batch = DecisionBatch::default();
        self.partition.transact(self.now, &transaction, None, Arrival::at(self.now), &mut batch);
        self.keep(batch);
    }

    /// The records as `flashtag history` shows them, for diagnosing a failure.
    fn history(&self) -> String {
        let mut out = Vec::new();
        for (sequence, record) in &self.records {
            write_history(&mut out, 0, *sequence, KeyForm::Bare, record).expect("memory can be written to");
        }
        String::from_utf8(out).expect("history is text")
    }

    /// Checks that the records reproduce the whole state and keep the promises.
    fn judge(&self) {
        let mut twin = PartitionState::new(0);
        let mut checker = Checker::new(Ending::Open);
        for (sequence, record) in &self.records {
            let written = codec::encode(KeyForm::Bare, record, Vec::new());
            let (_, read) = codec::decode(&written).expect("what was written can be read");
            twin.replay(*sequence, &read);
            checker.read(0, *sequence, &read);
        }
        assert_eq!(twin.digest(), self.partition.digest(), "a replay has another state");
        let report = checker.finish();
        assert!(self.lied || report.passed(), "{report}\n{}", self.history());
    }
}

fn account(number: u8) -> Account {
    let author = u32::from(number % 8) + 1;
    Account::parse(Network::X, &author.to_string()).expect("a number is an id")
}

/// Accounts 1 and 2 share a card, 7 has a prepaid card, 8 has none.
fn link(number: u8) -> Option<Link> {
    let author = number % 8 + 1;
    let funding = if author == 7 { Funding::Prepaid } else { Funding::Credit };
    let card = Card { token: card(number), brand: "amex".into(), funding, last4: "1005".into() };
    (author != 8).then(|| Link::new(&card, "a@shop.example", "US-NY"))
}

fn card(number: u8) -> CompactString {
    format_compact!("tok_{}", (number % 8).max(1))
}

fn post(number: u8) -> PostId {
    PostId::parse(Network::X, &(u32::from(number) + 1).to_string()).expect("a number is an id")
}

fn prompt(ordinal: u8) -> PostId {
    PostId::parse(Network::X, &(u32::from(ordinal) + 1_000).to_string()).expect("a number is an id")
}

/// A FREEZE that is delivered again after the operator unfroze the account, in the same instant.
const FROZEN_AGAIN: &[u8] = &[
    0, 0, 0, 126, 11, 1, 0, 14, 0, 0, 0, 10, 0, 0, 11, 1, 1, 173, 0, 0, 126, 0, 0, 2, 255, 0, 255, 255, 0,
    12, 0, 3, 0, 0, 0, 0, 0, 13, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 2, 1, 49, 15, 0, 0, 0, 0, 0,
    0,
];

fn play(data: &[u8]) -> World {
    let mut choices = Choices::new(data);
    let mut world = World::new();
    for _ in 0..TURNS_MAX {
        if choices.are_over() {
            break;
        }
        world.step(&mut choices);
    }
    world
}

/// Takes the turns, and checks the result.
pub fn run(data: &[u8]) {
    play(data).judge();
}

/// The encoded records of a short sale.
pub(crate) fn payloads() -> Vec<Vec<u8>> {
    let sale = seeds().concat();
    let records = play(&sale).records;
    records.iter().map(|(_, record)| codec::encode(KeyForm::Bare, record, Vec::new())).collect()
}

/// A claim after the wait for the opening, its prompt, its confirmation and its payment; then a mix of all
/// turns.
pub fn seeds() -> Vec<Vec<u8>> {
    let wait = [6, 0, 3];
    let claim = |author: u8, offer: u8, post: u8| vec![0, author, 0, 0, 0, offer, 0, post, 0];
    let confirm = |author: u8, offer: u8, post: u8| vec![0, author, 0, 0, 0, offer, 6, post, 0];
    let answer = |asked: u8| vec![8, 0, asked, 3];
    let purchase = |amount: u8, id: u8, author: u8| vec![14, 0, amount, 1, 0, 0, id, author, 1];
    let enroll = |author: u8, post: u8| vec![0, author, 0, 0, 0, 3, 0, post, 0];
    let sale = [wait.to_vec(), claim(2, 0, 1), answer(3), answer(3), confirm(2, 0, 2), answer(4), answer(4)];
    let crowd: Vec<Vec<u8>> = (0..7).map(|author| claim(author, author % 3, 10 + author)).collect();
    let credit = [enroll(3, 40), wait.to_vec(), purchase(0, 1, 3), purchase(2, 2, 3)];
    vec![sale.concat(), crowd.concat(), credit.concat(), wait.repeat(8), FROZEN_AGAIN.to_vec()]
}
