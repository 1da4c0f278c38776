//! A restart is no event: a partition that was brought back from its records, after any of them, is
//! the one that was never stopped, and goes on as that one does.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashtag::actor::partition::{Page, Partition};
use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Command, Report, Said, Wish};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::{Account, EffectKey, Network, OfferId, OfferNo, PostId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::standing::Standing;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use super::dice::Dice;

const SEEDS: u64 = 60;
const TURNS: usize = 400;
const OFFERS: usize = 4;

fn terms(id: &str, campaign: &str, units: u32, confirm_within: Millis) -> Terms {
    let one_step = confirm_within == Millis::ZERO;
    let later = |word: &str| (!one_step).then(|| format!("{word}{id}").into());
    Terms {
        id: OfferId::parse(id).expect("a name"),
        campaign: campaign.into(),
        title: id.into(),
        tags: Tags { buy: format!("Buy{id}").into(), confirm: later("Confirm"), cancel: later("Cancel") },
        price: "10.00 USD".parse().expect("a price"),
        tax: Tax::Flat("8.875%".parse().expect("a rate")),
        units,
        opens: Timestamp::from_ms(1_000_000),
        closes: Timestamp::from_ms(1_000_000 + 4 * 3_600_000),
        confirm_within,
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(120),
        max_lateness: Millis::from_secs(600),
        limit_per_account: 3,
        waitlist: true,
        waitlist_max: 5,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.to_vec(),
        networks: vec![Network::X],
        terms_url: None,
    }
}

fn link(account: &Account) -> Arc<Link> {
    let author = account.author.as_str();
    let (brand, last4, region) = ("amex".into(), "1005".into(), "US-NY".into());
    let card = Card { token: format!("tok_{author}").into(), brand, funding: Funding::Credit, last4 };
    Arc::new(Link { account: account.clone(), card, email: format!("{author}@example.com").into(), region })
}

/// A crowd and its providers, in front of whatever partition answers them.
struct Crowd {
    dice: Dice,
    now: Timestamp,
    posts: u64,
    /// Posts that were accepted, and may be delivered again.
    accepted: Vec<Said>,
    /// Effects that nobody reported on.
    open: BTreeMap<EffectKey, Effect>,
}

impl Crowd {
    fn new(seed: u64) -> Self {
        let now = Timestamp::from_ms(990_000);
        Self { dice: Dice::new(seed), now, posts: 0, accepted: Vec::new(), open: BTreeMap::new() }
    }

    fn next(&mut self) -> Command {
        let pause = *self.dice.pick(&[0, 0, 0, 1, 20, 5_000, 60_000, 400_000]);
        self.now = self.now.plus(Millis::from_ms(pause));
        match self.dice.roll(8) {
            0..=3 => Command::Say(self.write()),
            4 if !self.accepted.is_empty() => Command::Say(self.dice.pick(&self.accepted).clone()),
            5 => Command::ExpireDue,
            _ => self.provide(),
        }
    }

    fn write(&mut self) -> Said {
        let account = Account::parse(Network::X, &(1 + self.dice.roll(12)).to_string()).expect("a number");
        let offer = OfferNo(self.dice.roll(OFFERS) as u32);
        self.posts += 1;
        let wish = match self.dice.roll(9) {
            0..=3 => Wish::Buy(offer),
            4..=6 => Wish::Confirm(offer),
            7 => Wish::Cancel(offer),
            _ => Wish::Repost {
                of: PostId::parse_reference(&format!("prompt/{}", 1 + self.dice.roll(40))).expect("visible"),
                tagged: Some(offer),
            },
        };
        let late = self.dice.roll(40_000) as i64;
        Said {
            post: PostId::parse(Network::X, &(self.posts + 100).to_string()).expect("a number"),
            posted_at: Timestamp::from_ms(self.now.ms() - late),
            link: (self.dice.roll(15) > 0).then(|| link(&account)),
            account,
            wish,
            units: 1,
            account_since: None,
            standing: Standing::default(),
        }
    }

    fn provide(&mut self) -> Command {
        if self.open.is_empty() {
            return Command::ExpireDue;
        }
        let nth = self.dice.roll(self.open.len());
        let key = *self.open.keys().nth(nth).expect("there are more");
        let effect = self.open.remove(&key).expect("it is there");
        let no = self.dice.roll(4) == 0;
        let reason = "funds".into();
        Command::Report(match &effect {
            Effect::Authorize(payment) | Effect::Capture(payment) if no => {
                Report::Declined { id: payment.id, key, reason }
            }
            Effect::Authorize(payment) => Report::Authorized { id: payment.id, key },
            Effect::Capture(payment) => Report::Captured { id: payment.id, key },
            _ => match effect.prompts() {
                Some(id) => {
                    let prompt = PostId::parse_reference(&format!("prompt/{}", id.ordinal)).expect("visible");
                    Report::Prompted { id, key, prompt, at: self.now }
                }
                None if no => Report::DeadLettered { key, reason },
                None => Report::Delivered(vec![key]),
            },
        })
    }

    fn learn(&mut self, command: &Command, page: &Page) {
        for (sequence, record) in &page.records {
            for (effect, index) in record.decision.effects.iter().zip(0..) {
                let key = EffectKey { partition: 0, sequence: *sequence, index };
                self.open.insert(key, effect.clone());
            }
        }
        if let Command::Say(said) = command
            && page.records.iter().any(|(_, record)| names(record, &said.post))
        {
            self.accepted.push(said.clone());
        }
    }
}

/// Whether the record decides that post.
fn names(record: &Record, post: &PostId) -> bool {
    let answers = Answer::to_decision(record.at, &record.decision.events);
    answers.iter().any(|answer| answer.post.as_ref() == Some(post))
}

/// A partition from records in their stored form: what a start does.
fn replayed(stored: &[Vec<u8>]) -> Partition {
    let mut partition = Partition::new(0);
    for (sequence, bytes) in (1..).zip(stored) {
        partition.replay(sequence, &postcard::from_bytes(bytes).expect("a record"));
    }
    partition
}

fn assert_same(restarted: &Partition, unstopped: &Partition, seed: u64) {
    let at = unstopped.last_sequence();
    assert_eq!(restarted.digest(), unstopped.digest(), "seed {seed}, after record {at}");
    assert_eq!(restarted.last_sequence(), at, "seed {seed}");
    assert_eq!(restarted.next_deadline(), unstopped.next_deadline(), "seed {seed}, after record {at}");
    assert_eq!(restarted.is_pending(), unstopped.is_pending(), "seed {seed}, after record {at}");
    let counts = |partition: &Partition| -> Vec<_> {
        let captured = |no| partition.tally(no).map(|tally| tally.captured);
        partition.offers().map(|(no, offer)| (no, offer.counts(), captured(no))).collect()
    };
    assert_eq!(counts(restarted), counts(unstopped), "seed {seed}, after record {at}");
}

/// A day of a partition that is never stopped, and of one that is stopped now and then.
fn live(seed: u64) -> Vec<Vec<u8>> {
    let mut crowd = Crowd::new(seed);
    let (mut unstopped, mut stopped) = (Partition::new(0), Partition::new(0));
    // Follows record by record: at each of its ends it is the replay of a prefix.
    let mut follower = Partition::new(0);
    let mut stored = Vec::new();
    let offers = [
        terms("kindle", "launch", 3, Millis::from_secs(900)),
        terms("tablet", "launch", 2, Millis::from_secs(60)),
        terms("flash", "flash", 4, Millis::ZERO),
        terms("late", "late", 50, Millis::from_secs(300)),
    ];
    let added = (0..OFFERS as u32).map(OfferNo).zip(offers);
    let mut opening: Vec<Command> =
        added.map(|(offer, terms)| Command::AddOffer { offer, terms: Box::new(terms) }).rev().collect();
    for _ in 0..TURNS {
        let command = opening.pop().unwrap_or_else(|| crowd.next());
        let (mut page, mut again) = (Page::default(), Page::default());
        let answer = unstopped.turn(crowd.now, &command, &mut page);
        let same = stopped.turn(crowd.now, &command, &mut again);
        assert_eq!(page.records, again.records, "seed {seed}: {command:?}");
        // A restart forgets what was refused, so what is refused once more may be said anew.
        let words = |answer: Option<Answer>| {
            answer.map(|answer| (answer.post, answer.outcome, answer.reservation, answer.units, answer.place))
        };
        assert_eq!(words(answer), words(same), "seed {seed}: {command:?}");
        for (sequence, record) in &page.records {
            follower.replay(*sequence, record);
            stored.push(postcard::to_stdvec(record).expect("a record"));
        }
        assert_same(&follower, &unstopped, seed);
        crowd.learn(&command, &page);
        if crowd.dice.roll(10) == 0 {
            stopped = replayed(&stored);
            assert_same(&stopped, &unstopped, seed);
        }
    }
    stored
}

#[test]
fn a_partition_from_any_prefix_of_its_records_is_the_one_that_wrote_them() {
    let mut records = 0;
    for seed in 1..=SEEDS {
        records += live(seed).len();
    }
    assert!(records as u64 > 100 * SEEDS, "much happened: {records} records");
}

#[test]
fn every_prefix_of_a_partitions_records_replays_the_same_twice() {
    let stored = live(SEEDS + 1);
    let mut follower = Partition::new(0);
    for (sequence, bytes) in (1..).zip(&stored) {
        follower.replay(sequence, &postcard::from_bytes(bytes).expect("a record"));
        let fresh = replayed(&stored[..sequence as usize]);
        assert_same(&fresh, &follower, SEEDS + 1);
    }
}
