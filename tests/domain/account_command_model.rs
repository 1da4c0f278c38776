//! A naive model of account commands (STOP, START, FREEZE): a list of all that arrived, searched from its
//! front for each question. Whatever is late, repeated or out of order, the last command by the posts' own
//! time holds.

use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::domain::account_status::AccountStatus;
use flashtag::domain::arrival::Arrival;
use flashtag::domain::command::{Command, Intent, PostCommand};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Millis;
use proptest::prelude::*;

use super::world::{account, link, ms};

/// What is delivered, one per second: an account command by its number, or the shop's unfreezing.
#[derive(Debug, Clone)]
enum Delivery {
    Word(u8),
    Unfreezing,
}

/// The account command of a number: its intent and the time of its post. Some have the same time.
fn account_command(number: u8) -> (Intent, i64) {
    let intent = [Intent::Stop, Intent::Start, Intent::Freeze][usize::from(number) % 3].clone();
    (intent, i64::from(number / 4))
}

#[derive(Default)]
struct Model {
    /// Commands about replies, as (time, number).
    replies: Vec<(i64, u8)>,
    freezes: Vec<(i64, u8)>,
    unfrozen_at: Option<i64>,
}

impl Model {
    /// The answer, and whether it is a repetition.
    fn answer_to(&mut self, number: u8) -> (Outcome, bool) {
        let (intent, posted_s) = account_command(number);
        let frozen_before = self.unfrozen_at.is_some_and(|at| posted_s < at) && intent == Intent::Freeze;
        let words = if intent == Intent::Freeze { &mut self.freezes } else { &mut self.replies };
        if frozen_before || words.iter().any(|other| *other > (posted_s, number)) {
            return (Outcome::Stale, false);
        }
        let again = words.contains(&(posted_s, number));
        words.push((posted_s, number));
        let outcome = match intent {
            Intent::Stop => Outcome::OptedOut,
            Intent::Start => Outcome::OptedIn,
            _ => Outcome::Frozen,
        };
        (outcome, again)
    }

    fn status(&self) -> AccountStatus {
        let last = self.replies.iter().max();
        let silent = last.is_some_and(|(_, number)| account_command(*number).0 == Intent::Stop);
        let frozen =
            self.freezes.iter().any(|(at, _)| self.unfrozen_at.is_none_or(|unfrozen| *at >= unfrozen));
        AccountStatus { frozen, silent }
    }
}

fn command(number: u8) -> PostCommand {
    let (intent, posted_s) = account_command(number);
    let post = PostId::parse(Network::X, &format!("{}", 1000 + u32::from(number))).expect("a number");
    let link = Some(link(&account(1)));
    PostCommand { link, ..PostCommand::plain(account(1), post, ms(posted_s * 1000), intent) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_latest_account_command_holds_whatever_the_order_of_arrival(
        deliveries in prop::collection::vec(
            prop_oneof![9 => (0_u8..40).prop_map(Delivery::Word), 1 => Just(Delivery::Unfreezing)], 1..60),
    ) {
        let (mut partition, mut model) = (PartitionState::new(0), Model::default());
        for (delivery, second) in deliveries.iter().zip(20_i64..) {
            let (now, mut batch) = (ms(second * 1000), DecisionBatch::default());
            match delivery {
                Delivery::Word(number) => {
                    let answer = partition.turn(now, &Command::Say(command(*number)), &mut batch).expect("an answer");
                    prop_assert_eq!((answer.outcome, answer.duplicate), model.answer_to(*number), "word {}", number);
                }
                Delivery::Unfreezing => {
                    partition.turn(now, &Command::Unfreeze(account(1)), &mut batch);
                    // Unfreezing an account that is not frozen has no answer.
                    if model.status().frozen {
                        model.unfrozen_at = Some(second);
                    }
                }
            }
            prop_assert_eq!(partition.status_of(&account(1)), model.status(), "after {:?}", delivery);
        }
    }
}

/// Delivered again when its time has come, the command would count as a later one.
#[test]
fn an_account_command_beyond_the_clock_skew_is_refused() {
    let (now, moment) = (ms(20_000), Millis::from_ms(1));
    let table = [
        (Intent::Stop, Arrival::AHEAD, Outcome::OptedOut, AccountStatus { silent: true, frozen: false }),
        (Intent::Freeze, Arrival::AHEAD, Outcome::Frozen, AccountStatus { silent: false, frozen: true }),
        (Intent::Stop, Arrival::AHEAD.plus(moment), Outcome::Future, AccountStatus::default()),
        (Intent::Start, Arrival::AHEAD.plus(moment), Outcome::Future, AccountStatus::default()),
        (Intent::Freeze, Arrival::AHEAD.plus(moment), Outcome::Future, AccountStatus::default()),
    ];
    for (intent, ahead, outcome, status) in table {
        let (mut partition, mut batch) = (PartitionState::new(0), DecisionBatch::default());
        let account_command =
            PostCommand { posted_at: now.plus(ahead), intent: intent.clone(), ..command(0) };
        let answer =
            partition.turn(now, &Command::Say(account_command.clone()), &mut batch).expect("an answer");
        assert_eq!(answer.outcome, outcome, "{intent:?} {ahead:?} ahead");
        assert_eq!(partition.status_of(&account(1)), status, "{intent:?} {ahead:?} ahead");
        assert_eq!(batch.records.is_empty(), outcome == Outcome::Future, "{intent:?} {ahead:?} ahead");
        // It is accepted as soon as it is within the clock skew.
        let later =
            partition.turn(now.plus(moment), &Command::Say(account_command), &mut batch).expect("an answer");
        assert_ne!(later.outcome, Outcome::Future, "{intent:?} {ahead:?} ahead");
    }
}

/// The network's clock may be slightly ahead, and an operator may be quick.
#[test]
fn a_repeated_freeze_does_not_undo_the_unfreezing() {
    for ahead in [0, 500] {
        let (mut partition, mut batch) = (PartitionState::new(0), DecisionBatch::default());
        let freeze =
            |number: u8| Command::Say(PostCommand { posted_at: ms(20_000 + ahead), ..command(number) });
        partition.turn(ms(20_000), &freeze(2), &mut batch);
        assert!(partition.status_of(&account(1)).frozen);
        partition.turn(ms(20_000), &Command::Unfreeze(account(1)), &mut batch);
        let again = partition.turn(ms(21_000), &freeze(2), &mut batch).expect("an answer");
        assert_eq!(again.outcome, Outcome::Stale, "{ahead} ms ahead");
        assert!(!partition.status_of(&account(1)).frozen, "{ahead} ms ahead");
        // A later freeze is a new one.
        partition.turn(
            ms(22_000),
            &Command::Say(PostCommand { posted_at: ms(22_000), ..command(5) }),
            &mut batch,
        );
        assert!(partition.status_of(&account(1)).frozen, "{ahead} ms ahead");
    }
}
