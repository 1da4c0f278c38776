//! The runner, in virtual time, with scripted providers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use flashtag::config::replies::{Ceilings, ReplyPace};
use flashtag::domain::cid::Cid;
use flashtag::domain::command::Report;
use flashtag::domain::decision::{Decision, Record};
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::event::{Delivered, Event};
use flashtag::domain::has_address::HasAddress;
use flashtag::domain::heard_posts::{HeardPost, HeardPosts, Unattested};
use flashtag::domain::id::{Account, EffectKey, Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::address_book::Address;
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::attestor::{Attestor, Finding, NoAttestor};
use flashtag::outbox::incoming::Incoming;
use flashtag::outbox::provider::sandbox::Sandbox;
use flashtag::outbox::provider::sandbox::provider::LiveSandbox;
use flashtag::outbox::provider::{Delivery, Provider, Providers};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::outbox::resend_safety::ResendSafety;
use flashtag::outbox::runner::{ReportSink, Runner, RunnerLimits};
use flashtag::outbox::status::OutboxStatus;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep};

use super::{account, at, email, id, key, payment, renderer, reply, reply_request, terms};

/// The reports by partition, call by call.
type Reports = Rc<RefCell<Vec<(u32, Vec<Report>)>>>;

type Answer = dyn Fn(&Delivery) -> (Millis, AttemptResult);

/// Answers as scripted, and records the deliveries and their concurrency.
struct Fake {
    answer: Box<Answer>,
    asked: RefCell<Vec<String>>,
    under_way: Cell<usize>,
    most_at_once: Cell<usize>,
}

impl Fake {
    fn new(answer: impl Fn(&Delivery) -> (Millis, AttemptResult) + 'static) -> Rc<Self> {
        let (asked, under_way, most_at_once) = (RefCell::default(), Cell::new(0), Cell::new(0));
        Rc::new(Self { answer: Box::new(answer), asked, under_way, most_at_once })
    }

    fn prompt() -> Rc<Self> {
        Self::new(|delivery| (Millis::ZERO, delivery.attempt.delivered(delivery.at)))
    }
}

impl Provider for Fake {
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        async {
            self.asked.borrow_mut().push(delivery.attempt.key.to_string());
            self.under_way.set(self.under_way.get() + 1);
            self.most_at_once.set(self.most_at_once.get().max(self.under_way.get()));
            let (latency, answer) = (self.answer)(delivery);
            sleep(latency.std()).await;
            self.under_way.set(self.under_way.get() - 1);
            answer
        }
        .boxed_local()
    }
}

/// A runner and its reports.
struct Rig {
    runner: Runner<Box<dyn Fn() -> Timestamp>>,
    reports: Reports,
    status: Arc<OutboxStatus>,
}

impl Rig {
    fn new(bounds: Bounds, replies: &Rc<Fake>, emails: &Rc<Fake>) -> Self {
        let policy =
            RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 5 };
        let sandbox = LiveSandbox::new(Sandbox::open(None, false).unwrap()).unwrap();
        let providers = Providers::new(|lane| -> Rc<dyn Provider> {
            match lane {
                Lane::Cards => Rc::new(sandbox.cards()),
                Lane::Credits => Rc::new(sandbox.credits()),
                Lane::Replies(_) => Rc::clone(replies) as _,
                Lane::Emails => Rc::clone(emails) as _,
                Lane::Orders => Fake::prompt(),
            }
        });
        let reports = Reports::default();
        let taken = Rc::clone(&reports);
        let sink: ReportSink = Box::new(move |partition, reports, _| {
            taken.borrow_mut().push((partition, reports));
            std::future::ready(()).boxed_local()
        });
        let start = Instant::now();
        let known = Offering::from(terms());
        let status = Arc::new(OutboxStatus::default());
        let runner = Runner {
            outbox: Outbox::new(policy, bounds, 1, renderer()),
            providers,
            attestor: Rc::new(NoAttestor),
            addresses: Rc::new(|_: &Account| Address::Known("ana@example.com".into())),
            clock: Box::new(move || at(i64::try_from(start.elapsed().as_millis()).unwrap())) as _,
            offerings: Arc::new(move |_, _| Some(known.clone())),
            sink,
            status: Arc::clone(&status),
            limits: RunnerLimits::default(),
        };
        Self { runner, reports, status }
    }

    fn all_reports(&self) -> Vec<Report> {
        self.reports.borrow().iter().flat_map(|(_, reports)| reports.clone()).collect()
    }
}

fn record(key: EffectKey, decision: Decision) -> Incoming {
    let record = Record { at: at(0), decision };
    Incoming {
        partition: key.partition,
        form: KeyForm::Bare,
        records: vec![(key.sequence, record)],
        refusals: Vec::new(),
    }
}

fn opt_out(sequence: u64) -> Incoming {
    let request = reply_request(Outcome::OptedOut, None);
    let (account, post, posted_at) = (request.account, request.post, at(0));
    record(key(sequence), Decision::of(Event::AccountSilenced { account, post, posted_at }))
}

fn opt_in(sequence: u64) -> Incoming {
    let request = reply_request(Outcome::OptedIn, None);
    let (account, post, posted_at) = (request.account, request.post, at(0));
    record(key(sequence), Decision::of(Event::AccountOptedIn { account, post, posted_at }))
}

fn effect(key: EffectKey, effect: Effect) -> Incoming {
    record(key, Decision { effects: [effect].into(), ..Decision::default() })
}

#[tokio::test(start_paused = true)]
async fn effects_become_reports_for_their_partitions_and_the_runner_ends_with_its_intake() {
    let (replies, emails) = (Fake::prompt(), Fake::prompt());
    let rig = Rig::new(Bounds::default(), &replies, &emails);
    let (reports, status) = (Rc::clone(&rig.reports), Arc::clone(&rig.status));
    let (sender, receiver) = mpsc::channel(16);
    let elsewhere = EffectKey { partition: 3, ..key(9) };
    sender.try_send(effect(key(1), reply(Outcome::Reserved, 1))).unwrap();
    sender.try_send(effect(key(2), email())).unwrap();
    sender.try_send(effect(key(3), reply(Outcome::Sold, 1))).unwrap();
    sender.try_send(effect(elsewhere, email())).unwrap();
    let refusals = vec![reply_request(Outcome::SoldOut, None)];
    sender.try_send(Incoming { partition: 0, form: KeyForm::Bare, records: Vec::new(), refusals }).unwrap();
    status.hand(4);
    assert_eq!(status.pending(), 4, "an effect in flight counts as pending");
    drop(sender);
    let outbox = rig.runner.run(receiver, std::future::pending()).await;
    assert!(outbox.is_idle());
    assert_eq!(status.pending(), 0);
    assert_eq!(*replies.asked.borrow(), ["0/1/0", "0/3/0", "refusal/x/5000001"]);
    let mut reported: Vec<String> = Vec::new();
    for (partition, reports) in reports.borrow().iter() {
        for report in reports {
            match report {
                Report::Delivered(Delivered { keys, .. }) => {
                    reported.extend(keys.iter().map(|key| format!("{partition}: {key}")))
                }
                Report::Prompted { prompt, .. } => reported.push(format!("{partition}: prompt {prompt}")),
                other => panic!("{other:?}"),
            }
        }
    }
    reported.sort();
    assert_eq!(reported, ["0: 0/2/0", "0: 0/3/0", "0: prompt 0/1/0", "3: 3/9/0"]);
}

/// Otherwise there would be an instant at which nothing is pending, though more is to come.
#[tokio::test(start_paused = true)]
async fn what_is_done_is_pending_until_what_it_brings_is_handed_over() {
    let mut rig = Rig::new(Bounds::default(), &Fake::prompt(), &Fake::prompt());
    let (status, unrecorded) = (Arc::clone(&rig.status), Rc::new(RefCell::new(Vec::new())));
    let kept = Rc::clone(&unrecorded);
    rig.runner.sink = Box::new(move |_, _, under_way| {
        kept.borrow_mut().push(under_way);
        std::future::ready(()).boxed_local()
    });
    let (sender, receiver) = mpsc::channel(16);
    sender.try_send(effect(key(1), email())).unwrap();
    status.hand(1);
    drop(sender);
    assert!(rig.runner.run(receiver, std::future::pending()).await.is_idle());
    assert_eq!(status.pending(), 1, "its result is not recorded");
    unrecorded.borrow_mut().clear();
    assert_eq!(status.pending(), 0);
}

#[tokio::test(start_paused = true)]
async fn timed_out_cards_are_settled_and_slow_ones_do_not_block_others() {
    let rig = Rig::new(Bounds::default(), &Fake::prompt(), &Fake::prompt());
    let reports = Rc::clone(&rig.reports);
    let (sender, receiver) = mpsc::channel(16);
    let cards = ["tok_slow", "tok_1", "tok_timeout_after", "tok_decline"];
    for (card, ordinal) in cards.into_iter().zip(1..) {
        let payment = payment(ordinal, card);
        sender.try_send(effect(key(u64::from(ordinal)), Effect::Authorize(payment))).unwrap();
    }
    drop(sender);
    let start = Instant::now();
    rig.runner.run(receiver, std::future::pending()).await;
    let order: Vec<_> = reports.borrow().iter().flat_map(|(_, reports)| reports.clone()).collect();
    // The sandbox numbers payments as it decides them.
    let authorized = |number: u32| {
        let reference = Some(PaymentRef::parse(&number.to_string()).unwrap());
        Report::Authorized { id: id(number), key: key(u64::from(number)), reference }
    };
    assert_eq!(order.len(), 4);
    assert!(order[..2].contains(&authorized(2)));
    let reason = "card_declined".into();
    assert!(order[..2].contains(&Report::Declined { id: id(4), key: key(4), reason }));
    assert_eq!(order[2], authorized(1));
    assert_eq!(order[3], authorized(3));
    let elapsed = start.elapsed().as_millis();
    assert!((10_500..=11_100).contains(&elapsed), "ten seconds to time out, then one look-up: {elapsed}");
}

#[tokio::test(start_paused = true)]
async fn lanes_obey_their_limits() {
    let emails = Fake::new(|delivery| (Millis::from_secs(2), delivery.attempt.delivered(delivery.at)));
    let rig = Rig::new(Bounds { emails: 3, ..Bounds::default() }, &Fake::prompt(), &emails);
    let (sender, receiver) = mpsc::channel(64);
    for sequence in 0..30 {
        sender.try_send(effect(key(sequence), email())).unwrap();
    }
    drop(sender);
    let start = Instant::now();
    rig.runner.run(receiver, std::future::pending()).await;
    assert_eq!((emails.most_at_once.get(), start.elapsed().as_secs()), (3, 20));
    let expected: Vec<_> = (0..30).map(|sequence| key(sequence).to_string()).collect();
    assert_eq!(*emails.asked.borrow(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_takes_no_reports_stops_attempts_but_not_the_intake() {
    let emails = Fake::prompt();
    let mut rig = Rig::new(Bounds::default(), &Fake::prompt(), &emails);
    let (status, reports) = (Arc::clone(&rig.status), Rc::clone(&rig.reports));
    rig.runner.limits.reports_waiting = 10;
    let gate = Rc::new(Semaphore::new(0));
    let (doorkeeper, taken) = (Rc::clone(&gate), Rc::clone(&rig.reports));
    rig.runner.sink = Box::new(move |partition, reports, under_way| {
        let (gate, taken) = (Rc::clone(&doorkeeper), Rc::clone(&taken));
        async move {
            let _open = gate.acquire().await.unwrap();
            taken.borrow_mut().push((partition, reports));
            drop(under_way);
        }
        .boxed_local()
    });
    let (sender, receiver) = mpsc::channel(4);
    let feed = async {
        for sequence in 0..1000 {
            sender.send(effect(key(sequence), email())).await.unwrap();
        }
        sleep(Millis::from_secs(3600).std()).await;
        // At most those that were handed out and those that wait.
        assert!(emails.asked.borrow().len() <= 20, "{}", emails.asked.borrow().len());
        assert_eq!(status.pending(), 1000, "what is reported is not recorded yet");
        gate.add_permits(1);
        drop(sender);
    };
    let (outbox, ()) = tokio::join!(rig.runner.run(receiver, std::future::pending()), feed);
    assert!(outbox.is_idle());
    let mut reported = Vec::new();
    for (_, batch) in reports.borrow().iter() {
        let [Report::Delivered(Delivered { keys, .. })] = batch.as_slice() else {
            panic!("merged into one: {batch:?}")
        };
        reported.extend(keys.iter().map(|key| key.sequence));
    }
    reported.sort_unstable();
    assert_eq!(reported, (0..1000).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_an_answer_is_retried_until_it_is_given_up() {
    let emails = Fake::new(|delivery| (Millis::MAX, delivery.attempt.delivered(delivery.at)));
    let rig = Rig::new(Bounds::default(), &Fake::prompt(), &emails);
    let reports = Rc::clone(&rig.reports);
    let (sender, receiver) = mpsc::channel(4);
    sender.try_send(effect(key(1), email())).unwrap();
    drop(sender);
    let outbox = rig.runner.run(receiver, std::future::pending()).await;
    // It is the only one, so its provider may be away: it is tried for five days, at least each two minutes.
    assert!(emails.asked.borrow().len() > 5 * 24 * 30 && outbox.dead_letters_total() == 1);
    let reason = "it could not be delivered for 5 days".into();
    assert_eq!(*reports.borrow(), [(0, vec![Report::DeadLettered { key: key(1), reason }])]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_attempts_in_flight_and_begins_no_new_ones() {
    let emails = Fake::new(|delivery| {
        let slow = delivery.attempt.key.effect() == Some(key(2));
        let latency = if slow { Millis::from_secs(60) } else { Millis::from_secs(2) };
        (latency, delivery.attempt.delivered(delivery.at))
    });
    let rig = Rig::new(Bounds { emails: 2, ..Bounds::default() }, &Fake::prompt(), &emails);
    let reports = Rc::clone(&rig.reports);
    let (sender, receiver) = mpsc::channel(4);
    for sequence in 1..=3 {
        sender.try_send(effect(key(sequence), email())).unwrap();
    }
    let stop = Rc::new(Notify::new());
    let stopped = Rc::clone(&stop);
    let start = Instant::now();
    let halt = async {
        sleep(Millis::from_secs(1).std()).await;
        stop.notify_one();
        sleep(Millis::from_secs(1).std()).await;
        sender.try_send(effect(key(4), email())).unwrap();
    };
    let (outbox, ()) = tokio::join!(rig.runner.run(receiver, stopped.notified()), halt);
    assert_eq!(start.elapsed().as_secs(), 6, "the drain has a bound");
    assert_eq!(*emails.asked.borrow(), ["0/1/0", "0/2/0"]);
    assert_eq!(*reports.borrow(), [(0, vec![Report::Delivered(vec![key(1)].into())])]);
    let left: Vec<_> = outbox.pending_effects().iter().map(|(key, ..)| key.sequence).collect();
    assert_eq!(left, [2, 3, 4], "the journal still has them");
}

#[tokio::test(start_paused = true)]
async fn an_effect_of_an_unknown_offer_waits_for_it() {
    let mut rig = Rig::new(Bounds::default(), &Fake::prompt(), &Fake::prompt());
    let (known, start) = (Offering::from(terms()), Instant::now());
    rig.runner.offerings = Arc::new(move |_, _| (start.elapsed().as_secs() > 1).then(|| known.clone()));
    let (sender, receiver) = mpsc::channel(4);
    sender.try_send(effect(key(1), email())).unwrap();
    drop(sender);
    let reports = Rc::clone(&rig.reports);
    assert_eq!(rig.all_reports(), []);
    rig.runner.run(receiver, std::future::pending()).await;
    assert_eq!(*reports.borrow(), [(0, vec![Report::Delivered(vec![key(1)].into())])]);
}

#[tokio::test(start_paused = true)]
async fn a_paced_lane_drains_by_rank_and_the_status_shows_it() {
    let replies = Fake::prompt();
    let mut rig = Rig::new(Bounds::default(), &replies, &Fake::prompt());
    let ceilings = Ceilings::unpaced().with(Network::X, "2 per 10s".parse::<ReplyPace>().unwrap());
    rig.runner.outbox = rig.runner.outbox.paced(&ceilings);
    let (sender, receiver) = mpsc::channel(1);
    let outcomes = [Outcome::Expired, Outcome::Sold, Outcome::Sold, Outcome::Reserved, Outcome::Reserved];
    let each = outcomes.into_iter().zip(1..);
    let records = each.flat_map(|(outcome, sequence)| effect(key(sequence), reply(outcome, 1)).records);
    sender
        .try_send(Incoming {
            partition: 0,
            form: KeyForm::Bare,
            records: records.collect(),
            refusals: Vec::new(),
        })
        .unwrap();
    drop(sender);
    let (status, start) = (Arc::clone(&rig.status), Instant::now());
    let inspect = async {
        sleep(Millis::from_secs(5).std()).await;
        let lane = status.lanes().remove(0);
        assert_eq!((lane.prompts, lane.results, lane.others, lane.in_flight), (0, 2, 1, 0));
        assert_eq!(
            lane.sent.map(|(sent, ceiling)| format!("{sent} of {ceiling}")).unwrap(),
            "2 of 2 per 10s"
        );
        assert_eq!(status.pending(), 3);
    };
    let (outbox, ()) = tokio::join!(rig.runner.run(receiver, std::future::pending()), inspect);
    assert!(outbox.is_idle());
    assert_eq!(*replies.asked.borrow(), ["0/4/0", "0/5/0", "0/2/0", "0/3/0", "0/1/0"]);
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn dropped_effects_are_reported_to_their_partition() {
    let replies = Fake::prompt();
    let rig = Rig::new(Bounds::default(), &replies, &Fake::prompt());
    let (reports, status) = (Rc::clone(&rig.reports), Arc::clone(&rig.status));
    let (sender, receiver) = mpsc::channel(16);
    sender.try_send(opt_out(4)).unwrap();
    sender.try_send(effect(key(1), reply(Outcome::Sold, 1))).unwrap();
    sender.try_send(effect(EffectKey { partition: 3, ..key(2) }, reply(Outcome::Expired, 2))).unwrap();
    sender.try_send(opt_in(5)).unwrap();
    sender.try_send(effect(key(3), reply(Outcome::Sold, 3))).unwrap();
    drop(sender);
    rig.runner.run(receiver, std::future::pending()).await;
    assert_eq!(*replies.asked.borrow(), ["0/3/0"]);
    let mut reported: Vec<_> = reports.borrow().iter().cloned().collect();
    reported.sort_by_key(|(_, reports)| reports.iter().flat_map(Report::keys).min());
    let dropped = |partition| {
        let key = if partition == 0 { key(1) } else { EffectKey { partition, ..key(2) } };
        (partition, vec![Report::Dropped(vec![key])])
    };
    assert_eq!(reported, [dropped(0), (0, vec![Report::Delivered(vec![key(3)].into())]), dropped(3)]);
    assert_eq!((status.drops().silent, status.pending()), (2, 0));
}

/// Answers about the posts of some orders only after an hour.
struct SlowServers;

impl Attestor for SlowServers {
    fn attest<'a>(&'a self, posts: &'a [HeardPost]) -> LocalBoxFuture<'a, Finding> {
        async move {
            if posts.iter().any(|heard| heard.cid.as_str() == "bafyslow") {
                sleep(Millis::from_secs(3600).std()).await;
            }
            Finding::Attested
        }
        .boxed_local()
    }
}

/// Authors' servers that do not answer take nothing from the card provider's lane: neither its places nor its health.
#[tokio::test(start_paused = true)]
async fn servers_of_authors_that_are_slow_hold_up_their_own_orders_alone() {
    let bounds = Bounds { cards: 1, attestations: 2, ..Bounds::default() };
    let mut rig = Rig::new(bounds, &Fake::prompt(), &Fake::prompt());
    rig.runner.attestor = Rc::new(SlowServers);
    let order = |ordinal: u32, cid: &str| {
        let post = PostId::parse(Network::X, &(5_000_000 + u64::from(ordinal)).to_string()).unwrap();
        let posts = vec![HeardPost { post, cid: Cid::parse(cid).unwrap() }];
        let heard = Some(Box::new(HeardPosts { posts, until: at(60_000) }));
        let buyer = account(u64::from(ordinal));
        Effect::Authorize(Payment { account: buyer, heard, ..payment(ordinal, "tok_1") })
    };
    let (sender, receiver) = mpsc::channel(64);
    for ordinal in 1..=6 {
        let cid = if ordinal <= 4 { "bafyslow" } else { "bafyfast" };
        sender.try_send(effect(key(ordinal.into()), order(ordinal, cid))).unwrap();
    }
    let reports = Rc::clone(&rig.reports);
    let feed = async {
        // The first two readings take both places until their time is over; then the others have their turns.
        sleep(Millis::from_secs(25).std()).await;
        let seen: Vec<Report> = reports.borrow().iter().flat_map(|(_, reports)| reports.clone()).collect();
        let is_fast = |report: &Report| matches!(report, Report::Authorized { id, .. } if id.ordinal >= 5);
        assert_eq!(seen.iter().filter(|report| is_fast(report)).count(), 2, "{seen:?}");
        assert_eq!(seen.len(), 2, "{seen:?}");
        drop(sender);
    };
    let (outbox, ()) = tokio::join!(rig.runner.run(receiver, std::future::pending()), feed);
    assert!(outbox.is_idle());
    let seen: Vec<Report> = reports.borrow().iter().flat_map(|(_, reports)| reports.clone()).collect();
    let off = |report: &&Report| matches!(report, Report::Unattested { why: Unattested::Unreachable, .. });
    assert_eq!(seen.iter().filter(off).count(), 4, "{seen:?}");
    assert!(!seen.iter().any(|report| matches!(report, Report::LanePaused(_))), "{seen:?}");
}

/// Sends one letter by a provider that notes where it goes. Returns the addresses, and the reports.
async fn send_letter(
    letter: Effect,
    answer: fn() -> AttemptResult,
    book: impl Fn(u32) -> Address + 'static,
) -> (Vec<Option<String>>, Vec<Report>, u64) {
    let sent = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&sent);
    let emails = Fake::new(move |delivery| {
        noted.borrow_mut().push(delivery.address.as_ref().map(ToString::to_string));
        (Millis::ZERO, answer())
    });
    let mut rig = Rig::new(Bounds::default(), &Fake::prompt(), &emails);
    let asked = Cell::new(0);
    rig.runner.addresses = Rc::new(move |of: &Account| {
        assert_eq!(*of, account(42), "a letter is addressed to its account");
        asked.set(asked.get() + 1);
        book(asked.get())
    });
    let (reports, status) = (Rc::clone(&rig.reports), Arc::clone(&rig.status));
    let (sender, receiver) = mpsc::channel(1);
    sender.try_send(effect(key(1), letter)).unwrap();
    drop(sender);
    assert!(rig.runner.run(receiver, std::future::pending()).await.is_idle());
    let all = reports.borrow().iter().flat_map(|(_, reports)| reports.clone()).collect();
    let addresses = sent.borrow().clone();
    (addresses, all, status.drops().erased + status.drops().unaddressed)
}

fn done() -> AttemptResult {
    AttemptResult::Done { reference: None, at: at(0) }
}

#[tokio::test(start_paused = true)]
async fn a_letter_goes_to_the_address_that_its_account_has_when_it_is_sent() {
    let to = |address: &str| Address::Known(address.into());
    let delivered = |reports: &[Report]| matches!(reports, [Report::Delivered(_)]);
    let (sent, reports, _) = send_letter(email(), done, move |_| to("new@example.com")).await;
    assert_eq!(sent, [Some("new@example.com".to_owned())]);
    assert!(delivered(&reports), "{reports:?}");
    // A relay that fails: the address may be another one at the next attempt.
    let fails = || AttemptResult::failed("451 try later, <New@Example.com>");
    let moves = move |asked| if asked < 3 { to("new@example.com") } else { Address::Erased };
    let (sent, reports, erased) = send_letter(email(), fails, moves).await;
    assert_eq!(sent.len(), 2);
    assert_eq!((reports, erased), (vec![Report::Dropped(vec![key(1)])], 1), "it ends erased");
    // While it cannot be looked up, the letter waits.
    let unknown = move |asked| match asked {
        1 => Address::Unavailable("the disk".into()),
        _ => to("new@example.com"),
    };
    let (sent, reports, _) = send_letter(email(), done, unknown).await;
    assert_eq!((sent.len(), delivered(&reports)), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_letter_to_a_person_who_was_erased_never_reaches_the_provider_and_is_no_dead_letter() {
    let (sent, reports, erased) = send_letter(email(), done, |_| Address::Erased).await;
    assert_eq!((sent.len(), reports, erased), (0, vec![Report::Dropped(vec![key(1)])], 1));
}

#[tokio::test(start_paused = true)]
async fn a_letter_to_an_account_that_never_had_an_address_is_no_dead_letter_and_one_that_lost_it_is() {
    let Effect::Email { request, .. } = email() else { panic!("it is a letter") };
    let never = Effect::Email { to: HasAddress::NO, request: request.clone() };
    let (sent, reports, dropped) = send_letter(never.clone(), done, |_| Address::None).await;
    assert_eq!((sent.len(), reports, dropped), (0, vec![Report::Dropped(vec![key(1)])], 1));
    // Somebody who adds an address in the meantime gets the letter.
    let (sent, ..) = send_letter(never, done, |_| Address::Known("new@example.com".into())).await;
    assert_eq!(sent, [Some("new@example.com".to_owned())]);
    // Nobody proved the address that there is, or its owner wants no more letters.
    let changed = Effect::Email { to: HasAddress::YES, request: request.clone() };
    let (sent, reports, dropped) = send_letter(changed, done, |_| Address::Unproven).await;
    assert_eq!((sent.len(), reports, dropped), (0, vec![Report::Dropped(vec![key(1)])], 1));
    let lost = Effect::Email { to: HasAddress::YES, request };
    let (sent, _, dropped) = send_letter(lost, done, |_| Address::None).await;
    assert_eq!((sent, dropped), (vec![None], 0), "the provider says that there is no address");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_an_earlier_release_recorded_is_used_where_no_other_is_known() {
    let Effect::Email { request, .. } = email() else { panic!("it is a letter") };
    let stored = postcard::to_allocvec(&("old@example.com", &request)).unwrap();
    let (to, request) = postcard::from_bytes(&stored).unwrap();
    let recorded = Effect::Email { to, request };
    for (known, expected) in [
        (Address::None, Some("old@example.com")),
        (Address::Known("new@example.com".into()), Some("new@example.com")),
    ] {
        let (sent, ..) = send_letter(recorded.clone(), done, move |_| known.clone()).await;
        assert_eq!(sent, [expected.map(str::to_owned)]);
    }
    let (sent, _, erased) = send_letter(recorded, done, |_| Address::Erased).await;
    assert_eq!((sent.len(), erased), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_does_not_repeat_the_address() {
    let refused = || AttemptResult::impossible("550 5.1.1 <ANA@example.com>: no such user");
    let book = |_| Address::Known("ana@example.com".into());
    let (_, reports, _) = send_letter(email(), refused, book).await;
    let reason = "550 5.1.1 <(an address)>: no such user".into();
    assert_eq!(reports, [Report::DeadLettered { key: key(1), reason }]);
}
