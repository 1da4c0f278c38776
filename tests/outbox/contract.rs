//! The contract of [`Provider`], which every implementation runs: one effect per key as far as its
//! `ResendSafety` promises, look-ups after a lost answer, refusals that leave no doubt, and throttling that
//! is no failure.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use flashtag::domain::effect::{Effect, Payment, StatementCredit};
use flashtag::domain::has_address::HasAddress;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Millis;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::file::maildir::Maildir;
use flashtag::outbox::provider::file::orders::OrderFile;
use flashtag::outbox::provider::file::replies::Replies;
use flashtag::outbox::provider::sandbox::Sandbox;
use flashtag::outbox::provider::sandbox::ledger::{LedgerLine, LedgerResult};
use flashtag::outbox::provider::sandbox::provider::LiveSandbox;
use flashtag::outbox::queue::lane::Lane;
use flashtag::outbox::resend_safety::LookUp;
use tempfile::TempDir;
use tokio::task::LocalSet;

use super::files::{delivery, sender};
use super::queue::grant;
use super::smtp::{Act, Received, Script, scripted_relay, smtp as relay_at};
use super::{at, attempt, email, key, payment, reply, reply_request};

/// The fate of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Success,
    /// A final refusal.
    Refusal,
    /// The answer is lost, and no effect took place.
    LostBefore,
    /// The answer is lost, and the effect took place.
    LostAfter,
    /// The provider throttles.
    Throttle,
}

/// A provider and its environment.
trait World {
    /// Opens the provider, as a process that just started does.
    fn open(&self) -> Rc<dyn Provider>;

    /// An effect whose next attempt has that fate; `None` if the environment cannot arrange it.
    fn effect(&self, fate: Fate) -> Option<Effect>;

    /// The number of effects under a key.
    fn effects_of(&self, sequence: u64) -> usize;
}

async fn make(provider: &Rc<dyn Provider>, attempt: &Attempt, ms: i64) -> AttemptResult {
    provider.deliver(&delivery(attempt.clone(), ms)).await
}

fn look_up(attempt: &Attempt) -> Attempt {
    Attempt { look_up: true, ..attempt.clone() }
}

async fn keeps_the_contract(world: &dyn World) {
    one_effect_for_a_key(world).await;
    look_ups_find_the_result(world).await;
    a_lost_answer_is_no_refusal(world).await;
    refusals_are_final_and_have_no_effect(world).await;
    throttling_is_no_failure(world).await;
}

async fn one_effect_for_a_key(world: &dyn World) {
    let first = attempt(1, world.effect(Fate::Success).unwrap());
    let provider = world.open();
    let answer = make(&provider, &first, 1).await;
    assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
    assert_eq!(world.effects_of(1), 1);
    let keyed = provider.resend_safety().key_remembered > Millis::ZERO;
    // Repeats the attempt at once, and after a restart.
    for provider in [provider, world.open()] {
        let again = Attempt { number: 2, ..first.clone() };
        let answer = make(&provider, &again, 2).await;
        assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
        assert!(world.effects_of(1) == 1 || !keyed, "{} effects", world.effects_of(1));
    }
}

async fn look_ups_find_the_result(world: &dyn World) {
    let provider = world.open();
    let safety = provider.resend_safety();
    if safety.look_up == LookUp::Impossible {
        return;
    }
    let unsent = attempt(20, world.effect(Fate::Success).unwrap());
    assert_eq!(make(&provider, &look_up(&unsent), 1).await, AttemptResult::NotFound);
    assert_eq!(world.effects_of(20), 0, "a look-up has no effect");

    let lost_after = attempt(21, world.effect(Fate::LostAfter).unwrap());
    let answer = make(&provider, &lost_after, 1).await;
    assert!(matches!(answer, AttemptResult::Unknown { .. }), "{answer:?}");
    let found = make(&world.open(), &look_up(&lost_after), 2).await;
    assert!(matches!(found, AttemptResult::Done { .. }), "{found:?}");
    assert_eq!(world.effects_of(21), 1);

    let lost_before = attempt(22, world.effect(Fate::LostBefore).unwrap());
    let answer = make(&provider, &lost_before, 1).await;
    assert!(matches!(answer, AttemptResult::Unknown { .. }), "{answer:?}");
    assert_eq!(make(&provider, &look_up(&lost_before), 2).await, AttemptResult::NotFound);
    assert_eq!(world.effects_of(22), 0);
    if safety.look_up == LookUp::Conclusive {
        let answer = make(&provider, &lost_before, 3).await;
        assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
        assert_eq!(world.effects_of(22), 1);
    }
}

async fn a_lost_answer_is_no_refusal(world: &dyn World) {
    let provider = world.open();
    for (fate, sequence) in [(Fate::LostBefore, 30), (Fate::LostAfter, 31)] {
        let Some(effect) = world.effect(fate) else { continue };
        let lost = attempt(sequence, effect);
        let answer = make(&provider, &lost, 1).await;
        assert!(matches!(answer, AttemptResult::Unknown { .. }), "{fate:?}: {answer:?}");
        let again = make(&provider, &lost, 2).await;
        assert!(matches!(again, AttemptResult::Done { .. }), "{fate:?}: {again:?}");
        assert!(world.effects_of(sequence) >= 1);
    }
}

async fn refusals_are_final_and_have_no_effect(world: &dyn World) {
    let provider = world.open();
    let refused = attempt(40, world.effect(Fate::Refusal).unwrap());
    let answer = make(&provider, &refused, 1).await;
    let is_final = |answer: &AttemptResult| match answer {
        AttemptResult::Declined { .. } => true,
        AttemptResult::Failed { permanent, .. } => *permanent,
        _ => false,
    };
    assert!(is_final(&answer), "{answer:?}");
    // An effect of another provider is refused, too.
    let own = Lane::of(&world.effect(Fate::Success).unwrap());
    let all = [
        Effect::Capture(payment(17, "tok_1")),
        Effect::Credit(grant("t-7")),
        Effect::Order(payment(17, "tok_1")),
        email(),
        reply(Outcome::Reserved, 17),
    ];
    for (effect, sequence) in all.into_iter().zip(41..).filter(|(effect, _)| Lane::of(effect) != own) {
        let answer = make(&provider, &attempt(sequence, effect.clone()), 1).await;
        assert!(is_final(&answer), "{effect:?}: {answer:?}");
        assert_eq!(world.effects_of(sequence), 0);
    }
}

async fn throttling_is_no_failure(world: &dyn World) {
    let Some(effect) = world.effect(Fate::Throttle) else { return };
    let provider = world.open();
    let throttled = attempt(50, effect);
    let AttemptResult::Throttled { until } = make(&provider, &throttled, 5).await else {
        panic!("the provider asks for a pause")
    };
    assert!(until > at(5));
    assert_eq!(world.effects_of(50), 0);
    let after = flashtag::outbox::provider::Delivery { at: until, ..delivery(throttled, 5) };
    let answer = provider.deliver(&after).await;
    assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
    assert_eq!(world.effects_of(50), 1);
}

/// Runs in virtual time, unless answers come from a socket.
fn run(paused: bool, test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(paused).build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

fn lines_of(path: &Path, sequence: u64) -> usize {
    let key = format!(r#""key":"{}""#, key(sequence));
    fs::read_to_string(path).unwrap_or_default().lines().filter(|line| line.contains(&key)).count()
}

/// The card of each fate.
fn card(fate: Fate) -> &'static str {
    match fate {
        Fate::Success => "tok_1",
        Fate::Refusal => "tok_decline_1",
        Fate::LostBefore => "tok_timeout_before_1",
        Fate::LostAfter => "tok_timeout_after_1",
        Fate::Throttle => "tok_throttle_1",
    }
}

struct SandboxWorld {
    dir: TempDir,
    credits: bool,
}

impl SandboxWorld {
    fn new(credits: bool) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), credits }
    }

    fn ledger(&self) -> PathBuf {
        self.dir.path().join("cards.ndjson")
    }
}

impl World for SandboxWorld {
    fn open(&self) -> Rc<dyn Provider> {
        let sandbox = LiveSandbox::new(Sandbox::open(Some(&self.ledger()), false).unwrap()).unwrap();
        if self.credits { Rc::new(sandbox.credits()) } else { Rc::new(sandbox.cards()) }
    }

    fn effect(&self, fate: Fate) -> Option<Effect> {
        let Payment { account, card, amount, .. } = payment(17, card(fate));
        let credit = StatementCredit { account, card, amount, ..grant("t-1") };
        Some(match (self.credits, fate) {
            (false, _) => Effect::Authorize(payment(17, self::card(fate))),
            // Nothing was credited for this purchase.
            (true, Fate::Refusal) => {
                Effect::ReverseCredit(StatementCredit { card: "tok_1".into(), ..grant("t-9") })
            }
            (true, _) => Effect::Credit(credit),
        })
    }

    fn effects_of(&self, sequence: u64) -> usize {
        let text = fs::read_to_string(self.ledger()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<LedgerLine>(line).unwrap());
        let approved = lines.filter(|line| line.result == LedgerResult::Approved);
        approved.filter(|line| line.key.to_string() == key(sequence).to_string()).count()
    }
}

#[test]
fn sandbox_cards() {
    run(true, async { keeps_the_contract(&SandboxWorld::new(false)).await });
}

#[test]
fn sandbox_credits() {
    run(true, async { keeps_the_contract(&SandboxWorld::new(true)).await });
}

struct ReplyWorld(TempDir);

impl World for ReplyWorld {
    fn open(&self) -> Rc<dyn Provider> {
        Rc::new(Replies::file(&self.0.path().join("replies.ndjson")).unwrap())
    }

    fn effect(&self, fate: Fate) -> Option<Effect> {
        match fate {
            Fate::Success => Some(reply(Outcome::Reserved, 17)),
            // This outcome has no reply.
            Fate::Refusal => Some(reply(Outcome::NotRelevant, 17)),
            Fate::LostBefore | Fate::LostAfter | Fate::Throttle => None,
        }
    }

    fn effects_of(&self, sequence: u64) -> usize {
        lines_of(&self.0.path().join("replies.ndjson"), sequence)
    }
}

#[test]
fn reply_file() {
    run(true, async { keeps_the_contract(&ReplyWorld(tempfile::tempdir().unwrap())).await });
}

struct OrderWorld(TempDir);

impl World for OrderWorld {
    fn open(&self) -> Rc<dyn Provider> {
        Rc::new(OrderFile::open(&self.0.path().join("orders.ndjson")).unwrap())
    }

    fn effect(&self, fate: Fate) -> Option<Effect> {
        match fate {
            Fate::Success => Some(Effect::Order(payment(17, "tok_1"))),
            Fate::Refusal => Some(Effect::Reply(reply_request(Outcome::SoldOut, None))),
            Fate::LostBefore | Fate::LostAfter | Fate::Throttle => None,
        }
    }

    fn effects_of(&self, sequence: u64) -> usize {
        lines_of(&self.0.path().join("orders.ndjson"), sequence)
    }
}

#[test]
fn order_file() {
    run(true, async { keeps_the_contract(&OrderWorld(tempfile::tempdir().unwrap())).await });
}

struct MaildirWorld(TempDir);

impl World for MaildirWorld {
    fn open(&self) -> Rc<dyn Provider> {
        Rc::new(Maildir::open(self.0.path(), sender()).unwrap())
    }

    fn effect(&self, fate: Fate) -> Option<Effect> {
        match fate {
            Fate::Success => Some(email()),
            Fate::Refusal => {
                Some(Effect::Email { to: HasAddress::NO, request: reply_request(Outcome::Sold, Some(17)) })
            }
            Fate::LostBefore | Fate::LostAfter | Fate::Throttle => None,
        }
    }

    fn effects_of(&self, sequence: u64) -> usize {
        let name = format!("{}.flashtag", key(sequence).to_string().replace('/', "."));
        usize::from(self.0.path().join("new").join(name).exists())
    }
}

#[test]
fn maildir() {
    run(true, async { keeps_the_contract(&MaildirWorld(tempfile::tempdir().unwrap())).await });
}

struct SmtpWorld {
    url: String,
    script: Script,
    received: Rc<RefCell<Received>>,
}

impl World for SmtpWorld {
    fn open(&self) -> Rc<dyn Provider> {
        Rc::new(relay_at(&self.url, Millis::from_secs(20)))
    }

    fn effect(&self, fate: Fate) -> Option<Effect> {
        let mut script = self.script.borrow_mut();
        script.clear();
        match fate {
            Fate::Success => {}
            Fate::Refusal => script.push_back(Act::Say("550 no such user\r\n")),
            Fate::LostAfter => script.push_back(Act::HangUp),
            Fate::LostBefore | Fate::Throttle => return None,
        }
        Some(email())
    }

    fn effects_of(&self, sequence: u64) -> usize {
        let id = format!("<{}@", key(sequence).to_string().replace('/', "."));
        self.received.borrow().texts.iter().filter(|text| text.contains(&id)).count()
    }
}

#[test]
fn smtp() {
    run(false, async {
        let script = Script::default();
        let (url, received) = scripted_relay(Rc::clone(&script)).await;
        keeps_the_contract(&SmtpWorld { url, script, received }).await;
    });
}
