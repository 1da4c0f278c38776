//! The rules themselves under the checker: whatever a crowd and a moody card provider do, the history
//! that comes of it keeps every promise.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashtag::domain::campaign::Campaign;
use flashtag::domain::command::{Command, Report as Word, Said, Wish};
use flashtag::domain::decision::Record;
use flashtag::domain::effect::Effect;
use flashtag::domain::id::{EffectKey, OfferNo};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::standing::Standing;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::verify::Ending;

use super::story::*;

const CROWD: [&str; 8] = ["ana", "bob", "cyd", "dan", "eve", "fay", "gil", "hal"];
const NAMES: [&str; 2] = ["kindle", "flash"];

struct World {
    dice: u64,
    now: Timestamp,
    campaign: Campaign,
    story: Story,
    open: BTreeMap<EffectKey, Effect>,
    said: Vec<Said>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            dice: seed | 1,
            now: at(0),
            campaign: Campaign::default(),
            story: Story::default(),
            open: BTreeMap::new(),
            said: Vec::new(),
        };
        let mut kindle = terms("kindle", 3);
        kindle.limit_per_account = 2;
        let mut flash = terms("flash", 2);
        flash.confirm_within = Millis::ZERO;
        for (offer, terms) in [(OfferNo(0), kindle), (OfferNo(1), flash)] {
            world.judge(&Command::AddOffer { offer, terms: Box::new(terms) });
        }
        world
    }

    /// A number below `sides`, by xorshift.
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % sides
    }

    fn judge(&mut self, command: &Command) {
        let Ok(decision) = self.campaign.decide(self.now, command) else { return };
        self.campaign.evolve(self.now, &decision);
        let sequence = 1 + self.story.records.len() as u64;
        for (index, effect) in (0_u32..).zip(&decision.effects) {
            self.open.insert(EffectKey { partition: 0, sequence, index }, effect.clone());
        }
        self.story.records.push((0, sequence, Record { at: self.now, decision }));
    }

    fn expire(&mut self) {
        while self.campaign.next_deadline().is_some_and(|due| due <= self.now) {
            self.judge(&Command::ExpireDue);
        }
    }

    fn say(&mut self) {
        // Now and then a post arrives a second time, however late.
        let said = if self.roll(6) == 0 && !self.said.is_empty() {
            let nth = self.roll(self.said.len() as u64) as usize;
            self.said[nth].clone()
        } else {
            let said = self.write();
            self.said.push(said.clone());
            said
        };
        self.judge(&Command::Say(said));
    }

    fn write(&mut self) -> Said {
        let who = CROWD[self.roll(CROWD.len() as u64) as usize];
        let offer = OfferNo(self.roll(2) as u32);
        let wish = match self.roll(8) {
            0..=3 => Wish::Buy(offer),
            4 | 5 => Wish::Confirm(offer),
            6 => Wish::Cancel(offer),
            _ => Wish::Delete,
        };
        let card = Card {
            token: format!("tok_{who}").into(),
            brand: "amex".into(),
            funding: Funding::Credit,
            last4: "1005".into(),
        };
        let (email, region) = (format!("{who}@example.com").into(), "US-NY".into());
        let link = Some(Arc::new(Link { account: account(who), card, email, region }));
        let late = self.roll(60) as i64 * 1000;
        let posted_at = Timestamp::from_ms(self.now.ms() - late + 500);
        // A deletion has the id of what is deleted.
        let earlier = self.said.iter().rev().find(|said| said.account == account(who));
        let post = match (&wish, earlier) {
            (Wish::Delete, Some(earlier)) => earlier.post.clone(),
            _ => post(&format!("p{}", self.said.len())),
        };
        let (units, account_since, standing) = (1, None, Standing::default());
        Said { post, account: account(who), posted_at, wish, link, units, account_since, standing }
    }

    /// A provider does one thing that is open, and says so.
    fn provide(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let nth = self.roll(self.open.len() as u64) as usize;
        let (key, effect) = self.open.iter().nth(nth).map(|(key, effect)| (*key, effect.clone())).unwrap();
        self.open.remove(&key);
        let yes = self.roll(4) != 0;
        let reason = "funds".into();
        let word = match &effect {
            Effect::Authorize(payment) if yes => Word::Authorized { id: payment.id, key },
            Effect::Capture(payment) if yes => Word::Captured { id: payment.id, key },
            Effect::Authorize(payment) | Effect::Capture(payment) => {
                Word::Declined { id: payment.id, key, reason }
            }
            _ => match effect.prompts() {
                Some(id) => Word::Prompted { id, key, prompt: post(&key.to_string()), at: self.now },
                None if self.roll(20) == 0 => Word::DeadLettered { key, reason },
                None => Word::Delivered(vec![key]),
            },
        };
        if let Effect::Authorize(payment) | Effect::Capture(payment) | Effect::Void(payment) = &effect {
            let order = format!("{}.{}", NAMES[payment.id.offer.0 as usize], payment.id.ordinal);
            let who = payment.account.author.as_str().to_owned();
            let taken = yes || matches!(effect, Effect::Void(_));
            self.story.pay(effect.kind(), &key.to_string(), &order, &who, taken);
            if self.roll(3) == 0 {
                self.story.pay(effect.kind(), &key.to_string(), &order, &who, false);
            }
        }
        self.judge(&Command::Report(word));
    }

    fn turn(&mut self) {
        let pause = [0, 0, 1, 5, 40, 400][self.roll(6) as usize];
        self.now = self.now.plus(Millis::from_secs(pause));
        self.expire();
        match self.roll(3) {
            0 => self.provide(),
            _ => self.say(),
        }
    }

    /// Time runs on until nothing is pending.
    fn settle(&mut self) {
        while !self.open.is_empty() {
            self.provide();
        }
        while let Some(due) = self.campaign.next_deadline() {
            self.now = self.now.max(due);
            self.expire();
            while !self.open.is_empty() {
                self.provide();
            }
        }
    }
}

#[test]
fn what_the_rules_decide_keeps_every_promise() {
    let mut seen = BTreeMap::<&str, u64>::new();
    for seed in 1..=150_u64 {
        let mut world = World::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..250 {
            world.turn();
        }
        let midway = world.story.report(Ending::Open, true);
        assert!(midway.passed(), "seed {seed}\n{midway}");
        world.settle();
        let report = world.story.report(Ending::Strict, true);
        assert!(report.passed(), "seed {seed}\n{report}");
        for line in &report.lines {
            *seen.entry(line.name).or_default() += line.checked;
        }
    }
    // No promise is kept for want of an occasion.
    assert!(seen.values().all(|checked| *checked > 100), "{seen:?}");
}
