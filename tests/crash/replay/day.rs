//! A day of everything that a partition can be asked, in front of whatever partition answers.

use flashtag::actors::partition::DecisionBatch;
use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Command, StockChange};
use flashtag::domain::decision::Record;
use flashtag::domain::id::{OfferNo, PostId};
use flashtag::domain::time::{Millis, Timestamp};

use super::crowd::Crowd;
use super::feed::Feed;
use super::providers::Providers;
use super::sale::{OPENS_MS, PURCHASES, openings};
use crate::dice::Dice;

pub(super) struct Day {
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    openings: std::vec::IntoIter<Command>,
    crowd: Crowd,
    providers: Providers,
    feed: Feed,
}

impl Day {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let openings = openings(&mut dice).into_iter();
        let now = Timestamp::from_ms(OPENS_MS - 10_000);
        let (crowd, providers, feed) = Default::default();
        Self { dice, now, openings, crowd, providers, feed }
    }

    pub(super) fn next(&mut self) -> Command {
        if let Some(opening) = self.openings.next() {
            return opening;
        }
        let pause = *self.dice.pick(&[0, 0, 0, 1, 20, 5_000, 60_000, 400_000]);
        self.now = self.now.plus(Millis::from_ms(pause));
        let (dice, now) = (&mut self.dice, self.now);
        let asked = match dice.roll(40) {
            0..=17 => Some(Command::Say(self.crowd.write(dice, now))),
            18..=21 => self.crowd.repeat(dice).map(Command::Say),
            22..=33 => self.providers.answer(dice, now).map(Command::Report),
            34..=36 => Some(self.feed.next(dice, now)),
            37 => Some(change(dice)),
            38 => Some(Command::Unfreeze(Crowd::someone(dice))),
            _ => None,
        };
        asked.unwrap_or(Command::ExpireDue)
    }

    pub(super) fn learn(&mut self, command: &Command, answer: Option<&Answer>, batch: &DecisionBatch) {
        for (sequence, record) in &batch.records {
            self.providers.ask(*sequence, record);
        }
        let Command::Say(said) = command else { return };
        if batch.records.iter().any(|(_, record)| names(record, &said.post)) {
            self.crowd.is_heard(said);
        } else if answer.is_some_and(|answer| answer.offer.is_some() && !answer.duplicate) {
            self.crowd.is_refused(&said.post);
        }
    }
}

/// Whether the record decides that post.
fn names(record: &Record, post: &PostId) -> bool {
    let answers = Answer::to_decision(record.at, &record.decision.events);
    answers.iter().any(|answer| answer.post.as_ref() == Some(post))
}

/// A change of an allotment; of few keys, so that some come again.
fn change(dice: &mut Dice) -> Command {
    let offer = OfferNo(dice.roll(PURCHASES as usize) as u32);
    let (units, key) = (1 + dice.roll(3) as u32, format!("k{}", dice.roll(30)).into());
    let change = StockChange { offer, units, key };
    if dice.roll(2) == 0 { Command::Restock(change) } else { Command::Withdraw(change) }
}
