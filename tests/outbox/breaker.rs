//! Outages of providers: when a lane pauses, what leaves it meanwhile, when it goes on, and what a restart knows.

use std::collections::BTreeSet;

use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::event::{Event, Way};
use flashtag::domain::id::{EffectKey, Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::breaker::{BreakerState, PROBE_WAIT_MOST};
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::report::merge;
use flashtag::outbox::resend_safety::{LookUp, ResendSafety};
use flashtag::partition::pending_effects::PendingEffects;

use super::queue::{POLICY, grant};
use super::{
    ON_X, account, announce, at, before_gateway, email, id, payment, renderer, reply, reply_request,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An outbox with the journals of its partitions.
struct Rig {
    outbox: Outbox,
    journal: PendingEffects,
    sequences: Vec<u64>,
    /// Reports that are not recorded yet.
    unrecorded: Vec<(u32, Report)>,
    dead: Vec<(EffectKey, String)>,
    under_way: BTreeSet<EffectKey>,
    now: Timestamp,
}

fn outbox(partitions: u32) -> Outbox {
    before_gateway(Outbox::new(POLICY, Bounds::default(), 7, renderer())).of_partitions(partitions)
}

impl Rig {
    fn new(partitions: u32) -> Self {
        Self {
            outbox: outbox(partitions),
            journal: PendingEffects::default(),
            sequences: vec![0; partitions as usize],
            unrecorded: Vec::new(),
            dead: Vec::new(),
            under_way: BTreeSet::new(),
            now: at(0),
        }
    }

    /// Records a decision of a partition. Returns the key of its first effect.
    fn record(&mut self, partition: u32, events: Vec<Event>, effects: Vec<Effect>) -> EffectKey {
        self.sequences[partition as usize] += 1;
        let sequence = self.sequences[partition as usize];
        let decision = Decision { events: events.into(), effects: effects.into() };
        let record = Record { at: self.now, decision };
        self.journal.read(partition, sequence, KeyForm::Bare, record.clone());
        let records = vec![(sequence, record)];
        self.outbox
            .take_in(self.now, Incoming { partition, form: KeyForm::Bare, records, refusals: Vec::new() });
        EffectKey { partition, sequence, index: 0 }
    }

    fn letters(&mut self, count: usize) -> Vec<EffectKey> {
        (0..count).map(|_| self.record(0, vec![], vec![email()])).collect()
    }

    /// Gathers what the outbox reports by itself.
    fn gather(&mut self) {
        while let Some(report) = self.outbox.take_report(self.now) {
            self.unrecorded.push(report);
        }
    }

    /// Records what is reported, in order.
    fn commit(&mut self) {
        self.gather();
        while !self.unrecorded.is_empty() {
            let (partition, report) = self.unrecorded.remove(0);
            for report in merge(vec![report]) {
                let event = match &report {
                    Report::Delivered(done) => Event::Delivered(done.clone()),
                    Report::Dropped(keys) => Event::Dropped { keys: keys.clone() },
                    Report::DeadLettered { key, reason } => {
                        self.dead.push((*key, reason.to_string()));
                        Event::DeadLettered { key: *key, reason: reason.clone() }
                    }
                    other => other.lane_event().unwrap_or_else(|| Event::Delivered(other.as_delivered())),
                };
                self.record(partition, vec![event], vec![]);
            }
            self.gather();
        }
    }

    fn take(&mut self, lane: Lane) -> Option<Attempt> {
        self.commit();
        let attempt = self.outbox.take_due(self.now, lane)?;
        self.under_way.extend(attempt.key.effect());
        Some(attempt)
    }

    fn settle(&mut self, key: EffectKey, result: AttemptResult) {
        self.under_way.remove(&key);
        let report = self.outbox.settle(self.now, &key.into(), result);
        self.unrecorded.extend(report.map(|report| (key.partition, report)));
    }

    fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(Millis::from_ms(ms));
    }

    /// Passes the time until the outbox has something to do.
    fn pass_to_due(&mut self) {
        self.commit();
        self.now = self.now.max(self.outbox.next_due().expect("something is due"));
    }

    fn is_open(&self, lane: Lane) -> bool {
        self.outbox.breaker(lane) == BreakerState::Closed
    }

    /// Lets three effects of a lane get no answer, which pauses it.
    fn pause(&mut self, lane: Lane) {
        for _ in 0..3 {
            let attempt = self.take(lane).expect("it is due");
            self.settle(attempt.key.effect().expect("an effect"), silence());
        }
        assert!(!self.is_open(lane));
    }

    /// Runs the lanes until `until`. The provider of a lane that is `away` does not answer. Returns what left.
    fn run(&mut self, until: Timestamp, away: impl Fn(Lane) -> bool) -> Vec<(Lane, EffectKey)> {
        let mut left = Vec::new();
        loop {
            self.commit();
            for lane in Lane::all() {
                while let Some(attempt) = self.take(lane) {
                    let key = attempt.key.effect().expect("an effect");
                    left.push((lane, key));
                    let answer = if away(lane) { silence() } else { done(self.now) };
                    self.settle(key, answer);
                }
            }
            self.commit();
            match self.outbox.next_due().filter(|due| *due <= until) {
                Some(due) => self.now = self.now.max(due).plus(Millis::from_ms(1)),
                None => break,
            }
        }
        self.now = until;
        left
    }

    /// Ends the process and starts another one from the journal.
    fn restart(&mut self) {
        self.unrecorded.clear();
        self.outbox = outbox(self.sequences.len() as u32);
        self.outbox.recover(self.now, self.journal.clone());
    }
}

fn silence() -> AttemptResult {
    AttemptResult::unknown("no answer in time")
}

fn done(at: Timestamp) -> AttemptResult {
    AttemptResult::Done { reference: None, at }
}

fn busy() -> AttemptResult {
    AttemptResult::failed("try later")
}

/// Attempts at different letters, by number, and their results.
type Story = Vec<(usize, AttemptResult)>;

#[test]
fn a_lane_pauses_when_different_effects_in_a_row_get_no_answer() {
    let declined = || AttemptResult::Declined { reason: "no".into() };
    let throttled = || AttemptResult::Throttled { until: at(1) };
    let table: [(&str, Story, bool); 9] = [
        ("nothing happened", vec![], false),
        (
            "one fails again and again",
            vec![(0, silence()), (0, silence()), (0, silence()), (0, busy())],
            false,
        ),
        ("two fail", vec![(0, silence()), (1, silence()), (0, silence())], false),
        ("three fail", vec![(0, silence()), (1, busy()), (2, silence())], true),
        ("an answer between", vec![(0, busy()), (1, busy()), (3, done(at(0))), (2, busy())], false),
        ("a refusal is an answer", vec![(0, busy()), (1, busy()), (3, declined()), (2, busy())], false),
        (
            "so is a final error",
            vec![(0, busy()), (1, busy()), (3, AttemptResult::impossible("never")), (2, busy())],
            false,
        ),
        ("throttled is no failure", vec![(0, busy()), (1, busy()), (2, throttled())], false),
        ("and no answer", vec![(0, busy()), (1, busy()), (3, throttled()), (2, busy())], true),
    ];
    for (name, story, pauses) in table {
        let mut rig = Rig::new(1);
        let letters = rig.letters(4);
        for (letter, result) in story {
            // What else is due meanwhile stays with its provider.
            while !rig.under_way.contains(&letters[letter]) {
                rig.pass_to_due();
                rig.take(Lane::Emails).expect("it is due");
            }
            rig.settle(letters[letter], result);
        }
        assert_eq!(!rig.is_open(Lane::Emails), pauses, "{name}");
        assert!(rig.is_open(Lane::Orders), "{name}: a lane of its own");
    }
}

#[test]
fn a_probe_leaves_only_after_its_key_is_recorded_and_nothing_else_leaves() {
    let mut rig = Rig::new(1);
    rig.letters(6);
    rig.pause(Lane::Emails);
    rig.pass(60_000);
    rig.gather();
    let keys: Vec<_> = rig.unrecorded.iter().map(|(_, report)| report.clone()).collect();
    assert!(matches!(&keys[..], [Report::LanePaused(_), Report::LaneProbed { .. }]), "{keys:?}");
    assert!(rig.outbox.take_due(rig.now, Lane::Emails).is_none(), "the probe is not recorded");
    let Report::LaneProbed { key, .. } = keys[1] else { unreachable!() };
    let probe = rig.take(Lane::Emails).expect("it is recorded");
    assert_eq!(probe.key, key.into());
    assert!(rig.take(Lane::Emails).is_none(), "one at a time");
}

#[test]
fn probes_are_of_different_effects_with_growing_waits_of_a_minute_at_most() {
    let mut rig = Rig::new(1);
    rig.letters(10);
    rig.pause(Lane::Emails);
    let (mut probes, mut waits) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let before = rig.now;
        rig.pass_to_due();
        waits.push(rig.now.since(before));
        let probe = rig.take(Lane::Emails).expect("a probe is due");
        rig.pass(1);
        rig.settle(probe.key.effect().unwrap(), busy());
        probes.push(probe.key);
    }
    assert_eq!(probes[..7].iter().collect::<BTreeSet<_>>().len(), 7, "those that did not leave come first");
    assert!(probes.windows(2).all(|pair| pair[0] != pair[1]), "{probes:?}");
    let longest = waits.iter().max().unwrap();
    assert!(*longest > Millis::from_secs(29) && *longest <= PROBE_WAIT_MOST, "{waits:?}");
    assert!(waits.iter().collect::<BTreeSet<_>>().len() > 20, "jitter spreads them: {waits:?}");
    assert!(rig.dead.is_empty());
}

#[test]
fn a_lane_goes_on_when_every_partition_has_recorded_it() {
    let mut rig = Rig::new(3);
    rig.letters(5);
    rig.pause(Lane::Emails);
    rig.pass_to_due();
    let probe = rig.take(Lane::Emails).expect("a probe");
    rig.settle(probe.key.effect().unwrap(), done(rig.now));
    rig.gather();
    let resumed = |(_, report): &(u32, Report)| matches!(report, Report::LaneResumed(Lane::Emails));
    assert_eq!(rig.unrecorded.iter().filter(|report| resumed(report)).count(), 3);
    for partition in [2, 0, 1] {
        assert!(!rig.is_open(Lane::Emails));
        assert!(rig.outbox.take_due(at(HOUR_MS), Lane::Emails).is_none(), "before partition {partition}");
        rig.record(partition, vec![Event::LaneResumed { lane: Lane::Emails }], vec![]);
    }
    assert!(rig.is_open(Lane::Emails));
    assert!(rig.outbox.take_due(at(HOUR_MS), Lane::Emails).is_some());
}

/// Of the letters that are pending at the end of the story, some cannot have left.
#[test]
fn after_a_restart_only_what_may_have_left_is_looked_up() {
    let mut rig = Rig::new(2);
    let pay = |rig: &mut Rig, partition| {
        rig.record(partition, vec![], vec![Effect::Authorize(payment(1, "tok_1"))])
    };
    let before = [pay(&mut rig, 0), pay(&mut rig, 0), pay(&mut rig, 1)];
    rig.pause(Lane::Cards);
    rig.commit();
    let during = [pay(&mut rig, 0), pay(&mut rig, 1), pay(&mut rig, 1)];
    // One of them is recorded as a probe, and it is not known whether it left.
    rig.record(0, vec![Event::LaneProbed { lane: Lane::Cards, key: during[0] }], vec![]);
    // The outage is longer than keys are remembered.
    rig.pass(3 * DAY_MS);
    rig.restart();
    assert!(!rig.is_open(Lane::Cards), "the pause outlives the process");
    let mut looked_up = BTreeSet::new();
    loop {
        rig.commit();
        let Some(attempt) = rig.take(Lane::Cards) else { break };
        if attempt.look_up {
            looked_up.insert(attempt.key.effect().unwrap());
        }
        rig.settle(attempt.key.effect().unwrap(), done(rig.now));
    }
    let expected: BTreeSet<_> = before.into_iter().chain([during[0]]).collect();
    assert_eq!(looked_up, expected);
    assert!(rig.is_open(Lane::Cards));
    rig.restart();
    assert!(rig.is_open(Lane::Cards), "and so does its end");
    assert_eq!(rig.outbox.pending(), 0);
}

/// A crash came between the records of two partitions.
#[test]
fn a_pause_that_not_every_partition_recorded_is_recorded_again() {
    let mut rig = Rig::new(2);
    rig.record(1, vec![Event::LanePaused { lane: Lane::Emails }], vec![]);
    rig.restart();
    assert!(!rig.is_open(Lane::Emails));
    rig.gather();
    assert_eq!(rig.unrecorded, [(0, Report::LanePaused(Lane::Emails))]);
}

/// The relay does not know the shop: every letter would be refused, and each attempt would be one too many.
#[test]
fn a_shop_that_is_shut_out_pauses_its_letters_at_once_and_loses_none() {
    let shut_out = || AttemptResult::shut_out("AUTH: 535 who are you?");
    let mut rig = Rig::new(2);
    let mut keys = rig.letters(40);
    let first = rig.take(Lane::Emails).expect("it is due").key.effect().expect("an effect");
    rig.settle(first, shut_out());
    rig.commit();
    assert!(!rig.is_open(Lane::Emails), "one answer says it for all");
    // Days pass. Letters leave one by one, as probes, and a restart changes nothing.
    let mut probes = 0;
    while rig.now < at(2 * DAY_MS) {
        rig.pass_to_due();
        if let Some(attempt) = rig.take(Lane::Emails) {
            assert_eq!(attempt.number, 1, "an attempt that was not let in is none");
            assert!(rig.take(Lane::Emails).is_none(), "one probe at a time");
            rig.settle(attempt.key.effect().expect("an effect"), shut_out());
            probes += 1;
        }
        if probes == 7 {
            rig.restart();
        }
    }
    let longest_ms = PROBE_WAIT_MOST.ms();
    assert!(probes > 2 * DAY_MS / (2 * longest_ms) && probes < 2 * DAY_MS / 1_000, "{probes} probes");
    assert_eq!((rig.outbox.pending(), rig.dead.len()), (40, 0), "{:?}", rig.dead);
    // The password is mended.
    let back = rig.now;
    let left = rig.run(back.plus(Millis::from_secs(300)), |_| false);
    let mut arrived: Vec<_> = left.into_iter().map(|(_, key)| key).collect();
    arrived.sort_unstable();
    keys.sort_unstable();
    assert_eq!(arrived, keys);
    assert!(rig.is_open(Lane::Emails));
}

#[test]
fn an_address_that_takes_no_mail_is_the_answer_of_a_relay_that_works() {
    let bounced = || AttemptResult::bounced("RCPT: 550 no such user");
    let table = [(bounced(), true), (AttemptResult::Suppressed, false)];
    for (result, resumes) in table {
        let mut rig = Rig::new(1);
        rig.letters(5);
        rig.pause(Lane::Emails);
        rig.pass_to_due();
        let probe = rig.take(Lane::Emails).expect("a probe");
        rig.settle(probe.key.effect().expect("an effect"), result.clone());
        rig.commit();
        // Of an address that was not asked for nobody learns whether the relay is back.
        assert_eq!(rig.is_open(Lane::Emails), resumes, "{result:?}");
        assert_eq!(rig.outbox.pending(), 4);
        let back = rig.now;
        rig.run(back.plus(Millis::from_secs(300)), |_| false);
        assert_eq!((rig.outbox.pending(), rig.dead.len()), (0, 0));
    }
}

#[test]
fn an_outage_of_any_length_ends_without_a_dead_letter() {
    for outage in [5_000, 600_000, HOUR_MS, DAY_MS, 3 * DAY_MS] {
        for effects in [1, 2, 40] {
            let mut rig = Rig::new(2);
            let mut keys = BTreeSet::new();
            for number in 0..effects {
                let payment = payment(number, "tok_1");
                let effects = [
                    Effect::Authorize(payment.clone()),
                    Effect::Order(payment),
                    Effect::Credit(grant(&format!("t-{number}"))),
                    email(),
                ];
                for effect in effects {
                    keys.insert(rig.record(number % 2, vec![], vec![effect]));
                }
            }
            rig.run(at(outage / 2), |_| true);
            rig.restart();
            rig.run(at(outage), |_| true);
            assert_eq!(rig.outbox.pending(), keys.len(), "{outage} {effects}");
            if effects > 2 {
                assert!(
                    !rig.is_open(Lane::Cards) && !rig.is_open(Lane::Orders) && !rig.is_open(Lane::Credits)
                );
            }
            let back = rig.now;
            rig.run(back.plus(Millis::from_secs(300)), |_| false);
            assert_eq!((rig.outbox.pending(), rig.dead.len()), (0, 0), "{outage} {effects}: {:?}", rig.dead);
            assert!(Lane::all().all(|lane| rig.is_open(lane)));
        }
    }
}

#[test]
fn the_lanes_of_other_providers_do_not_notice_an_outage() {
    let mut rig = Rig::new(1);
    rig.letters(5);
    rig.pause(Lane::Emails);
    let order = rig.record(0, vec![], vec![Effect::Order(payment(1, "tok_1"))]);
    let left = rig.run(at(HOUR_MS), |lane| lane == Lane::Emails);
    assert!(left.contains(&(Lane::Orders, order)));
    assert_eq!(rig.outbox.pending(), 5);
}

#[test]
fn what_fails_while_its_neighbours_succeed_is_given_up_alone() {
    let mut rig = Rig::new(1);
    let bad = rig.record(0, vec![], vec![email()]);
    let mut failures = 0;
    while rig.dead.is_empty() {
        rig.letters(1);
        // Longer than any wait.
        rig.pass(60_001);
        while let Some(attempt) = rig.take(Lane::Emails) {
            let key = attempt.key.effect().unwrap();
            if key == bad {
                // The neighbour answers first.
                failures += 1;
                continue;
            }
            rig.settle(key, done(rig.now));
        }
        rig.settle(bad, silence());
        rig.commit();
        assert!(failures <= POLICY.attempts_most, "{failures}");
    }
    assert_eq!(failures, POLICY.attempts_most);
    assert_eq!(rig.dead, [(bad, "after 6 attempts: no answer in time".to_owned())]);
    assert!(rig.is_open(Lane::Emails));
}

/// How long an effect is tried whose provider never answers.
#[test]
fn each_kind_of_effect_has_its_horizon() {
    let after = |effect: Effect, ms: i64| {
        let mut rig = Rig::new(1);
        for _ in 0..4 {
            rig.record(0, vec![], vec![effect.clone()]);
        }
        rig.run(at(ms), |_| true);
        (rig.outbox.pending(), rig.dead.len())
    };
    let (pending, dropped, dead) = ((4, 0), (0, 0), (0, 4));
    let month = 30 * DAY_MS;
    let stale = 900_000;
    let table = [
        ("a payment", Effect::Authorize(payment(1, "tok_1")), month, pending),
        ("an order", Effect::Order(payment(1, "tok_1")), month, pending),
        ("a letter", email(), 5 * DAY_MS - 70_000, pending),
        ("a letter", email(), 5 * DAY_MS + 70_000, dead),
        ("a reply", reply(Outcome::Waitlisted, 1), stale - 1, pending),
        ("a reply", reply(Outcome::Waitlisted, 1), stale + 1, dropped),
        ("a result", reply(Outcome::Sold, 1), 5 * DAY_MS - 70_000, pending),
        ("a result", reply(Outcome::Sold, 1), 5 * DAY_MS + 70_000, dropped),
        ("an announcement", announce(Announcement::Opening), 5 * DAY_MS + 70_000, dropped),
    ];
    for (name, effect, ms, expected) in table {
        assert_eq!(after(effect, ms), expected, "{name} after {ms} ms");
    }
}

/// A prompt by reply or by letter is of no use once its reservation has ended or is confirmed.
#[test]
fn a_prompt_lapses_with_its_reservation() {
    let letter =
        || Effect::Email { to: "a@b.example".into(), request: reply_request(Outcome::Reserved, Some(1)) };
    let post = || PostId::parse(Network::X, "77").unwrap();
    let (id, ana, units) = (id(1), account(42), 1);
    let confirmed = Event::Confirmed { id, account: ana.clone(), post: post(), units, way: Way::Post };
    let ends = [
        Event::Expired { id, account: ana.clone(), units },
        Event::Released { id, account: ana, units, post: post() },
        confirmed,
    ];
    for prompt in [reply(Outcome::Reserved, 1), letter()] {
        for end in &ends {
            for restarted in [false, true] {
                for another in [false, true] {
                    let mut rig = Rig::new(1);
                    let key = rig.record(0, vec![], vec![prompt.clone()]);
                    let lane = Lane::of(&prompt);
                    let mut end = end.clone();
                    if another && let Event::Expired { id, .. } = &mut end {
                        id.ordinal = 2;
                    } else if another {
                        continue;
                    }
                    if restarted {
                        rig.record(0, vec![end], vec![]);
                        rig.journal.lapse_prompts(|_| another);
                        rig.restart();
                    } else {
                        rig.record(0, vec![end], vec![]);
                    }
                    rig.gather();
                    if another {
                        assert_eq!(rig.take(lane).map(|attempt| attempt.key), Some(key.into()));
                    } else {
                        assert_eq!(rig.unrecorded, [(0, Report::Dropped(vec![key]))], "{prompt:?}");
                        assert_eq!(rig.outbox.drops().lapsed, 1);
                        assert!(rig.take(lane).is_none());
                    }
                }
            }
        }
    }
}

/// The age of a key counts from its effect's record.
#[test]
fn a_payment_that_is_not_found_is_sent_again_only_where_that_is_safe() {
    let day = Millis::from_ms(DAY_MS);
    let (sent, unresolved) = (true, false);
    let table = [
        ("conclusive, young", LookUp::Conclusive, DAY_MS - 1, sent),
        ("conclusive, old", LookUp::Conclusive, 3 * DAY_MS, sent),
        ("inconclusive, young", LookUp::Inconclusive, DAY_MS - 1, sent),
        ("inconclusive, old", LookUp::Inconclusive, DAY_MS, unresolved),
    ];
    for (name, look_up, age, expected) in table {
        let mut rig = Rig::new(1);
        let key = rig.record(0, vec![], vec![Effect::Capture(payment(1, "tok_1"))]);
        rig.pass(age);
        rig.restart();
        rig.outbox.set_resend_safety(Lane::Cards, ResendSafety::key_for(day).looked_up(look_up));
        let asked = rig.take(Lane::Cards).expect("it is looked up");
        assert!(asked.look_up, "{name}");
        rig.settle(key, AttemptResult::NotFound);
        let again = rig.take(Lane::Cards);
        assert_eq!(
            again.map(|attempt| (attempt.look_up, attempt.key)),
            expected.then_some((false, key.into())),
            "{name}"
        );
        rig.commit();
        let reasons: Vec<_> = rig.dead.iter().map(|(_, reason)| reason.split(':').next().unwrap()).collect();
        assert_eq!(reasons, if expected { vec![] } else { vec!["unresolved"] }, "{name}");
    }
}

#[test]
fn a_probe_that_is_dropped_makes_room_for_another() {
    let mut rig = Rig::new(1);
    let stop = |author| Event::AccountSilenced {
        account: account(author),
        post: PostId::parse(Network::X, "9").unwrap(),
        posted_at: at(0),
    };
    let to = |author| {
        Effect::Reply(ReplyRequest { account: account(author), ..reply_request(Outcome::Sold, Some(1)) })
    };
    for author in 1..=5 {
        rig.record(0, vec![], vec![to(author)]);
    }
    rig.pause(ON_X);
    rig.pass_to_due();
    rig.gather();
    // The first of those that have not left is chosen, and its account opts out before that is recorded.
    rig.record(0, vec![stop(4)], vec![]);
    let probe = rig.take(ON_X).or_else(|| rig.take(ON_X)).expect("another probe");
    assert!(probe.effect == to(5) || probe.effect == to(1), "{probe:?}");
}
