//! The providers of a simulated world: how long an effect takes, and what goes wrong.

use std::collections::BTreeMap;

use flashtag::domain::effect::Effect;
use flashtag::domain::id::EffectKey;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::delivery_key::{DeliveryKey, OutsideKey};
use flashtag::outbox::queue::lane::Lane;
use flashtag::outbox::report::ALREADY_CAPTURED;

use super::bank::{Answer, Bank, Request};
use super::crowd::{Crowd, Letter};
use super::plan::ProviderFaults;
use crate::test_rng::TestRng;

/// How long the engine waits for an answer of the card provider.
const PATIENCE: Millis = Millis::from_secs(10);

/// An answer in transit to an attempt of one boot.
struct PendingAnswer {
    boot: u64,
    key: DeliveryKey,
    attempted: AttemptResult,
}

/// The providers, and everything in transit to and from them.
pub(crate) struct Providers {
    pub(crate) faults: ProviderFaults,
    rng: TestRng,
    pub(crate) bank: Bank,
    answers: BTreeMap<(Timestamp, u64), PendingAnswer>,
    /// Payments that arrive after their answers were given up.
    late: BTreeMap<(Timestamp, u64), Request>,
    /// The lanes whose providers are away, each with the end of its outage.
    away: BTreeMap<Lane, Timestamp>,
    counted: u64,
    /// The effects carried out, each with its key at providers: the history must contain them in the end.
    pub(crate) seen: BTreeMap<EffectKey, (OutsideKey, Effect)>,
}

impl Providers {
    pub(crate) fn new(faults: ProviderFaults, rng: TestRng) -> Self {
        let (answers, late, seen) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { faults, rng, bank: Bank::default(), answers, late, away: BTreeMap::new(), counted: 0, seen }
    }

    /// A unique position at an instant.
    fn place(&mut self, due: Timestamp) -> (Timestamp, u64) {
        self.counted += 1;
        (due, self.counted)
    }

    /// The time of the next event.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let firsts = [self.answers.keys().next(), self.late.keys().next()];
        firsts.into_iter().flatten().map(|(due, _)| *due).min()
    }

    /// Advances the providers, whether or not the engine runs.
    pub(crate) fn run_to(&mut self, now: Timestamp) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= now
        {
            let ((at, _), request) = entry.remove_entry();
            self.bank.request(at, &request);
        }
    }

    /// The next answer that has arrived and that the process of this boot still waits for.
    pub(crate) fn next_answer(&mut self, now: Timestamp, boot: u64) -> Option<(DeliveryKey, AttemptResult)> {
        while let Some(entry) = self.answers.first_entry()
            && entry.key().0 <= now
        {
            let PendingAnswer { boot: of, key, attempted } = entry.remove();
            // Otherwise the process that asked is dead.
            if of == boot {
                return Some((key, attempted));
            }
        }
        None
    }

    /// Begins an outage. It may outlast the other faults.
    pub(crate) fn go_away(&mut self, lane: Lane, until: Timestamp) {
        self.away.insert(lane, until);
    }

    fn is_away(&self, lane: Lane, now: Timestamp) -> bool {
        self.away.get(&lane).is_some_and(|until| now < *until)
    }

    /// Carries out an attempt.
    pub(crate) fn carry(
        &mut self,
        now: Timestamp,
        boot: u64,
        attempt: Attempt,
        order: Option<String>,
        crowd: &mut Crowd,
    ) {
        if let Some(key) = attempt.key.outside() {
            let first = self.seen.entry(key.effect).or_insert_with(|| (key, attempt.effect.clone()));
            assert_eq!(*first, (key, attempt.effect.clone()), "effect {key} is not what it was");
        }
        let key = attempt.key.clone();
        let latency = if self.faults.slow && self.rng.below(4) == 0 { 30_000 } else { 2_000 };
        let mut due = now.plus(Millis::from_ms(self.rng.below(latency) as i64));
        let attempted = match (key.outside(), order) {
            // The request does not arrive, and not each caller notices.
            _ if self.is_away(Lane::of(&attempt.effect), now) => match self.rng.below(2) {
                0 => AttemptResult::failed("cannot be reached"),
                _ => AttemptResult::unknown("no answer in time"),
            },
            (Some(outside), Some(order)) if Lane::of(&attempt.effect).is_money() => {
                let request = Request::of(outside, &attempt.effect, order).expect("it is a payment");
                self.pay(now, &mut due, attempt.look_up, request)
            }
            _ => self.deliver(due, &attempt, crowd),
        };
        let place = self.place(due);
        self.answers.insert(place, PendingAnswer { boot, key, attempted });
    }

    fn pay(&mut self, now: Timestamp, due: &mut Timestamp, look_up: bool, request: Request) -> AttemptResult {
        let unknown = AttemptResult::Unknown { error: "no answer in time".into() };
        // The provider refuses to say anything, whatever became of the payment.
        if self.faults.cards_fail && self.rng.below(40) == 0 {
            return AttemptResult::impossible("the shop is locked out");
        }
        // Chooses a failure: none, most of the time.
        let fate = if self.faults.cards_fail { self.rng.below(8) } else { usize::MAX };
        if look_up {
            let found = self.bank.look_up(request.key);
            return match (fate, found) {
                (0, _) => unknown,
                (_, Some(answer)) => result_of(answer, *due),
                (_, None) => AttemptResult::NotFound,
            };
        }
        if fate <= 2 {
            *due = now.plus(PATIENCE);
        }
        match fate {
            // The request is lost.
            0 => unknown,
            // The answer is lost.
            1 => {
                self.bank.request(now, &request);
                unknown
            }
            // The request is delayed.
            2 => {
                let arrives = now.plus(Millis::from_ms(self.rng.below(40_000) as i64));
                let place = self.place(arrives);
                self.late.insert(place, request);
                unknown
            }
            // Throttled before anything was done.
            3 => AttemptResult::failed("try later"),
            _ => result_of(self.bank.request(now, &request), *due),
        }
    }

    /// Delivers replies, letters and the merchant's orders.
    fn deliver(&mut self, at: Timestamp, attempt: &Attempt, crowd: &mut Crowd) -> AttemptResult {
        let fails = match Lane::of(&attempt.effect) {
            Lane::Replies(_) => self.faults.replies_fail,
            _ => self.faults.letters_fail,
        };
        let fate = if fails { self.rng.below(10) } else { usize::MAX };
        let is_reply = matches!(attempt.effect, Effect::Reply(_));
        match fate {
            3 if is_reply => return AttemptResult::gone("its author deleted the post"),
            3 if matches!(attempt.effect, Effect::Email { .. }) => {
                return AttemptResult::Bounced { reason: "no such mailbox".into() };
            }
            0 => return AttemptResult::failed("try later"),
            1 => return AttemptResult::impossible("never"),
            _ => {}
        }
        if let (Some(_), Some(prompt)) = (attempt.effect.prompts(), attempt.key.as_post()) {
            let Effect::Reply(request) = &attempt.effect else { unreachable!("a reply prompts") };
            crowd.add_prompt(request.account.clone(), prompt);
        }
        if let (Some(id), Effect::Email { request, .. }) =
            (attempt.effect.prompts_by_email(), &attempt.effect)
        {
            let (partition, account) = (attempt.key.partition(), request.account.clone());
            crowd.add_letter(Letter { partition, id, account });
        }
        // It was delivered, and the answer is lost.
        if fate == 2 {
            return AttemptResult::Unknown { error: "no answer in time".into() };
        }
        attempt.delivered(at)
    }
}

fn result_of(answer: Answer, at: Timestamp) -> AttemptResult {
    match answer {
        Answer::Approved(payment) => AttemptResult::Done { reference: payment.map(ProviderRef::Payment), at },
        Answer::Declined => AttemptResult::Declined { reason: "card_declined".into() },
        Answer::AlreadyCaptured => AttemptResult::Declined { reason: ALREADY_CAPTURED.into() },
    }
}
