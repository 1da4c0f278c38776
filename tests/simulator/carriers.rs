//! The carriers: who takes effects out into the world, how long that takes, and what goes wrong on the way.

use std::collections::BTreeMap;

use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::queue::lane::Lane;

use super::bank::{Answer, Bank, Request};
use super::crowd::{Crowd, Letter};
use super::plan::Mishaps;
use crate::dice::Dice;

/// How long an answer of a card provider is waited for.
const PATIENCE: Millis = Millis::from_secs(10);

/// The answer to an attempt of that boot, on its way.
struct Answering {
    boot: u64,
    key: DeliveryKey,
    attempted: AttemptResult,
}

/// The providers, and everything that is on its way to them and back.
pub(super) struct Carriers {
    pub(super) mishaps: Mishaps,
    dice: Dice,
    pub(super) bank: Bank,
    answers: BTreeMap<(Timestamp, u64), Answering>,
    /// Payments that arrive after their answers were given up.
    late: BTreeMap<(Timestamp, u64), Request>,
    counted: u64,
    /// What was seen outside under each key: it must be in the history in the end.
    pub(super) seen: BTreeMap<EffectKey, Effect>,
}

impl Carriers {
    pub(super) fn new(mishaps: Mishaps, dice: Dice) -> Self {
        let (answers, late, seen) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { mishaps, dice, bank: Bank::default(), answers, late, counted: 0, seen }
    }

    /// A time of that instant, and of no other thing of that instant.
    fn place(&mut self, due: Timestamp) -> (Timestamp, u64) {
        self.counted += 1;
        (due, self.counted)
    }

    /// When something happens next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let firsts = [self.answers.keys().next(), self.late.keys().next()];
        firsts.into_iter().flatten().map(|(due, _)| *due).min()
    }

    /// Time passes at the providers, whoever else sleeps.
    pub(super) fn run_to(&mut self, now: Timestamp) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= now
        {
            let ((at, _), request) = entry.remove_entry();
            self.bank.request(at, &request);
        }
    }

    /// The next answer that is there by now and that the process of that boot still waits for.
    pub(super) fn next_answer(&mut self, now: Timestamp, boot: u64) -> Option<(DeliveryKey, AttemptResult)> {
        while let Some(entry) = self.answers.first_entry()
            && entry.key().0 <= now
        {
            let Answering { boot: of, key, attempted } = entry.remove();
            // Else whoever asked is dead.
            if of == boot {
                return Some((key, attempted));
            }
        }
        None
    }

    /// Takes an attempt out.
    pub(super) fn carry(
        &mut self,
        now: Timestamp,
        boot: u64,
        attempt: Attempt,
        order: Option<String>,
        crowd: &mut Crowd,
    ) {
        if let Some(key) = attempt.key.effect() {
            let first = self.seen.entry(key).or_insert_with(|| attempt.effect.clone());
            assert_eq!(*first, attempt.effect, "effect {key} is not what it was");
        }
        let key = attempt.key.clone();
        let latency = if self.mishaps.slow && self.dice.roll(4) == 0 { 30_000 } else { 2_000 };
        let mut due = now.plus(Millis::from_ms(self.dice.roll(latency) as i64));
        let attempted = match (key.effect(), order) {
            (Some(effect), Some(order)) if Lane::of(&attempt.effect).is_money() => {
                let request = Request::of(effect, &attempt.effect, order).expect("it is a payment");
                self.pay(now, &mut due, attempt.look_up, request)
            }
            _ => self.deliver(due, &attempt, crowd),
        };
        let place = self.place(due);
        self.answers.insert(place, Answering { boot, key, attempted });
    }

    fn pay(&mut self, now: Timestamp, due: &mut Timestamp, look_up: bool, request: Request) -> AttemptResult {
        let unknown = AttemptResult::Unknown { error: "no answer in time".into() };
        // What is to go wrong: nothing, most of the time.
        let fate = if self.mishaps.cards_fail { self.dice.roll(8) } else { usize::MAX };
        if look_up {
            let found = self.bank.look_up(request.key);
            return match (fate, found) {
                (0, _) => unknown,
                (_, Some(answer)) => told(answer, *due),
                (_, None) => AttemptResult::NotFound,
            };
        }
        if fate <= 2 {
            *due = now.plus(PATIENCE);
        }
        match fate {
            // Lost on the way there.
            0 => unknown,
            // Lost on the way back.
            1 => {
                self.bank.request(now, &request);
                unknown
            }
            // Held up on the way there.
            2 => {
                let arrives = now.plus(Millis::from_ms(self.dice.roll(40_000) as i64));
                let place = self.place(arrives);
                self.late.insert(place, request);
                unknown
            }
            // Refused before anything was done, for now.
            3 => AttemptResult::failed("try later"),
            _ => told(self.bank.request(now, &request), *due),
        }
    }

    /// Posts, letters and the merchant's orders.
    fn deliver(&mut self, at: Timestamp, attempt: &Attempt, crowd: &mut Crowd) -> AttemptResult {
        let fails = match Lane::of(&attempt.effect) {
            Lane::Replies(_) => self.mishaps.replies_fail,
            _ => self.mishaps.letters_fail,
        };
        let fate = if fails { self.dice.roll(10) } else { usize::MAX };
        match fate {
            0 => return AttemptResult::failed("try later"),
            1 => return AttemptResult::impossible("never"),
            _ => {}
        }
        if let (Some(_), Some(prompt)) = (attempt.effect.prompts(), attempt.key.as_post()) {
            let Effect::Reply(notice) = &attempt.effect else { unreachable!("a reply prompts") };
            crowd.is_prompted(notice.account.clone(), prompt);
        }
        if let (Some(id), Effect::Email { notice, .. }) = (attempt.effect.prompts_by_email(), &attempt.effect)
        {
            let (partition, account) = (attempt.key.partition(), notice.account.clone());
            crowd.is_mailed(Letter { partition, id, account });
        }
        // It got there, and nobody says so.
        if fate == 2 {
            return AttemptResult::Unknown { error: "no answer in time".into() };
        }
        attempt.delivered(at)
    }
}

fn told(answer: Answer, at: Timestamp) -> AttemptResult {
    match answer {
        Answer::Approved => AttemptResult::Done { reference: None, at },
        Answer::Declined => AttemptResult::Declined { reason: "card_declined".into() },
    }
}
