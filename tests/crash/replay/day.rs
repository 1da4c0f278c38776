//! A random day of commands, for any partition that answers them.

use compact_str::CompactString;
use flashtag::actors::partition::DecisionBatch;
use flashtag::domain::answer::Answer;
use flashtag::domain::command::{Command, StockChange};
use flashtag::domain::decision::Record;
use flashtag::domain::id::{OfferNo, PostId};
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};
use flashtag::domain::time::{Millis, Timestamp};

use super::crowd::Crowd;
use super::feed::Feed;
use super::providers::Providers;
use super::sale::{OPENS_MS, PURCHASES, openings};
use crate::test_rng::TestRng;

pub(super) struct Day {
    pub(super) rng: TestRng,
    pub(super) now: Timestamp,
    openings: std::vec::IntoIter<Command>,
    crowd: Crowd,
    providers: Providers,
    feed: Feed,
}

impl Day {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = TestRng::new(seed);
        let openings = openings(&mut rng).into_iter();
        let now = Timestamp::from_ms(OPENS_MS - 10_000);
        let (crowd, providers, feed) = Default::default();
        Self { rng, now, openings, crowd, providers, feed }
    }

    pub(super) fn next(&mut self) -> Command {
        if let Some(opening) = self.openings.next() {
            return opening;
        }
        let pause = *self.rng.pick(&[0, 0, 0, 1, 20, 5_000, 60_000, 400_000]);
        self.now = self.now.plus(Millis::from_ms(pause));
        let (rng, now) = (&mut self.rng, self.now);
        let asked = match rng.below(40) {
            0..=17 => Some(Command::Say(self.crowd.write(rng, now))),
            18..=21 => self.crowd.repeat(rng).map(Command::Say),
            22..=32 => self.providers.answer(rng, now).map(Command::Report),
            33 => self.providers.trouble(rng),
            34..=36 => Some(self.feed.next(rng, now)),
            37 => Some(change(rng)),
            38 => Some(Command::Unfreeze(Crowd::random_account(rng))),
            _ => None,
        };
        asked.unwrap_or(Command::ExpireDue)
    }

    pub(super) fn learn(&mut self, command: &Command, answer: Option<&Answer>, batch: &DecisionBatch) {
        for (sequence, record) in &batch.records {
            self.providers.ask(*sequence, record);
        }
        let Command::Say(command) = command else { return };
        if batch.records.iter().any(|(_, record)| names(record, &command.post)) {
            self.crowd.note_accepted(command);
        } else if answer.is_some_and(|answer| answer.offer.is_some() && !answer.duplicate) {
            self.crowd.note_refused(&command.post);
        }
    }
}

/// Whether the record decides the post.
fn names(record: &Record, post: &PostId) -> bool {
    let answers = Answer::to_decision(record.at, &record.decision.events);
    answers.iter().any(|answer| answer.post.as_ref() == Some(post))
}

/// An order to pause, resume or close a sale, or a change of an allotment, with one of a few keys, so that keys repeat.
fn change(rng: &mut TestRng) -> Command {
    let offer = OfferNo(rng.below(PURCHASES as usize) as u32);
    let (units, key) = (1 + rng.below(3) as u32, format!("k{}", rng.below(30)).into());
    if rng.below(3) == 0 {
        // Most orders resume, and few close: the crowd must find the sale open.
        let (offer, change) = match rng.below(24) {
            0..=1 => (offer, SaleChange::Pause(Deadlines::Run)),
            2..=3 => (offer, SaleChange::Pause(Deadlines::Freeze)),
            4 => (offer, SaleChange::Close(LineAtClose::Serve)),
            // The offers with the fewest units have a line.
            5..=9 => (OfferNo(*rng.pick(&[0, 4])), SaleChange::Close(LineAtClose::Release)),
            _ => (offer, SaleChange::Resume),
        };
        return Command::Operate(SaleOrder { offer, change, reason: CompactString::default() });
    }
    let change = StockChange { offer, units, key };
    if rng.below(2) == 0 { Command::Restock(change) } else { Command::Withdraw(change) }
}
